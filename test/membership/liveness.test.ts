import { expect, it, test } from 'vitest';
import {
  challengeTimeoutMs,
  isPause,
  judge,
  silenceLimitMs,
  suspectAfterMs,
  sweepTickMs,
} from '../../src/membership/liveness.ts';

it('limits silence to interval times threshold', () => {
  expect(silenceLimitMs(5_000, 3)).toBe(15_000);
});

test.each([
  [5_000, 15_000, 6_000],
  [1_000, 2_000, 1_200],
  [900, 900, 600],
  [100, 300, 120],
])('suspects at interval %d and limit %d after %d ms', (intervalMs, limitMs, expected) => {
  expect(suspectAfterMs(intervalMs, limitMs)).toBe(expected);
});

test.each([
  [100, 20],
  [200, 20],
  [1_000, 100],
  [2_500, 250],
  [60_000, 250],
])('sweeps at interval %d every %d ms', (intervalMs, expected) => {
  expect(sweepTickMs(intervalMs)).toBe(expected);
});

test.each([
  [100, 100, false],
  [101, 100, true],
  [1_250, 5_000, false],
  [1_251, 5_000, true],
])('a tick %d ms late at interval %d is a pause: %s', (lagMs, intervalMs, expected) => {
  expect(isPause(lagMs, intervalMs)).toBe(expected);
});

test.each([
  [15_000, 1_000],
  [2_000, 1_000],
  [300, 150],
])('an old session has at limit %d to answer within %d ms', (limitMs, expected) => {
  expect(challengeTimeoutMs(limitMs)).toBe(expected);
});

test.each([
  [0, 'fresh'],
  [5_999.9, 'fresh'],
  [6_000, 'suspect'],
  [14_999.9, 'suspect'],
  [15_000, 'over'],
  [99_999, 'over'],
] as const)('%d ms of silence are %s', (silenceMs, expected) => {
  expect(judge(silenceMs, { suspectMs: 6_000, T: 15_000 })).toBe(expected);
});
