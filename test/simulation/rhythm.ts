/** How long a silence must and may be where phi accrual learns it from the rhythm of the beats. */
import type { PhiOptions } from '../../src/membership/phi.ts';
import type { SeededRandom } from '../../src/testing/random.ts';
import { pick } from './draw.ts';

/** Standard deviations by phi, from tables: what the program computes is not asked. */
const DEVIATIONS = { 2: 2.33, 8: 5.23 } as const;
const TOLERANCE = 0.01;

/** Beats of a new link: the first one may follow the greeting at once. */
const STEADY = { leastMean: 0.5, mostMean: 1.2, mostStdDev: 0.6 } as const;

export interface Rhythm extends PhiOptions {
  readonly threshold: keyof typeof DEVIATIONS;
}

export function rhythmOf(random: SeededRandom, intervalMs: number): Rhythm {
  return {
    threshold: pick(random, [2, 8]),
    acceptablePauseMs: pick(random, [0.5, 1, 2]) * intervalMs,
    // More than the first beats deviate, so that what is learned from them is known beforehand.
    minStdDevMs: intervalMs / 2,
  };
}

/** No node may be judged before, whatever its beats were like. */
export function leastMs(rhythm: Rhythm, intervalMs: number, isSteady: boolean): number {
  const { acceptablePauseMs, minStdDevMs } = rhythm;
  const meanMs = isSteady ? STEADY.leastMean * intervalMs : 0;
  return meanMs + acceptablePauseMs + deviations(rhythm, -TOLERANCE) * minStdDevMs;
}

/** Whose beats have come regularly is judged by then; of others nothing is known. */
export function mostMs(rhythm: Rhythm, intervalMs: number, isSteady: boolean): number {
  if (!isSteady) return Number.POSITIVE_INFINITY;
  const stdDevMs = Math.max(rhythm.minStdDevMs, STEADY.mostStdDev * intervalMs);
  const meanMs = STEADY.mostMean * intervalMs;
  return meanMs + rhythm.acceptablePauseMs + deviations(rhythm, TOLERANCE) * stdDevMs;
}

function deviations({ threshold }: Rhythm, tolerance: number): number {
  return DEVIATIONS[threshold] * (1 + tolerance);
}
