import { describe, expect, it, onTestFinished } from 'vitest';
import { createSimulation, type SimulationOptions } from '../../src/testing/index.ts';

/** Over when the test is, and then checked for what is left. */
function simulation(options: SimulationOptions = {}) {
  const sim = createSimulation({ config: { heartbeatIntervalMs: 1_000 }, ...options });
  onTestFinished(() => sim.dispose());
  return sim;
}

describe('a simulation', () => {
  it('starts nodes that find each other', async () => {
    const sim = simulation();
    sim.start();
    await sim.waitForConvergence();
    expect(
      sim
        .node('n2')
        .cluster.getConnectedNodes()
        .map(({ id }) => id),
    ).toEqual(['n1@10.0.0.1:4369', 'n3@10.0.0.3:4369']);
  });
});
