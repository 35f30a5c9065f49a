/** Full jitter: spreads the dials of many nodes that lost the same peer at the same moment. */

/** 2^52 times the smallest base is above every maximum; more would only lose precision. */
const MAX_EXPONENT = 52;

/** Somewhere in [0, min(max, base x 2^attempt)], attempts counted from 0. */
export function fullJitterMs(
  attempt: number,
  baseMs: number,
  maxMs: number,
  random01: number,
): number {
  const exponent = Math.min(Math.max(0, attempt), MAX_EXPONENT);
  return Math.floor(random01 * Math.min(maxMs, baseMs * 2 ** exponent));
}
