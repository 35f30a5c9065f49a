/** What one node knows and tells of its actors: who has a name, and who is in a group. */
import { FIXED } from '../limits.ts';

export interface Entry {
  /** `local`: a name on this node alone, which is not told. */
  readonly kind: 'name' | 'local' | 'member';
  /** Of the actor, or of the group. */
  readonly name: string;
  /** Of the actor. */
  readonly number: number;
  /** Since when it has the name; 0 for the other kinds. */
  readonly stamp: number;
}

/** Whether an entry is there, or no longer. */
export interface Change {
  readonly entry: Entry;
  readonly isThere: boolean;
}

/** Numbers, flags and the heads of texts around the name. */
const ENTRY_OVERHEAD_BYTES = 40;

/** A node gives a name to one actor, and an actor is in a group once. */
export function keyOf({ kind, name, number }: Entry): string {
  return kind === 'member' ? `${kind} ${number} ${name}` : `${kind} ${name}`;
}

export function isActorName(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    // Before its bytes are counted.
    value.length <= FIXED.maxActorNameBytes &&
    Buffer.byteLength(value) <= FIXED.maxActorNameBytes &&
    value.isWellFormed()
  );
}

export function writeChange({ entry, isThere }: Change): readonly unknown[] {
  return [entry.kind, isThere, entry.name, entry.number, entry.stamp];
}

/** At most. */
export function changeBytes({ name }: Entry): number {
  return Buffer.byteLength(name) + ENTRY_OVERHEAD_BYTES;
}

/** Null for what is no change that another node may tell of. */
export function readChange(wire: unknown): Change | null {
  const [kind, isThere, name, number, stamp]: readonly unknown[] = Array.isArray(wire) ? wire : [];
  if (kind !== 'name' && kind !== 'member') return null;
  if (typeof isThere !== 'boolean' || !isActorName(name)) return null;
  if (!isWhole(number) || !isWhole(stamp)) return null;
  // Actor 0 is the service of the node, which nobody may be led to.
  return number === 0 ? null : { entry: { kind, name, number, stamp }, isThere };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0;
}
