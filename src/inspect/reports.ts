import type { Clock } from '../ports.ts';

/** Keys remembered at once; a flood from many addresses must not grow the table. */
const MAX_KEYS = 256;

/** Lets one report of a kind through per interval and counts the others. */
export class ReportLimiter {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #seen = new Map<string, { at: number; suppressed: number }>();

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
  }

  /** The number left out since the last report, or null when this one is left out too. */
  admit(key: string): number | null {
    const now = this.#clock.now();
    const seen = this.#seen.get(key);
    if (seen && now - seen.at < this.#intervalMs) {
      seen.suppressed += 1;
      return null;
    }
    this.#seen.delete(key);
    if (this.#seen.size >= MAX_KEYS) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
    this.#seen.set(key, { at: now, suppressed: 0 });
    return seen?.suppressed ?? 0;
  }
}
