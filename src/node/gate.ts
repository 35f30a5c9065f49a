/** What strangers may cost before they have proven anything. */
import type { Clock } from '../ports.ts';

export interface GateLimits {
  readonly maxPendingHandshakes: number;
  readonly maxPendingPerAddress: number;
  readonly acceptsPerSecond: number;
  readonly acceptBurst: number;
}

export class Gate {
  readonly #clock: Clock;
  readonly #limits: GateLimits;
  readonly #pendingOf = new Map<string, number>();
  #pending = 0;
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, limits: GateLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#tokens = limits.acceptBurst;
    this.#filledAt = clock.now();
  }

  /** A place for one handshake, to be given back by calling it; null: reset the link. */
  admit(host: string): (() => void) | null {
    this.#refill();
    const pendingHere = this.#pendingOf.get(host) ?? 0;
    if (
      this.#tokens < 1 ||
      this.#pending >= this.#limits.maxPendingHandshakes ||
      pendingHere >= this.#limits.maxPendingPerAddress
    ) {
      return null;
    }
    this.#tokens -= 1;
    this.#pending += 1;
    this.#pendingOf.set(host, pendingHere + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#pending -= 1;
      const left = (this.#pendingOf.get(host) ?? 1) - 1;
      if (left > 0) this.#pendingOf.set(host, left);
      else this.#pendingOf.delete(host);
    };
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#filledAt) / 1_000) * this.#limits.acceptsPerSecond;
    this.#tokens = Math.min(this.#limits.acceptBurst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
