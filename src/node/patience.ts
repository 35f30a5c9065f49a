/**
 * How long is waited for the other side of a handshake. After a pause of this process timers run
 * before sockets are read, so nobody is given up before what has come meanwhile was read.
 */
import type { Clock, Timer } from '../ports.ts';

export class Patience {
  readonly #clock: Clock;
  #timer: Timer = null;
  #round = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls once, unless it is renewed or ended before. */
  renew(ms: number, over: () => void): void {
    this.end();
    const round = this.#round;
    this.#timer = this.#clock.setTimeout(() => {
      this.#clock.afterPoll(() => {
        if (round === this.#round) over();
      });
    }, ms);
  }

  end(): void {
    this.#round += 1;
    this.#clock.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
