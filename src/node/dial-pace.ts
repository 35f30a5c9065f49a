/** How fast this node may dial, from how long its last handshakes took. */
import { FIXED } from '../limits.ts';
import { fullPace, PACE_MEMORY_MS, type Pace, paced } from '../membership/pace.ts';
import type { Clock } from '../ports.ts';

export class DialPace {
  readonly #clock: Clock;
  readonly #maxDials: number;
  #pace: Pace;
  #notedAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, maxDials: number) {
    this.#clock = clock;
    this.#maxDials = maxDials;
    this.#pace = fullPace(maxDials);
  }

  get window(): number {
    return Math.floor(this.#now().window);
  }

  get turnMs(): number {
    return this.#now().turnMs;
  }

  get isSlow(): boolean {
    return this.turnMs > FIXED.dialTurnMs;
  }

  note(lagMs: number): void {
    this.#pace = paced(this.#now(), lagMs, this.#maxDials);
    this.#notedAt = this.#clock.now();
  }

  #now(): Pace {
    const isOld = this.#clock.now() - this.#notedAt > PACE_MEMORY_MS;
    return isOld ? fullPace(this.#maxDials) : this.#pace;
  }
}
