/**
 * Who keeps a name of the cluster that several actors were given, by nodes that did not know of
 * each other: the one that has had it for longer. Whoever talks to that actor has found it by the
 * name already, and a node that is new, or was cut off, takes nothing from those who are in use.
 */
import { type ActorId, compareActors } from './actor-order.ts';

export interface Claim<TActor extends ActorId = ActorId> {
  readonly ref: TActor;
  /** When it was registered. */
  readonly stamp: number;
}

/** Of two claims one precedes the other, on every node alike; at the same stamp the order of actors decides. */
export function precedes(a: Claim, b: Claim): boolean {
  if (a.stamp !== b.stamp) return a.stamp < b.stamp;
  return compareActors(a.ref, b.ref) < 0;
}

/**
 * When names are registered: milliseconds since 1970, but later than every stamp heard before (a
 * hybrid logical clock). So what is registered in knowledge of another name is always the younger,
 * and clocks that differ count only between nodes that had not met.
 */
export class Stamps {
  #last = 0;

  next(wallMs: number): number {
    const next = Math.max(this.#last + 1, Math.floor(wallMs));
    // Whoever claims the end of time brings all others there, where the order of actors decides.
    this.#last = Math.min(next, Number.MAX_SAFE_INTEGER);
    return this.#last;
  }

  heard(stamp: number): void {
    this.#last = Math.max(this.#last, stamp);
  }
}
