import { createSimulation } from '../../src/testing/index.ts';

/** A little of everything that can happen, in one go: the hash of what came of it. */
export function hashOf(seed: number): string {
  const sim = createSimulation({
    seed,
    nodes: 4,
    config: { heartbeatIntervalMs: 1_000, clusterSecret: 'a secret of this simulation' },
  });
  sim.start();
  sim.run(3_000);
  sim.degrade({ loss: 0.1, duplicate: 0.1, reorder: 0.1 });
  sim.cut('n1', ['n2', 'n3'], { oneWay: true });
  sim.run(5_000);
  sim.kill('n4', { power: false });
  sim.restore();
  sim.freeze('n2');
  sim.run(2_000);
  sim.thaw();
  sim.start('n4', { wallOffsetMs: -5_000 });
  sim.run(20_000);
  return sim.traceHash;
}
