/**
 * How many handshakes a node has under way at once: additive increase, multiplicative decrease, as in
 * TCP (Chiu and Jain, 1989).
 *
 * When everybody on a busy machine begins all they may, each handshake slows all others down until
 * they miss their deadlines, and the work is done in vain.
 */
import { FIXED } from '../limits.ts';

export interface Pace {
  /** So many dials at once, in full ones. */
  readonly window: number;
  /** A dial that TCP has answered makes room for the next one after this. */
  readonly turnMs: number;
  /** Whether the last handshake lagged. */
  readonly isSlow: boolean;
}

export function fullPace(maxDials: number): Pace {
  return { window: maxDials, turnMs: FIXED.dialTurnMs, isSlow: false };
}

/** After a handshake whose first answer took `lagMs` longer than the way there and back. */
export function paced({ window }: Pace, lagMs: number, maxDials: number): Pace {
  const isSlow = lagMs > FIXED.dialTurnMs;
  return {
    window: isSlow ? Math.max(1, window / 2) : Math.min(maxDials, window + 1 / window),
    turnMs: Math.min(FIXED.maxDialTurnMs, Math.max(FIXED.dialTurnMs, 2 * lagMs)),
    isSlow,
  };
}
