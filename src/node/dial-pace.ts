/** How fast this node may dial, from how long its last handshakes took. */

import { FIXED } from '../limits.ts';
import { fullPace, type Pace, paced } from '../membership/pace.ts';
import type { Clock } from '../ports.ts';

/** One handshake that this node began, up to the other side's first answer. */
export interface Stopwatch {
  /** TCP has answered: kernels do so at once, so this took as long as the way. */
  answered(): void;
  /** The first message has come, after so many ways there and back; nobody waits before it. */
  challenged(roundTrips: number): void;
  /** The other side has proven itself: what it took is to be believed. */
  proven(): void;
}

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

  /** Whether the last handshake lagged, not long ago. */
  get isSlow(): boolean {
    return this.#now().isSlow;
  }

  begin(): Stopwatch {
    const startedAt = this.#clock.now();
    let answeredAt = startedAt;
    let lagMs = 0;
    return {
      answered: () => {
        answeredAt = this.#clock.now();
      },
      challenged: (roundTrips) => {
        const wayMs = roundTrips * (answeredAt - startedAt);
        lagMs = Math.max(0, this.#clock.now() - answeredAt - wayMs);
      },
      proven: () => this.#note(lagMs),
    };
  }

  #note(lagMs: number): void {
    this.#pace = paced(this.#now(), lagMs, this.#maxDials);
    this.#notedAt = this.#clock.now();
  }

  #now(): Pace {
    const isOld = this.#clock.now() - this.#notedAt > FIXED.paceMemoryMs;
    return isOld ? fullPace(this.#maxDials) : this.#pace;
  }
}
