import { FIXED } from '../limits.ts';

/** What waits for an answer, whatever is known of it beside. */
export interface Waiting {
  readonly deadline: number;
  /** Lets go of the signal. */
  detach: (() => void) | null;
}

export interface PendingAsk extends Waiting {
  readonly target: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** More than a line may have pending, those of the node itself included: or two would share a slot. */
const SLOTS = 2 * FIXED.maxPendingAsks;
const MAX_ROUND = 2 ** 31;

/** Numbers that all lines of a node share, so that none takes the answer to an ask of another. */
export class Rounds {
  #last = 0;

  next(): number {
    this.#last = (this.#last + 1) % MAX_ROUND;
    return this.#last;
  }
}

/**
 * Asks that wait for an answer, by number. Not a `Map`: as its entries come and go V8 builds it anew
 * all the time, and what old tables still refer to outlives its use, which halves the rate of asks.
 */
export class PendingAsks<TAsk extends Waiting = PendingAsk> {
  readonly #slots: (TAsk | undefined)[] = [];
  readonly #numbers: number[] = [];
  readonly #free: number[] = [];
  readonly #rounds: Rounds;
  #size = 0;

  constructor(rounds: Rounds) {
    this.#rounds = rounds;
  }

  get size(): number {
    return this.#size;
  }

  count(which: (pending: TAsk) => boolean): number {
    return this.#slots.filter((pending) => pending !== undefined && which(pending)).length;
  }

  /** The number under which it is found: of a slot, and of a round, so that none comes again. */
  add(pending: TAsk): number {
    const slot = this.#free.pop() ?? this.#slots.length;
    const ask = this.#rounds.next() * SLOTS + slot;
    this.#slots[slot] = pending;
    this.#numbers[slot] = ask;
    this.#size += 1;
    return ask;
  }

  /** What has to be let go of when the ask settles. */
  attach(ask: number, detach: () => void): void {
    const pending = this.#slots[ask % SLOTS];
    if (pending && this.#numbers[ask % SLOTS] === ask) pending.detach = detach;
  }

  take(ask: number): TAsk | undefined {
    const slot = ask % SLOTS;
    const pending = this.#slots[slot];
    if (pending === undefined || this.#numbers[slot] !== ask) return undefined;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    this.#size -= 1;
    return pending;
  }

  /** Those with a deadline up to `now`, and the earliest deadline of the others. */
  due(now: number): { readonly asks: readonly number[]; readonly earliest: number } {
    const asks: number[] = [];
    let earliest = Number.POSITIVE_INFINITY;
    for (const [slot, pending] of this.#slots.entries()) {
      if (pending === undefined) continue;
      if (pending.deadline <= now) asks.push(this.#numbers[slot] ?? 0);
      else earliest = Math.min(earliest, pending.deadline);
    }
    return { asks, earliest };
  }

  all(): readonly number[] {
    return this.due(Number.POSITIVE_INFINITY).asks;
  }
}
