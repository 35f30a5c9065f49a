/**
 * Which node owns a shard: the one with the highest score for it (rendezvous hashing). Whoever knows
 * the same nodes, number of shards and seed comes to the same owners, and a node that joins or leaves
 * moves no shard between others.
 */
import { SHARDING } from '../limits.ts';
import { checkShardCount, type Hash64 } from './hash.ts';
import { checkPart } from './hashable-text.ts';
import { Scorer, type Scores, scoresOf } from './scores.ts';

/**
 * Undefined when there are no nodes.
 *
 * @throws UnhashableTextError
 */
export function ownerOfShard(
  shard: number,
  nodeIds: readonly string[],
  seed = '',
): string | undefined {
  checkParts(nodeIds, seed);
  const scorers = sorted(nodeIds).map((id) => ({ id, scorer: new Scorer(id, seed) }));
  return ownerAmong(scorers, ({ scorer }) => scorer.score(shard))?.id;
}

/**
 * The shards of one of the nodes, ascending. The order of `nodeIds` and repetitions do not matter.
 *
 * @throws UnhashableTextError, InvalidShardCountError
 */
export function shardsForNode(
  nodeId: string,
  nodeIds: readonly string[],
  numShards: number,
  seed = '',
): readonly number[] {
  checkPart('node id', nodeId);
  const table = new OwnershipTable(numShards, seed);
  for (const id of nodeIds) table.join(id);
  return table.shardsOf(nodeId);
}

interface Member {
  readonly id: string;
  readonly scores: Scores;
}

/** The owners of all shards while nodes come and go: a join hashes the newcomer only, a leave nothing. */
export class OwnershipTable {
  readonly numShards: number;
  readonly seed: string;
  /** Ascending by the bytes of their ids. */
  #members: readonly Member[] = [];
  readonly #owners: (Member | undefined)[];

  /** @throws UnhashableTextError, InvalidShardCountError */
  constructor(numShards: number, seed = '') {
    checkShardCount(numShards, SHARDING.maxShards);
    checkPart('seed', seed);
    this.numShards = numShards;
    this.seed = seed;
    this.#owners = new Array<Member | undefined>(numShards).fill(undefined);
  }

  get nodeIds(): readonly string[] {
    return this.#members.map(({ id }) => id);
  }

  /**
   * The shards that have another owner now, ascending.
   *
   * @throws UnhashableTextError
   */
  join(nodeId: string): readonly number[] {
    checkPart('node id', nodeId);
    if (this.#members.some(({ id }) => id === nodeId)) return [];
    const member = { id: nodeId, scores: scoresOf(nodeId, this.numShards, this.seed) };
    this.#members = [...this.#members, member].sort((a, b) => byBytes(a.id, b.id));
    return this.#reassign((owner, shard) =>
      owner === undefined || wins(member, owner, shard) ? member : owner,
    );
  }

  /** The shards that have another owner now, or none; ascending. */
  leave(nodeId: string): readonly number[] {
    this.#members = this.#members.filter(({ id }) => id !== nodeId);
    return this.#reassign((owner, shard) =>
      owner?.id === nodeId
        ? ownerAmong(this.#members, ({ scores }) => scoreAt(scores, shard))
        : owner,
    );
  }

  ownerOf(shard: number): string | undefined {
    return this.#owners[shard]?.id;
  }

  /** Ascending. */
  shardsOf(nodeId: string): readonly number[] {
    const shards: number[] = [];
    for (const [shard, owner] of this.#owners.entries())
      if (owner?.id === nodeId) shards.push(shard);
    return shards;
  }

  #reassign(next: (owner: Member | undefined, shard: number) => Member | undefined): number[] {
    const moved: number[] = [];
    for (let shard = 0; shard < this.numShards; shard += 1) {
      const before = this.#owners[shard];
      const after = next(before, shard);
      if (after === before) continue;
      this.#owners[shard] = after;
      moved.push(shard);
    }
    return moved;
  }
}

/** Whether a newcomer takes the shard; a tie goes to the smaller id, and the empty one has no claim. */
function wins(newcomer: Member, owner: Member, shard: number): boolean {
  if (owner.id === '' || newcomer.id === '') return owner.id === '';
  const [a, b] = [newcomer.scores, owner.scores];
  const [high, other] = [a.high[shard] ?? 0, b.high[shard] ?? 0];
  if (high !== other) return high > other;
  const [low, otherLow] = [a.low[shard] ?? 0, b.low[shard] ?? 0];
  return low === otherLow ? byBytes(newcomer.id, owner.id) < 0 : low > otherLow;
}

/** The first of the highest; the empty id, which comes first, gives way to any other. */
function ownerAmong<T extends { readonly id: string }>(
  candidates: readonly T[],
  scoreOf: (candidate: T) => Hash64,
): T | undefined {
  let owner: T | undefined;
  let best: Hash64 = { high: 0, low: 0 };
  for (const candidate of candidates) {
    const score = scoreOf(candidate);
    if (owner !== undefined && owner.id !== '' && !isHigher(score, best)) continue;
    owner = candidate;
    best = score;
  }
  return owner;
}

function isHigher(a: Hash64, b: Hash64): boolean {
  return a.high === b.high ? a.low > b.low : a.high > b.high;
}

function scoreAt({ high, low }: Scores, shard: number): Hash64 {
  return { high: high[shard] ?? 0, low: low[shard] ?? 0 };
}

function sorted(nodeIds: readonly string[]): readonly string[] {
  return [...new Set(nodeIds)].sort(byBytes);
}

/** By UTF-8, which is not the order of JavaScript beyond the basic plane. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function checkParts(nodeIds: readonly string[], seed: string): void {
  checkPart('seed', seed);
  for (const id of nodeIds) checkPart('node id', id);
}
