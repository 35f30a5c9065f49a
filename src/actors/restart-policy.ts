/** Whether an actor that has ended is started again, and when: rules only. */
import type { EndReason } from './hosted.ts';

export interface RestartPolicy {
  /** `always`: also after a normal end. What somebody has stopped stays stopped. */
  readonly when: 'never' | 'onError' | 'always';
  /** With one more within `withinMs` it ends for good. 1 to 1,000, default 5. */
  readonly maxRestarts: number;
  /** Up to a day, default 30,000. */
  readonly withinMs: number;
  /** Before the first restart up to twice as much, doubled with each further one. Default 100. */
  readonly minDelayMs: number;
  /** Up to an hour, default 5,000. */
  readonly maxDelayMs: number;
}

/** What the policy says of one end. */
export type Verdict =
  /** `restarts`: the moments of those that still count, for the next end. */
  | { readonly does: 'restart'; readonly delayMs: number; readonly restarts: readonly number[] }
  | { readonly does: 'end' }
  /** It would be started again, but that has been done too often. */
  | { readonly does: 'give_up' };

export const RESTART_DEFAULTS: RestartPolicy = {
  when: 'never',
  maxRestarts: 5,
  withinMs: 30_000,
  minDelayMs: 100,
  maxDelayMs: 5_000,
};

const HOUR_MS = 3_600_000;
/** The moments of that many are kept, of every actor. */
const MAX_RESTARTS = 1_000;
const RANGES = {
  maxRestarts: MAX_RESTARTS,
  withinMs: 24 * HOUR_MS,
  minDelayMs: HOUR_MS,
  maxDelayMs: HOUR_MS,
} as const;
const TIMES = ['never', 'onError', 'always'] as const;

/** What is wrong with it, or null; begins with the name of the field. */
export function restartProblem(policy: RestartPolicy): string | null {
  if (!TIMES.includes(policy.when)) return `when must be one of ${TIMES.join(', ')}`;
  for (const field of ['maxRestarts', 'withinMs', 'minDelayMs', 'maxDelayMs'] as const) {
    const value = policy[field];
    const isFine = Number.isInteger(value) && value >= 1 && value <= RANGES[field];
    if (!isFine) return `${field} must be an integer from 1 to ${RANGES[field]}`;
  }
  return policy.maxDelayMs < policy.minDelayMs ? 'maxDelayMs must not be below minDelayMs' : null;
}

/** `past`: the moments of earlier restarts; `random01`: uniform in [0, 1). */
export function judgeEnd(
  policy: RestartPolicy,
  past: readonly number[],
  reason: EndReason,
  now: number,
  random01: number,
): Verdict {
  const { when, maxRestarts, withinMs, minDelayMs, maxDelayMs } = policy;
  if (!(reason === 'error' ? when !== 'never' : reason === 'normal' && when === 'always')) {
    return { does: 'end' };
  }
  const counted = past.filter((at) => now - at < withinMs);
  if (counted.length >= maxRestarts) return { does: 'give_up' };
  const longestMs = Math.min(maxDelayMs, minDelayMs * 2 ** (counted.length + 1));
  // Jitter over the whole span: what many have lost together does not come back together.
  const delayMs = Math.floor(minDelayMs + random01 * (longestMs - minDelayMs));
  return { does: 'restart', delayMs, restarts: [...counted, now] };
}
