/** One timer for the time limits of all asks: the next sweep, at the earliest of them. */
import { InvalidArgumentError } from '../errors/actors.ts';
import type { Clock, Timer } from '../ports.ts';

/** Between two sweeps at least: with thousands of asks each sweep costs a fraction of it. */
const MIN_SWEEP_MS = 10;

const DEFAULT_TIMEOUT_MS = 5_000;
/** Timers hold no more, and fire at once when asked to. */
export const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Of an ask. Throws InvalidArgumentError for what is no time limit. */
export function timeLimitMs(given = DEFAULT_TIMEOUT_MS): number {
  if (given > 0) return Math.min(given, MAX_TIMEOUT_MS);
  throw new InvalidArgumentError(`timeoutMs must be a positive number, got ${given}`);
}

export class Deadlines {
  readonly #clock: Clock;
  /** Ends what is due; gives the earliest deadline of the rest. */
  readonly #expire: (now: number) => number;
  #timer: Timer = null;
  #sweepAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, expire: (now: number) => number) {
    this.#clock = clock;
    this.#expire = expire;
  }

  expect(deadline: number): void {
    if (deadline >= this.#sweepAt) return;
    this.#plan(deadline);
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#sweepAt = Number.NEGATIVE_INFINITY;
  }

  #plan(at: number): void {
    this.#clock.clearTimeout(this.#timer);
    this.#sweepAt = at;
    const delayMs = at - this.#clock.now();
    // Not in the timer's own turn: after a pause the answer may be there and not yet read.
    this.#timer = this.#clock.setTimeout(() => this.#clock.afterPoll(() => this.#sweep()), delayMs);
  }

  #sweep(): void {
    if (this.#sweepAt === Number.NEGATIVE_INFINITY) return;
    const now = this.#clock.now();
    this.#sweepAt = Number.POSITIVE_INFINITY;
    const earliest = this.#expire(now);
    if (earliest < this.#sweepAt) this.#plan(Math.max(earliest, now + MIN_SWEEP_MS));
  }
}
