/** When silence means what. Pure rules; the sweep of the node applies them. */
import { FIXED } from '../limits.ts';

/** T: a node silent for so long is down. */
export function silenceLimitMs(intervalMs: number, threshold: number): number {
  return intervalMs * threshold;
}

/** One beat missed, with a fifth of tolerance. */
function missedBeatMs(intervalMs: number): number {
  return (intervalMs * 6) / 5;
}

/** One beat missed, but early enough to ask others before T. */
export function suspectAfterMs(intervalMs: number, limitMs: number): number {
  return Math.min(missedBeatMs(intervalMs), (limitMs * 2) / 3);
}

/**
 * Whether so short a silence is nothing, whatever the pauses and however far this node trusts itself:
 * what each look at each session begins with, since it is nearly always so.
 */
export function isPlainlyFresh(
  silenceMs: number,
  unheardMs: number,
  { intervalMs, limitMs }: Pick<Patience, 'intervalMs' | 'limitMs'>,
): boolean {
  return silenceMs < suspectAfterMs(intervalMs, limitMs) && unheardMs < missedBeatMs(intervalMs);
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

/** For how long others are asked whether they still hear a silent node: the last third of T. */
export function inquiryMs(limitMs: number): number {
  return limitMs / 3;
}

/** Time during which this process stood still and could not have heard. */
export interface Pauses {
  readonly longestMs: number;
  readonly sumMs: number;
}

/**
 * What pauses of this process take off the silence of others. One pause counts in full, however
 * long; many short ones together at most 2 T, or a process that is always late would never judge.
 */
export function creditMs({ longestMs, sumMs }: Pauses, limitMs: number): number {
  return Math.max(longestMs, Math.min(2 * limitMs, sumMs));
}

/**
 * After how much silence a node is down: T, plus the time this process could not hear, plus T/4
 * for each point by which it doubts itself (Lifeguard's local health). The extension is at most
 * 2 T or one pause in full, so a real death is reported by 3 T.
 */
export function overAfterMs(limitMs: number, pauses: Pauses, score: number): number {
  const doubtMs = (limitMs * score) / 4;
  const extensionMs = Math.min(2 * limitMs, pauses.sumMs + doubtMs);
  return limitMs + Math.max(pauses.longestMs, extensionMs);
}

export type Verdict = 'fresh' | 'suspect' | 'doubtful' | 'over';

export interface Hearsay {
  /** Since the last record. */
  readonly silenceMs: number;
  readonly pauses: Pauses;
  /** For how long the other side had not heard this one when it last said so. */
  readonly unheardMs: number;
}

export interface Patience {
  readonly intervalMs: number;
  /** T. */
  readonly limitMs: number;
  /** 0 to 8, how much this node doubts itself. */
  readonly score: number;
}

/**
 * Each verdict begins with its very limit: nodeDown is due at T, not after it. Doubtful means: ask
 * others now. A peer that said it does not hear this node will hang up before it falls silent; if
 * it does fall silent, it has given the link up: no need to wait for T from its last word. That
 * needs a last word that is the last one before T: one late beat of this node proves nothing.
 */
export function judge(heard: Hearsay, patience: Patience): Verdict {
  const { silenceMs, pauses, unheardMs } = heard;
  const { intervalMs, limitMs, score } = patience;
  const overMs = overAfterMs(limitMs, pauses, score);
  const awakeMs = silenceMs - creditMs(pauses, limitMs);
  const missedMs = missedBeatMs(intervalMs);
  const isUnheard = unheardMs >= missedMs;
  const wasLastWord = isUnheard && unheardMs >= limitMs - missedMs;
  const isGivenUp = wasLastWord && awakeMs >= missedMs && unheardMs + silenceMs >= overMs;
  if (silenceMs >= overMs || isGivenUp) return 'over';
  if (isUnheard || silenceMs >= overMs - inquiryMs(limitMs)) return 'doubtful';
  return awakeMs >= suspectAfterMs(intervalMs, limitMs) ? 'suspect' : 'fresh';
}
