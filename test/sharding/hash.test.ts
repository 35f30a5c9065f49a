import { blake2b } from '@noble/hashes/blake2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidShardCountError, UnhashableTextError } from '../../src/errors/sharding.ts';
import { hash64, remainder, seededText, shardFromString } from '../../src/sharding/hash.ts';
import { Scorer } from '../../src/sharding/scores.ts';
import { VECTORS } from './vectors.ts';

function hex({ high, low }: { readonly high: number; readonly low: number }): string {
  return [high, low].map((half) => half.toString(16).padStart(8, '0')).join('');
}

describe('the shard of a key', () => {
  test('is the known one for all 123 known keys', () => {
    expect(VECTORS.shardFromString).toHaveLength(123);
    for (const { key, numShards, seed, hash64: known, shard } of VECTORS.shardFromString) {
      const hash = hash64(Buffer.from(seededText(seed, key)));
      expect({ key, seed, hash: hex(hash) }).toEqual({ key, seed, hash: known });
      expect(remainder(hash, numShards)).toBe(shard);
      // The algorithm has an answer, too, for the seed that would be ambiguous.
      if (seed.includes('\0')) continue;
      expect(shardFromString(key, numShards, seed)).toBe(shard);
    }
  });

  test('differs for texts that only look the same', () => {
    const [composed, decomposed] = ['caf\u00e9', 'cafe\u0301'];
    expect([shardFromString(composed, 256), shardFromString(decomposed, 256)]).toEqual([227, 88]);
  });

  test('is 0 when there are no shards', () => {
    expect(shardFromString('user-123', 0)).toBe(0);
  });

  test('is exact up to the largest number of shards', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }).filter((key) => key.isWellFormed()),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (key, numShards) => {
          const digest = blake2b(Buffer.from(key), { dkLen: 8 });
          const number = BigInt(`0x${Buffer.from(digest).toString('hex')}`);
          expect(shardFromString(key, numShards)).toBe(Number(number % BigInt(numShards)));
        },
      ),
    );
  });

  test.each([
    ['half a pair in the key', () => shardFromString('a\ud800', 16), 'key'],
    ['half a pair in the seed', () => shardFromString('a', 16, '\udc00'), 'seed'],
    ['a NUL in the seed', () => shardFromString('a', 16, 's\0'), 'seed'],
  ])('is refused for %s', (_name, call, what) => {
    expect(call).toThrow(UnhashableTextError);
    expect(call).toThrow(expect.objectContaining({ what, delivered: 'no', retryable: false }));
  });

  test('may be of a key with a NUL, which is what a seed makes of one', () => {
    expect(shardFromString('seed\0user-123', 64)).toBe(53);
    expect(shardFromString('user-123', 64, 'seed')).toBe(53);
  });

  test.each([-1, 1.5, Number.NaN, 2 ** 32])('is refused for %s shards', (numShards) => {
    expect(() => shardFromString('a', numShards)).toThrow(InvalidShardCountError);
  });
});

test('the scores of nodes are the known ones', () => {
  expect(VECTORS.scores).toHaveLength(15);
  for (const { shard, node, seed, score64 } of VECTORS.scores) {
    expect({ shard, node, score64: hex(new Scorer(node, seed).score(shard)) }).toEqual({
      shard,
      node,
      score64,
    });
  }
});
