/** When silence means what. Pure rules; the sweep of the node applies them. */
import { FIXED } from '../limits.ts';

/** T: a node silent for so long is down. */
export function silenceLimitMs(intervalMs: number, threshold: number): number {
  return intervalMs * threshold;
}

/** One beat missed, with a fifth of tolerance; early enough to ask others before T. */
export function suspectAfterMs(intervalMs: number, limitMs: number): number {
  return Math.min((intervalMs * 6) / 5, (limitMs * 2) / 3);
}

/** The longest time between two looks at the deadlines. */
export function sweepTickMs(intervalMs: number): number {
  return Math.min(250, Math.max(20, intervalMs / 10));
}

/** Whether a timer was so late that the process must have stood still. */
export function isPause(lagMs: number, intervalMs: number): boolean {
  return lagMs > Math.max(100, intervalMs / 4);
}

/** How long an older session has to prove that it lives. */
export function challengeTimeoutMs(limitMs: number): number {
  return Math.min(FIXED.maxChallengeMs, limitMs / 2);
}

export type Verdict = 'fresh' | 'suspect' | 'over';

/** Suspect and over begin with their very limit: nodeDown is due at T, not after it. */
export function judge(
  silenceMs: number,
  limits: { readonly suspectMs: number; readonly T: number },
): Verdict {
  if (silenceMs >= limits.T) return 'over';
  return silenceMs >= limits.suspectMs ? 'suspect' : 'fresh';
}
