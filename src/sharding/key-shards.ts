import { LRUCache } from 'lru-cache';
import { SHARDING } from '../limits.ts';
import { shardFromString } from './hash.ts';

/** The shards of keys, those that were used of late without hashing them again. */
export class KeyShards {
  readonly #numShards: number;
  readonly #seed: string;
  readonly #known = new LRUCache<string, number>({ max: SHARDING.maxKnownKeys });

  constructor(numShards: number, seed: string) {
    this.#numShards = numShards;
    this.#seed = seed;
  }

  /** @throws UnhashableTextError */
  shardOf(key: string): number {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const shard = shardFromString(key, this.#numShards, this.#seed);
    if (key.length <= SHARDING.maxKnownKeyLength) this.#known.set(key, shard);
    return shard;
  }
}
