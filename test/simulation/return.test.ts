import { expect, it } from 'vitest';
import { createSimulation } from '../../src/testing/index.ts';

it('a node that lost its power is back among many within a second round of dials', async () => {
  const names = Array.from({ length: 12 }, (_, index) => `n${index + 1}`);
  const sim = createSimulation({
    seed: 3,
    nodes: names.map((name) => ({
      name,
      seeds: name === 'n1' ? [] : ['n1:4369'],
      config: { advertiseHost: name },
    })),
  });
  sim.start();
  await sim.waitForConvergence();
  await sim.advance(30_000);
  // No reset tells the others: each asks its old session for a sign of life, for up to a second.
  sim.kill('n5', { power: false });
  await sim.advance(300);
  const killedAt = sim.clock.now();
  sim.start('n5', { address: '10.0.9.9' });
  const node = sim.node('n5');
  const isBack = () => node.status === 'running' && node.cluster.getConnectedNodeCount() === 11;
  await sim.until(isBack, { withinMs: 20_000 });
  expect(sim.clock.now() - killedAt).toBeLessThan(3_000);
  await sim.dispose();
});
