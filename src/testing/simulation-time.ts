import { systemClock } from '../system/clock.ts';
import type { TestClock } from './clock.ts';
import type { SimulationRecord } from './simulation-record.ts';
import { SPAN } from './simulation-schema.ts';

/** Moves the clock, with or without promises, and stops where something failed. */
export class SimulationTime {
  readonly #clock: TestClock;
  readonly #record: SimulationRecord;
  #isMoving = false;

  constructor(clock: TestClock, record: SimulationRecord) {
    this.#clock = clock;
    this.#record = record;
  }

  run(byMs: number): void {
    this.#begin(byMs);
    try {
      const endMs = this.#clock.now() + byMs;
      this.#guard(() => {
        do this.#record.throwFailure();
        while (this.#clock.runNext(endMs));
        this.#clock.advanceTo(endMs);
      });
      this.#record.throwFailure();
    } finally {
      this.#isMoving = false;
    }
  }

  /**
   * Until then at most, that moment included: true as soon as the condition holds. Promises settle
   * between events.
   */
  async pass(byMs: number, condition: () => boolean): Promise<boolean> {
    this.#begin(byMs);
    try {
      const endMs = this.#clock.now() + byMs;
      do {
        await drained();
        this.#guard(() => this.#clock.settle());
        this.#record.throwFailure();
        if (condition()) return true;
      } while (this.#guard(() => this.#clock.runNext(endMs)));
      this.#guard(() => this.#clock.advanceTo(endMs));
      this.#record.throwFailure();
      return condition();
    } finally {
      this.#isMoving = false;
    }
  }

  #begin(byMs: number): void {
    this.#record.check('the time to pass', SPAN, byMs);
    if (this.#isMoving) throw this.#record.error('busy', 'time is being moved already');
    this.#isMoving = true;
  }

  #guard<T>(run: () => T): T {
    return this.#record.guard(() => {
      const name = this.#clock.latest?.name ?? '';
      return name === '' ? 'a callback' : `a callback of ${name}`;
    }, run);
  }
}

/** All promises have settled that can without time passing. */
function drained(): Promise<void> {
  return new Promise((resolve) => systemClock.afterPoll(resolve));
}
