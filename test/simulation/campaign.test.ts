/** A little of the campaign that `npm run sim` runs as a whole. */
import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { REGRESSIONS } from './regressions.ts';
import { simulate } from './run.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => 101 + index);
const TIMEOUT_MS = 60_000;

describe('a small cluster to which everything happens', () => {
  it.each(SEEDS)(
    'keeps its promises with the seed %i',
    async (seed) => {
      const { breach, virtualMs } = await simulate(planOf(seed, { nodes: 4 }));
      expect(breach).toBeNull();
      expect(virtualMs).toBeGreaterThanOrEqual(60_000);
    },
    TIMEOUT_MS,
  );
});

describe('what simulations have found', () => {
  it.each(REGRESSIONS)(
    '$what (seed $seed)',
    async ({ seed, nodes }) => {
      expect((await simulate(planOf(seed, { nodes }))).breach).toBeNull();
    },
    TIMEOUT_MS,
  );
});
