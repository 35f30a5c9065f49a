/**
 * What strangers may cost before they have proven anything.
 *
 * Under a flood the first to give way are addresses whose handshakes keep failing, then whoever
 * holds a place for longer than an honest handshake takes. An address from which members have come
 * before finds room in any flood, and a new one unless the flood is from new addresses as well.
 */
import type { Clock } from '../ports.ts';
import { Conduct, type ConductLimits } from './conduct.ts';

export interface GateLimits extends ConductLimits {
  readonly maxPendingHandshakes: number;
  readonly maxPendingPerAddress: number;
  readonly acceptsPerSecond: number;
  readonly acceptBurst: number;
  readonly yieldAfterMs: number;
}

/** One handshake under way. */
export interface Place {
  /** Called when somebody else needs the place; `leave` is expected at once. */
  yields: () => void;
  /** The other side holds the secret: it keeps the place, and its address a good name. */
  proven(): void;
  /** Gives the place back; without a proof that is a failure of the address. */
  leave(): void;
}

interface Desk {
  proven(pending: Pending): void;
  leave(pending: Pending): void;
}

const NOT_YET = (): void => {};

/** One of hundreds in a flood: without functions of its own. */
class Pending implements Place {
  readonly host: string;
  readonly since: number;
  yields = NOT_YET;
  readonly #desk: Desk;

  constructor(host: string, since: number, desk: Desk) {
    this.host = host;
    this.since = since;
    this.#desk = desk;
  }

  proven(): void {
    this.#desk.proven(this);
  }

  leave(): void {
    this.#desk.leave(this);
  }
}

export class Gate {
  readonly #clock: Clock;
  readonly #limits: GateLimits;
  readonly #conduct: Conduct;
  /** In order of arrival. Those of `#unproven` may be asked to yield. */
  readonly #pending = new Set<Pending>();
  readonly #unproven = new Set<Pending>();
  readonly #pendingOf = new Map<string, number>();
  readonly #desk: Desk = {
    proven: (pending) => {
      if (this.#unproven.delete(pending)) this.#conduct.proven(pending.host);
    },
    leave: (pending) => this.#leave(pending),
  };
  #tokens: number;
  #filledAt: number;

  constructor(clock: Clock, limits: GateLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#conduct = new Conduct(clock, limits);
    this.#tokens = limits.acceptBurst;
    this.#filledAt = clock.now();
  }

  /** Null: reset the link. */
  admit(host: string): Place | null {
    this.#refill();
    const failures = this.#conduct.failures(host);
    if (this.#tokens < this.#reserved(host, failures) + 1 || !this.#hasRoom(host, failures))
      return null;
    this.#tokens -= 1;
    return this.#enter(host);
  }

  /** A member is at this address: one that this node has dialled, or that came in. */
  met(host: string): void {
    this.#conduct.proven(host);
  }

  /** Whoever fails leaves half of the burst to others, whoever is new a quarter to members. */
  #reserved(host: string, failures: number): number {
    const { acceptBurst } = this.#limits;
    if (failures > 0) return acceptBurst / 2;
    return this.#conduct.isKnown(host) ? 0 : acceptBurst / 4;
  }

  #hasRoom(host: string, failures: number): boolean {
    const { maxPendingHandshakes, maxPendingPerAddress, maxFailuresPerAddress } = this.#limits;
    const here = this.#pendingOf.get(host) ?? 0;
    const isBarred = failures > 0 && !this.#conduct.isKnown(host);
    if (isBarred && here + failures + 1 > maxFailuresPerAddress) return false;
    if (here >= maxPendingPerAddress && !this.#makeRoom((at) => at === host)) return false;
    return this.#pending.size < maxPendingHandshakes || this.#makeRoom(() => true);
  }

  /** Asks whoever has waited longest, and longer than an honest node would need to. */
  #makeRoom(fits: (host: string) => boolean): boolean {
    const latest = this.#clock.now() - this.#limits.yieldAfterMs;
    for (const pending of this.#unproven) {
      if (pending.since > latest) return false;
      if (!fits(pending.host)) continue;
      pending.yields();
      return !this.#pending.has(pending);
    }
    return false;
  }

  #enter(host: string): Place {
    const pending = new Pending(host, this.#clock.now(), this.#desk);
    this.#pending.add(pending);
    this.#unproven.add(pending);
    this.#pendingOf.set(host, (this.#pendingOf.get(host) ?? 0) + 1);
    return pending;
  }

  #leave(pending: Pending): void {
    if (!this.#pending.delete(pending)) return;
    if (this.#unproven.delete(pending)) this.#conduct.failed(pending.host);
    const left = (this.#pendingOf.get(pending.host) ?? 1) - 1;
    if (left > 0) this.#pendingOf.set(pending.host, left);
    else this.#pendingOf.delete(pending.host);
  }

  #refill(): void {
    const now = this.#clock.now();
    const gained = ((now - this.#filledAt) / 1_000) * this.#limits.acceptsPerSecond;
    this.#tokens = Math.min(this.#limits.acceptBurst, this.#tokens + gained);
    this.#filledAt = now;
  }
}
