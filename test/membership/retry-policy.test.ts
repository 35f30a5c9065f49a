import { expect, it, test } from 'vitest';
import { createRetryPolicy, type RetryPolicy } from '../../src/membership/retry-policy.ts';

const at = (random01: number) => createRetryPolicy(() => random01);
const retry = at(0);
const ALMOST_ONE = 1 - 2 ** -53;

function delays(policy: RetryPolicy, random01: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => at(random01).delayMs(policy, index + 1));
}

test.each([
  ['default', 3, 100, 5_000, 2, 'none'],
  ['defaultWithJitter', 3, 100, 5_000, 2, 'full'],
  ['noRetry', 1, 0, 0, 1, 'none'],
  ['aggressive', 5, 50, 3_000, 2, 'full'],
  ['conservative', 2, 500, 10_000, 2, 'full'],
] as const)('preset %s', (name, maxAttempts, baseDelayMs, maxDelayMs, multiplier, jitter) => {
  const expected = { maxAttempts, baseDelayMs, maxDelayMs, multiplier, jitter };
  expect(retry[name]()).toEqual(expected);
});

it('doubles up to the maximum', () => {
  expect(delays(retry.default(), 0, 8)).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

it('caps what full jitter may take', () => {
  expect(delays(retry.aggressive(), ALMOST_ONE, 5)).toEqual([50, 100, 200, 400, 800]);
  expect(delays(retry.aggressive(), 0, 5)).toEqual([0, 0, 0, 0, 0]);
});

it('stops growing at the ninth attempt and counts from the first', () => {
  const policy = retry.withMaxDelayMs(retry.default(), 1e9);
  expect(retry.delayMs(policy, 9)).toBe(25_600);
  expect(retry.delayMs(policy, 1_000)).toBe(25_600);
  expect(retry.delayMs(policy, 0)).toBe(100);
  expect(retry.delayMs(policy, -5)).toBe(100);
});

it('truncates what a fractional multiplier gives', () => {
  const policy = retry.withMultiplier(retry.withBaseDelayMs(retry.default(), 5), 1.5);
  expect(delays(policy, 0, 4)).toEqual([5, 7, 11, 16]);
});

test.each([
  ['full', 0, 0],
  ['full', ALMOST_ONE, 101],
  ['equal', 0, 50],
  ['equal', ALMOST_ONE, 100],
  ['decorrelated', 0, 101],
  ['decorrelated', ALMOST_ONE, 303],
] as const)('%s jitter of a first delay of 101 at %d', (jitter, random01, expected) => {
  const policy = retry.withJitter(retry.withBaseDelayMs(retry.default(), 101), jitter);
  expect(at(random01).delayMs(policy, 1)).toBe(expected);
});

it('lets decorrelated jitter exceed the maximum', () => {
  const policy = retry.withJitter(retry.default(), 'decorrelated');
  expect(at(ALMOST_ONE).delayMs(policy, 7)).toBe(6_000);
});

it('keeps delays that are too small to spread', () => {
  const one = retry.withJitter(retry.withBaseDelayMs(retry.default(), 1), 'equal');
  expect(at(0.9).delayMs(one, 1)).toBe(1);
  const none = retry.withJitter(retry.noRetry(), 'decorrelated');
  expect(at(0.9).delayMs(none, 1)).toBe(0);
});

it('asks for randomness only when there is jitter', () => {
  const strict = createRetryPolicy(() => {
    throw new Error('asked');
  });
  expect(strict.delayMs(strict.default(), 1)).toBe(100);
  expect(() => strict.delayMs(strict.defaultWithJitter(), 1)).toThrow('asked');
});

it('clamps what the builders are given', () => {
  const policy = retry.default();
  expect(retry.withMaxAttempts(policy, 0).maxAttempts).toBe(1);
  expect(retry.withMaxAttempts(policy, 5).maxAttempts).toBe(5);
  expect(retry.withMaxAttempts(policy, Number.NaN).maxAttempts).toBe(1);
  expect(retry.withBaseDelayMs(policy, -1).baseDelayMs).toBe(0);
  expect(retry.withMaxDelayMs(policy, -1).maxDelayMs).toBe(0);
  expect(retry.withMultiplier(policy, 0.5).multiplier).toBe(1);
  expect(retry.withMultiplier(policy, Number.NaN).multiplier).toBe(1);
});

it('never changes a policy in place', () => {
  const policy = retry.default();
  retry.withMaxAttempts(policy, 9);
  expect(policy.maxAttempts).toBe(3);
  expect(Object.isFrozen(retry.withMaxAttempts(policy, 9))).toBe(true);
});

it('retries until the last attempt', () => {
  const policy = retry.withMaxAttempts(retry.default(), 5);
  expect([1, 4, 5, 6].map((attempt) => retry.shouldRetry(policy, attempt))).toEqual([
    true,
    true,
    false,
    false,
  ]);
  expect([4, 5].map((attempt) => retry.isFinalAttempt(policy, attempt))).toEqual([false, true]);
  expect(retry.shouldRetry(retry.noRetry(), 1)).toBe(false);
});

it('calculates a delay with all that belongs to it', () => {
  expect(at(0.5).calculateDelay(retry.defaultWithJitter(), 3)).toEqual({
    delayMs: 200,
    baseDelayMs: 400,
    attempt: 3,
    isFinal: true,
  });
});
