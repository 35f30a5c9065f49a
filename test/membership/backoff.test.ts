import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { fullJitterMs } from '../../src/membership/backoff.ts';

test.each([
  [0, 0, 0],
  [0, 0.5, 500],
  [0, 1, 1_000],
  [1, 1, 2_000],
  [4, 1, 16_000],
  [5, 1, 30_000],
  [5, 0.5, 15_000],
  [1_000_000, 1, 30_000],
  [Number.POSITIVE_INFINITY, 1, 30_000],
  [-1, 1, 1_000],
])('attempt %d with %d of the jitter waits %d ms', (attempt, random01, expected) => {
  expect(fullJitterMs(attempt, 1_000, 30_000, random01)).toBe(expected);
});

it('reaches the largest maximum from the smallest base', () => {
  expect(fullJitterMs(31, 1, 2_147_483_647, 1)).toBe(2_147_483_647);
});

it('never leaves 0 to the maximum', () => {
  const timer = fc.integer({ min: 1, max: 2 ** 31 - 1 });
  const random01 = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.nat(), timer, timer, random01, (attempt, baseMs, maxMs, at) => {
      const delayMs = fullJitterMs(attempt, baseMs, maxMs, at);
      expect(delayMs).toBeGreaterThanOrEqual(0);
      expect(delayMs).toBeLessThanOrEqual(maxMs);
    }),
  );
});
