import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastOf, memberFor } from '../../src/actors/choice.ts';

const member = (number: number) => ({ id: `a@10.0.0.${number % 3}:4369/0a1b2c3d/${number}` });
const MEMBERS = Array.from({ length: 10 }, (_, i) => member(i + 1));
const KEYS = Array.from({ length: 10_000 }, (_, i) => `user-${i}`);

test('a key is always for the same member, which is known', () => {
  const numbers = ['', 'a', 'b', 'user-1', 'user-2', 'žluťoučký'].map((key) =>
    MEMBERS.findIndex(({ id }) => id === memberFor(key, MEMBERS)?.id),
  );
  // Nodes of different releases must agree: these may never change.
  expect(numbers).toEqual([3, 9, 7, 8, 3, 2]);
});

test('keys are spread evenly', () => {
  const counts = new Map<string, number>();
  for (const key of KEYS) {
    const id = memberFor(key, MEMBERS)?.id ?? 'nobody';
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  expect(counts.size).toBe(10);
  expect(Math.min(...counts.values())).toBeGreaterThan(900);
  expect(Math.max(...counts.values())).toBeLessThan(1_100);
});

test('when a member goes only its keys go to others', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat({ max: 9 }), (key, gone) => {
      const before = memberFor(key, MEMBERS);
      const after = memberFor(key, MEMBERS.toSpliced(gone, 1));
      expect(after === before).toBe(before !== MEMBERS[gone]);
    }),
  );
});

test('the one with the fewest is the next of those that have as few', () => {
  const loads = [2, 1, 3, 1, 1];
  const chosen = [0, 1, 2, 3, 4].map((turn) =>
    leastOf([0, 1, 2, 3, 4], turn, (index) => loads[index] ?? 0),
  );
  expect(chosen).toEqual([1, 1, 3, 3, 4]);
});

test('of nobody nobody is chosen', () => {
  expect(memberFor('key', [])).toBeUndefined();
  expect(leastOf([], 0, () => 0)).toBeUndefined();
});
