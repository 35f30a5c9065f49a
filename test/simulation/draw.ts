/** Draws from a seeded stream. */
import type { SeededRandom } from '../../src/testing/random.ts';

export function between(random: SeededRandom, min: number, max: number): number {
  return min + random.float() * (max - min);
}

/** Whole, both ends included. */
export function whole(random: SeededRandom, min: number, max: number): number {
  return min + Math.floor(random.float() * (max - min + 1));
}

export function pick<T>(random: SeededRandom, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random.float() * choices.length)] ?? choices[0];
}

export function chance(random: SeededRandom, share: number): boolean {
  return random.float() < share;
}

export function shuffled<T>(random: SeededRandom, items: readonly T[]): T[] {
  const left = [...items];
  const order: T[] = [];
  while (left.length > 0) order.push(...left.splice(Math.floor(random.float() * left.length), 1));
  return order;
}
