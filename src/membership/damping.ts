/** Flap damping: whoever comes and goes too often is announced later, if it lasts. */

export interface Flapping {
  /** Recent ups and downs, oldest first; no more than are needed to judge. */
  readonly at: readonly number[];
  /** The last hold; 0 when there was none. */
  readonly holdMs: number;
}

export const STEADY: Flapping = { at: [], holdMs: 0 };

const FLAP_WINDOW_MS = 60_000;
/** Ups and downs within the window that are still normal: two quick restarts and a bit. */
const MAX_TRANSITIONS = 5;
const FIRST_HOLD_MS = 1_000;
const MAX_HOLD_MS = 60_000;

/** One more up or down. The hold doubles with each up while it flaps, and is forgotten after. */
export function flapped(before: Flapping, now: number, isUp: boolean): Flapping {
  const recent = before.at.filter((at) => now - at < FLAP_WINDOW_MS);
  const at = [...recent, now].slice(-(MAX_TRANSITIONS + 1));
  if (at.length <= MAX_TRANSITIONS) return { at, holdMs: 0 };
  if (!isUp) return { at, holdMs: before.holdMs };
  return { at, holdMs: Math.min(MAX_HOLD_MS, Math.max(FIRST_HOLD_MS, before.holdMs * 2)) };
}

/** Nothing of it matters any more. */
export function isSteady({ at }: Flapping, now: number): boolean {
  return at.every((moment) => now - moment >= FLAP_WINDOW_MS);
}
