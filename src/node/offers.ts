/**
 * To whom the whole view may be told because digests differ: once per round to each, and to so many
 * in all. Who had to wait longest is told first, also when others differ for ever whatever they are
 * told.
 */
import type { NodeId } from '../membership/node-id.ts';

export class Offers {
  readonly #roundMs: number;
  readonly #perRound: number;
  #since = Number.NEGATIVE_INFINITY;
  readonly #told = new Set<NodeId>();
  /** Refused so far, the longest first. */
  readonly #waiting = new Set<NodeId>();
  /** Whose places in this round are kept for them. */
  #first = new Set<NodeId>();

  constructor(roundMs: number, perRound: number) {
    this.#roundMs = roundMs;
    this.#perRound = perRound;
  }

  /** Asked when digests differ; true once per round, and counted as told. */
  mayTell(now: number, id: NodeId): boolean {
    if (now - this.#since >= this.#roundMs) this.#begin(now);
    if (this.#told.has(id)) return false;
    if (!this.#first.delete(id) && this.#told.size + this.#first.size >= this.#perRound) {
      this.#waiting.add(id);
      return false;
    }
    this.#waiting.delete(id);
    this.#told.add(id);
    return true;
  }

  #begin(now: number): void {
    this.#since = now;
    this.#told.clear();
    // Who did not come for the place that was kept differs no more, or is gone.
    for (const id of this.#first) this.#waiting.delete(id);
    this.#first = new Set([...this.#waiting].slice(0, this.#perRound));
  }
}
