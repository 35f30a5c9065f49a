/**
 * From a key to its shard, and from a shard and a node to a score: BLAKE2b with a digest of 8 bytes,
 * read as one big-endian number. The digest's length is part of what is hashed, so this is not the
 * head of a longer digest, and Node's own crypto cannot make it.
 */
import { blake2b } from '@noble/hashes/blake2.js';
import { InvalidShardCountError, InvalidShardError } from '../errors/sharding.ts';
import { checkKey, checkPart } from './hashable-text.ts';

/** As many as 32 bits can count. */
export const MAX_SHARDS = 2 ** 32 - 1;

/** Up to here the remainder of 64 bits is exact in doubles, which are ten times as fast as BigInt. */
const MAX_EXACT = 2 ** 21;

const DIGEST_BYTES = 8;

// Copying the state of a fresh hash takes half as long as making one.
const FRESH = blake2b.create({ dkLen: DIGEST_BYTES });
const SCRATCH = FRESH.clone();
const DIGEST = new Uint8Array(DIGEST_BYTES);
const WORDS = new DataView(DIGEST.buffer);

/** The 64 bits in two halves. */
export interface Hash64 {
  readonly high: number;
  readonly low: number;
}

export function hash64(bytes: Uint8Array): Hash64 {
  FRESH._cloneInto(SCRATCH).update(bytes).digestInto(DIGEST);
  return { high: WORDS.getUint32(0), low: WORDS.getUint32(4) };
}

/**
 * The same on every node and in every language that keeps to the algorithm. 0 when there are no
 * shards. Texts are not normalised: `é` in one and in two code points are different keys.
 *
 * @throws UnhashableTextError, InvalidShardCountError
 */
export function shardFromString(key: string, numShards: number, seed = ''): number {
  checkKey(key);
  checkPart('seed', seed);
  checkShardCount(numShards);
  if (numShards === 0) return 0;
  return remainder(hash64(Buffer.from(seededText(seed, key))), numShards);
}

export function remainder({ high, low }: Hash64, numShards: number): number {
  if (numShards <= MAX_EXACT) return ((high % numShards) * 2 ** 32 + low) % numShards;
  return Number(((BigInt(high) << 32n) | BigInt(low)) % BigInt(numShards));
}

/** @throws InvalidShardCountError */
export function checkShardCount(numShards: number, max = MAX_SHARDS): void {
  if (Number.isInteger(numShards) && numShards >= 0 && numShards <= max) return;
  throw new InvalidShardCountError(numShards, max);
}

/** Without a seed nothing stands before it, not even the separator. */
export function seededText(seed: string, text: string): string {
  return seed === '' ? text : `${seed}\0${text}`;
}

/** Of what nothing more is known than that it is a shard. @throws InvalidShardError */
export function checkShard(shard: number): void {
  if (Number.isInteger(shard) && shard >= 0 && shard < MAX_SHARDS) return;
  throw new InvalidShardError(shard, MAX_SHARDS);
}
