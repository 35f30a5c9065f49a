/**
 * The seeds of the suite, in as many files as there are cores to run them on.
 *
 * `SIM_SEED=123` replays one, with `SIM_TAIL=5000` for all of its trace; `SIM_SEEDS=2000` runs
 * more of them.
 */
import { describe, expect, it } from 'vitest';
import { simulate } from './run.ts';

const SEEDS_PER_TEST = 25;
const TEST_TIMEOUT_MS = 120_000;

export function simulationSuite(part: number, parts: number): void {
  const all = process.env.SIM_SEED ? [Number(process.env.SIM_SEED)] : firstSeeds();
  const seeds = all.filter((_, at) => at % parts === part);

  describe('a cluster to which everything happens', () => {
    for (let at = 0; at < seeds.length; at += SEEDS_PER_TEST) {
      const some = seeds.slice(at, at + SEEDS_PER_TEST);
      it(
        `keeps its promises with the seeds ${some[0]} to ${some.at(-1)}`,
        () => {
          for (const seed of some) expect(simulate(seed).virtualMs).toBeGreaterThan(0);
        },
        TEST_TIMEOUT_MS,
      );
    }
    if (seeds.length === 0) it.skip('has no seeds here', () => {});
  });
}

function firstSeeds(): readonly number[] {
  return Array.from({ length: Number(process.env.SIM_SEEDS ?? 200) }, (_, index) => index + 1);
}
