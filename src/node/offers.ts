/**
 * To whom the whole view is told because digests differ: once per round to each, and to so many in
 * all. The others wait in line, so that nobody who differs for ever, whatever it is told, keeps
 * anybody from being told at all.
 */
import type { NodeId } from '../membership/node-id.ts';

export class Offers {
  readonly #roundMs: number;
  readonly #perRound: number;
  #since = Number.NEGATIVE_INFINITY;
  readonly #told = new Set<NodeId>();
  /** With the digest last heard; whoever waits longest comes first. */
  readonly #waiting = new Map<NodeId, string>();

  constructor(roundMs: number, perRound: number) {
    this.#roundMs = roundMs;
    this.#perRound = perRound;
  }

  /** A peer's digest differs. It is told when its turn comes, at most once per round. */
  want(now: number, id: NodeId, digest: string): void {
    this.#beginIfDue(now);
    if (!this.#told.has(id)) this.#waiting.set(id, digest);
  }

  /** Whose turn it is: somebody who is here, and still not of the given digest. */
  next(now: number, digest: string, isHere: (id: NodeId) => boolean): NodeId | null {
    this.#beginIfDue(now);
    for (const [id, theirs] of this.#waiting) {
      if (this.#told.size >= this.#perRound) return null;
      this.#waiting.delete(id);
      if (theirs === digest || !isHere(id)) continue;
      this.#told.add(id);
      return id;
    }
    return null;
  }

  /** Whoever has gone waits for nothing. */
  drop(id: NodeId): void {
    this.#waiting.delete(id);
  }

  #beginIfDue(now: number): void {
    if (now - this.#since < this.#roundMs) return;
    this.#since = now;
    this.#told.clear();
  }
}
