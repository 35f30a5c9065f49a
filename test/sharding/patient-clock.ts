import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/ports.ts';
import { systemClock } from '../../src/system/clock.ts';
import { TestClock } from '../../src/testing/clock.ts';

/** Time only passes when told to; what happens within a moment happens by itself. */
export class PatientClock implements Clock {
  readonly #time = new TestClock();
  readonly endOfTurn = systemClock.endOfTurn;
  readonly afterPoll = systemClock.afterPoll;

  now(): number {
    return this.#time.now();
  }

  wallNow(): number {
    return this.#time.wallNow();
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#time.pending;
  }

  setTimeout(fire: () => void, delayMs: number): unknown {
    return this.#time.setTimeout(fire, delayMs);
  }

  clearTimeout(timer: unknown): void {
    this.#time.clearTimeout(timer);
  }

  /** Timer by timer, with all that follows from each. */
  async pass(ms: number): Promise<void> {
    const end = this.#time.now() + ms;
    await this.quiet();
    while (this.#time.runNext(end)) await this.quiet();
    this.#time.advanceTo(end);
    await this.quiet();
  }

  /** Lets everything happen that is under way. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < 8; turn += 1) await setImmediate();
  }
}
