/**
 * To whom the whole view may be told because digests differ: to so many per round. Who was told has
 * the same digest from then on, so in the next round it is the turn of others; after a round in
 * which not all had a turn, also if some differ for ever whatever they are told.
 */

/** So many rounds does somebody sit out who had a turn while others had none. */
const ROUNDS_OUT = 4;

export class Offers {
  readonly #roundMs: number;
  readonly #perRound: number;
  #since = Number.NEGATIVE_INFINITY;
  #told = 0;
  #hadNoTurn = false;
  #isScarce = false;

  constructor(roundMs: number, perRound: number) {
    this.#roundMs = roundMs;
    this.#perRound = perRound;
  }

  /** Asked when digests differ; counts as told if so. */
  mayTell(now: number, lastToldAt: number): boolean {
    if (now - this.#since >= this.#roundMs) this.#begin(now);
    const restMs = this.#isScarce ? ROUNDS_OUT * this.#roundMs : this.#roundMs;
    if (now - lastToldAt < restMs) return false;
    if (this.#told >= this.#perRound) {
      this.#hadNoTurn = true;
      return false;
    }
    this.#told += 1;
    return true;
  }

  #begin(now: number): void {
    this.#since = now;
    this.#told = 0;
    this.#isScarce = this.#hadNoTurn;
    this.#hadNoTurn = false;
  }
}
