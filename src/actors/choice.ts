/** Which member of a group is asked. */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * For a key the same member as long as it is there, on every node; a member that comes or goes
 * changes the choice of those keys alone that it takes or had (rendezvous hashing).
 */
export function memberFor<T extends { readonly id: string }>(
  key: string,
  members: readonly T[],
): T | undefined {
  const ofKey = fnv1a(FNV_OFFSET, key);
  let best: T | undefined;
  let bestWeight = -1;
  for (const member of members) {
    const weight = mixed(fnv1a(ofKey, member.id));
    // At equal weights the first: members come in the same order everywhere.
    if (weight <= bestWeight) continue;
    best = member;
    bestWeight = weight;
  }
  return best;
}

/** The one with the fewest; of several, the next from `turn` on. */
export function leastOf<T>(
  members: readonly T[],
  turn: number,
  count: (member: T) => number,
): T | undefined {
  const fromTurn = [...members.slice(turn), ...members.slice(0, turn)];
  let best: T | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const member of fromTurn) {
    const its = count(member);
    if (its >= fewest) continue;
    best = member;
    fewest = its;
  }
  return best;
}

/** FNV-1a over UTF-16 units, going on from another one. */
function fnv1a(hash: number, text: string): number {
  let value = hash;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    value = Math.imul(value ^ (unit & 0xff), FNV_PRIME);
    value = Math.imul(value ^ (unit >>> 8), FNV_PRIME);
  }
  return value;
}

/** The end of MurmurHash3: FNV alone hardly moves the high bits for texts that differ at the end. */
function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
