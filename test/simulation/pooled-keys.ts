import type { KeyPair, Keys, Random } from '../../src/ports.ts';
import { seededRandom, simulatedKeys } from '../../src/testing/index.ts';

const SIZE = 64;
const source = seededRandom(1).fork('key pool');
const pool: KeyPair[] = [];

/** Real key exchange with key pairs that are used again: to make one takes longer than to use it. */
export function pooledKeys(random: Random): Keys {
  const { pair, stretch } = simulatedKeys(source);
  while (pool.length < SIZE) pool.push(pair());
  return { pair: () => pool[Math.floor(random.float() * SIZE)] ?? pair(), stretch };
}
