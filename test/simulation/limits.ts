/** The limits of the nodes of one seed. */
import { LIMITS } from '../../src/limits.ts';
import type { SeededRandom } from '../../src/testing/random.ts';
import { pick, whole } from './draw.ts';

export interface PlanLimits {
  readonly maxDials: number;
  readonly maxControlQueueBytes: number;
  readonly leftRetentionMs: number;
  readonly downRetentionMs: number;
  readonly hearsayRetentionMs: number;
  readonly fullSyncIntervalMs: number;
  readonly secretGraceMs: number;
  readonly maxHelloEntries: number;
  readonly maxOffers: number;
  readonly maxDataQueueBytes: number;
  readonly maxPendingAsks: number;
  readonly maxMailbox: number;
  readonly maxActors: number;
}

/** Small ones, in some seeds, so that they are met. */
export function limitsOf(random: SeededRandom, seed: number, isFast: boolean): PlanLimits {
  const retentionMs = isFast ? 10_000 : pick(random, [30_000, 60_000, 600_000]);
  const drawn = {
    maxDials: pick(random, [1, 2, 8]),
    maxControlQueueBytes: pick(random, [100, 262_144]),
    leftRetentionMs: retentionMs,
    downRetentionMs: 2 * retentionMs,
    hearsayRetentionMs: pick(random, [30_000, 600_000]),
    fullSyncIntervalMs: isFast ? 3_000 : pick(random, [10_000, 60_000]),
    secretGraceMs: isFast ? 5_000 : pick(random, [20_000, 60_000]),
    maxHelloEntries: LIMITS.maxHelloEntries,
    maxOffers: LIMITS.maxOffers,
  };
  return {
    ...drawn,
    ...actorLimitsOf(random.fork('actors')),
    ...(isMourning(seed, isFast) ? memoryOf(seed) : {}),
    ...(isTerse(seed) ? gossipLimitsOf(random.fork('gossip')) : {}),
  };
}

/** Whether somebody dies for good. */
export function isMourning(seed: number, isFast: boolean): boolean {
  return seed % 10 === 7 && !isFast;
}

/** Clusters that are large for their limits; none of the seeds that have found something so far. */
function isTerse(seed: number): boolean {
  return [2, 4, 5].includes(seed % 7);
}

function gossipLimitsOf(random: SeededRandom) {
  return { maxHelloEntries: whole(random, 1, 8), maxOffers: whole(random, 1, 8) };
}

function actorLimitsOf(random: SeededRandom) {
  return {
    maxDataQueueBytes: pick(random, [4_096, LIMITS.maxDataQueueBytes, LIMITS.maxDataQueueBytes]),
    maxPendingAsks: pick(random, [3, 30, LIMITS.maxPendingAsks]),
    maxMailbox: pick(random, [2, LIMITS.maxMailbox]),
    maxActors: pick(random, [8, LIMITS.maxActors, LIMITS.maxActors]),
  };
}

/**
 * For the dead to be forgotten everywhere while there is still time to look; or to be told of for
 * long, to those who begin when everybody else knows.
 */
function memoryOf(seed: number) {
  const retentionMs = seed % 20 === 7 ? 600_000 : 30_000;
  return {
    leftRetentionMs: retentionMs,
    downRetentionMs: 2 * retentionMs,
    hearsayRetentionMs: 30_000,
    fullSyncIntervalMs: 10_000,
  };
}
