/** How those behind each address have behaved: only handshakes that ended are counted. */
import type { Clock } from '../ports.ts';

export interface ConductLimits {
  readonly maxFailuresPerAddress: number;
  readonly failuresForgivenPerSecond: number;
}

/** Addresses remembered for a proof; beyond it the one that is longest ago is forgotten. */
const MAX_KNOWN = 1_024;

export class Conduct {
  readonly #clock: Clock;
  readonly #limits: ConductLimits;
  /** The latest failure last, so that what is forgiven stands in front. */
  readonly #failing = new Map<string, { readonly failures: number; readonly at: number }>();
  readonly #known = new Set<string>();

  constructor(clock: Clock, limits: ConductLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Somebody there has proven to be a member; whoever shares the address may be one too. */
  isKnown(host: string): boolean {
    return this.#known.has(placeOf(host));
  }

  /** Failed handshakes that are not forgiven yet. */
  failures(host: string): number {
    const record = this.#failing.get(placeOf(host));
    return record ? this.#left(record) : 0;
  }

  failed(host: string): void {
    const place = placeOf(host);
    const failures = Math.min(this.#limits.maxFailuresPerAddress, this.failures(host) + 1);
    this.#failing.delete(place);
    this.#failing.set(place, { failures, at: this.#clock.now() });
    this.#forget();
  }

  proven(host: string): void {
    const place = placeOf(host);
    this.#failing.delete(place);
    this.#known.delete(place);
    this.#known.add(place);
    const [oldest] = this.#known;
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }

  #left({ failures, at }: { readonly failures: number; readonly at: number }): number {
    const seconds = (this.#clock.now() - at) / 1_000;
    return Math.max(0, failures - seconds * this.#limits.failuresForgivenPerSecond);
  }

  #forget(): void {
    for (const [place, record] of this.#failing) {
      if (this.#left(record) > 0) return;
      this.#failing.delete(place);
    }
  }
}

/** Of IPv6 the first half: whoever has one such address has all 2^64 of its network. */
function placeOf(host: string): string {
  if (!host.includes(':')) return host;
  const [head = '', tail] = host.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(':').length;
  const filled = [...groups, ...Array(missing).fill('0'), ...(tail ?? '').split(':')];
  return filled.slice(0, 4).join(':');
}
