/** How much actors have to say to each other in one seed. */
import type { SeededRandom } from '../../src/testing/random.ts';
import { pick } from './draw.ts';

export interface TrafficPlan {
  /** Between two moments at which a node says something, on average. */
  readonly gapMs: number;
}

export function trafficOf(random: SeededRandom, isFast: boolean): TrafficPlan {
  const gapMs = pick(random, [4_000, 10_000, 30_000]);
  return { gapMs: isFast ? gapMs / 10 : gapMs };
}
