import { hash64, seededText } from './hash.ts';

/** Longest decimal of a shard. */
const MAX_DIGITS = 10;

const ZERO = 0x30;

/** The scores of one node for every shard, in two halves of 32 bits. */
export interface Scores {
  readonly high: Uint32Array;
  readonly low: Uint32Array;
}

export function scoresOf(nodeId: string, numShards: number, seed: string): Scores {
  const scores = { high: new Uint32Array(numShards), low: new Uint32Array(numShards) };
  const scorer = new Scorer(nodeId, seed);
  for (let shard = 0; shard < numShards; shard += 1) {
    const { high, low } = scorer.score(shard);
    scores.high[shard] = high;
    scores.low[shard] = low;
  }
  return scores;
}

/** Hashes `[seed NUL] "shard:" decimal NUL nodeId`; only the decimal is written anew each time. */
export class Scorer {
  readonly #bytes: Buffer;
  readonly #head: number;
  readonly #tail: Buffer;

  constructor(nodeId: string, seed: string) {
    const head = Buffer.from(seededText(seed, 'shard:'));
    this.#head = head.length;
    this.#tail = Buffer.from(`\0${nodeId}`);
    this.#bytes = Buffer.alloc(head.length + MAX_DIGITS + this.#tail.length);
    this.#bytes.set(head);
  }

  score(shard: number) {
    const end = this.#head + digitsOf(shard);
    for (let rest = shard, at = end - 1; at >= this.#head; at -= 1) {
      this.#bytes[at] = ZERO + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.#bytes.set(this.#tail, end);
    return hash64(this.#bytes.subarray(0, end + this.#tail.length));
  }
}

function digitsOf(shard: number): number {
  let digits = 1;
  for (let rest = shard; rest >= 10; rest = Math.floor(rest / 10)) digits += 1;
  return digits;
}
