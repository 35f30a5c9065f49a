import type { Random } from '../ports.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-';
const LENGTH = 6;

/** For those who do not name their nodes: `node-` and six characters. */
export function randomNodeId(random: Random): string {
  const letters = Array.from(random.bytes(LENGTH), (byte) => ALPHABET[byte % ALPHABET.length]);
  return `node-${letters.join('')}`;
}
