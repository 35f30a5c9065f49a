import { systemClock } from '../system/clock.ts';
import type { TestClock } from './clock.ts';
import { SimulationError } from './simulation-error.ts';
import type { SimulationRecord } from './simulation-record.ts';

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
    this.#begin();
    try {
      const endMs = this.#clock.now() + byMs;
      this.#record.throwFailure();
      while (this.#clock.runNext(endMs)) this.#record.throwFailure();
      this.#clock.advanceTo(endMs);
    } finally {
      this.#isMoving = false;
    }
  }

  /** Until then at most: true as soon as the condition holds. Promises settle between events. */
  async pass(byMs: number, condition: () => boolean): Promise<boolean> {
    this.#begin();
    try {
      const endMs = this.#clock.now() + byMs;
      do {
        await drained();
        this.#clock.settle();
        this.#record.throwFailure();
        if (condition()) return true;
      } while (this.#clock.runNext(endMs));
      this.#clock.advanceTo(endMs);
      return false;
    } finally {
      this.#isMoving = false;
    }
  }

  #begin(): void {
    if (this.#isMoving) throw new SimulationError('busy', 'time is being moved already');
    this.#isMoving = true;
  }
}

/** All promises have settled that can without time passing. */
function drained(): Promise<void> {
  return new Promise((resolve) => systemClock.afterPoll(resolve));
}
