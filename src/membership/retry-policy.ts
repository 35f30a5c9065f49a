/** When and how often a caller tries again, as immutable values. */

/** none: exact. full: 0..d. equal: d/2..d. decorrelated: base..3d, which may exceed the maximum. */
export type RetryJitter = 'none' | 'full' | 'equal' | 'decorrelated';

export interface RetryPolicy {
  /** The first try counts. */
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  readonly multiplier: number;
  readonly jitter: RetryJitter;
}

export interface RetryDelay {
  readonly delayMs: number;
  /** The same before jitter. */
  readonly baseDelayMs: number;
  readonly attempt: number;
  readonly isFinal: boolean;
}

const DEFAULT: RetryPolicy = Object.freeze({
  maxAttempts: 3,
  baseDelayMs: 100,
  maxDelayMs: 5_000,
  multiplier: 2,
  jitter: 'none',
});
const WITH_JITTER = change(DEFAULT, { jitter: 'full' });
const NO_RETRY = change(DEFAULT, { maxAttempts: 1, baseDelayMs: 0, maxDelayMs: 0, multiplier: 1 });
const AGGRESSIVE = change(WITH_JITTER, { maxAttempts: 5, baseDelayMs: 50, maxDelayMs: 3_000 });
const CONSERVATIVE = change(WITH_JITTER, { maxAttempts: 2, baseDelayMs: 500, maxDelayMs: 10_000 });

/** Growth ends here; with a multiplier above 2 the maximum is usually reached earlier. */
const MAX_EXPONENT = 8;

/** Presets, builders and questions; `random` is uniform in [0, 1) and asked only for jitter. */
export function createRetryPolicy(random: () => number) {
  function calculateDelay(policy: RetryPolicy, attempt: number): RetryDelay {
    const baseDelayMs = plainDelayMs(policy, attempt);
    const delayMs = jitteredMs(policy, baseDelayMs, random);
    return { delayMs, baseDelayMs, attempt, isFinal: isFinalAttempt(policy, attempt) };
  }
  return Object.freeze({
    default: () => DEFAULT,
    defaultWithJitter: () => WITH_JITTER,
    noRetry: () => NO_RETRY,
    aggressive: () => AGGRESSIVE,
    conservative: () => CONSERVATIVE,
    withMaxAttempts: (policy: RetryPolicy, maxAttempts: number) =>
      change(policy, { maxAttempts: wholeAtLeast(1, maxAttempts) }),
    withBaseDelayMs: (policy: RetryPolicy, baseDelayMs: number) =>
      change(policy, { baseDelayMs: wholeAtLeast(0, baseDelayMs) }),
    withMaxDelayMs: (policy: RetryPolicy, maxDelayMs: number) =>
      change(policy, { maxDelayMs: wholeAtLeast(0, maxDelayMs) }),
    withMultiplier: (policy: RetryPolicy, multiplier: number) =>
      change(policy, { multiplier: Number.isNaN(multiplier) ? 1 : Math.max(1, multiplier) }),
    withJitter: (policy: RetryPolicy, jitter: RetryJitter) => change(policy, { jitter }),
    /** Before the try after `attempt`, which counts from 1. */
    delayMs: (policy: RetryPolicy, attempt: number) => calculateDelay(policy, attempt).delayMs,
    calculateDelay,
    shouldRetry,
    isFinalAttempt,
  });
}

function shouldRetry(policy: RetryPolicy, attempt: number): boolean {
  return attempt < policy.maxAttempts;
}

function isFinalAttempt(policy: RetryPolicy, attempt: number): boolean {
  return !shouldRetry(policy, attempt);
}

function plainDelayMs(policy: RetryPolicy, attempt: number): number {
  const exponent = Math.min(Math.max(1, attempt) - 1, MAX_EXPONENT);
  return Math.min(
    Math.trunc(policy.baseDelayMs * policy.multiplier ** exponent),
    policy.maxDelayMs,
  );
}

function jitteredMs(policy: RetryPolicy, delayMs: number, random: () => number): number {
  const half = Math.trunc(delayMs / 2);
  switch (policy.jitter) {
    case 'none':
      return delayMs;
    case 'full':
      return between(0, delayMs, random);
    case 'equal':
      return half === 0 ? delayMs : half + between(0, half, random);
    case 'decorrelated': {
      const { baseDelayMs } = policy;
      const highest = Math.min(3 * delayMs, delayMs + 10 * baseDelayMs);
      return highest <= baseDelayMs ? baseDelayMs : between(baseDelayMs, highest, random);
    }
  }
}

/** A whole number, both ends included. */
function between(lowest: number, highest: number, random: () => number): number {
  return Math.min(highest, lowest + Math.floor(random() * (highest - lowest + 1)));
}

/** Whole; NaN becomes the bound. */
function wholeAtLeast(bound: number, value: number): number {
  return Number.isNaN(value) ? bound : Math.max(bound, Math.trunc(value));
}

function change(policy: RetryPolicy, part: Partial<RetryPolicy>): RetryPolicy {
  return Object.freeze({ ...policy, ...part });
}
