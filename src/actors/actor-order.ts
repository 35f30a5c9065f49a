/** An order of actors that is the same on every node. */
import type { Ref } from './ref.ts';

export type ActorId = Pick<Ref, 'nodeId' | 'uid' | 'number'>;

export function compareActors(a: ActorId, b: ActorId): number {
  return compareTexts(a.nodeId, b.nodeId) || compareTexts(a.uid, b.uid) || a.number - b.number;
}

/** By UTF-16 units, not as a language sorts: that depends on the machine. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
