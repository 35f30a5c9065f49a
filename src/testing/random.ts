import type { Random } from '../ports.ts';

export interface SeededRandom extends Random {
  /** A stream of its own: neither the order of forks nor the draws elsewhere change it. */
  fork(label: string): SeededRandom;
}

/** Repeatable: sfc32 (PractRand), seeded through MurmurHash3's mixing. Never for keys. */
export function seededRandom(seed: number): SeededRandom {
  return fromLabel(`${seed}`);
}

function fromLabel(label: string): SeededRandom {
  const next = sfc32(seedWords(label));
  return {
    float: () => next() / 2 ** 32,
    bytes: (length) => {
      const bytes = new Uint8Array(length);
      let word = 0;
      for (let i = 0; i < length; i += 1) {
        word = i % 4 === 0 ? next() : word >>> 8;
        bytes[i] = word;
      }
      return bytes;
    },
    fork: (name) => fromLabel(`${label}/${name}`),
  };
}

type Words = readonly [number, number, number, number];

/** "Small fast counter": 128 bits of state, a period of at least 2^32. */
function sfc32(seed: Words): () => number {
  let [a, b, c, counter] = seed;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  // The first numbers still resemble the seed.
  for (let i = 0; i < 12; i += 1) next();
  return next;
}

function seedWords(text: string): Words {
  let hash = 1_779_033_703 ^ text.length;
  for (let i = 0; i < text.length; i += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 3_432_918_353);
    hash = (hash << 13) | (hash >>> 19);
  }
  const word = () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
    hash = Math.imul(hash ^ (hash >>> 13), 3_266_489_909);
    hash ^= hash >>> 16;
    return hash >>> 0;
  };
  return [word(), word(), word(), word()];
}
