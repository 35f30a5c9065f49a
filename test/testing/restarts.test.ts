/** Nodes that are told to stop and to start: none is forgotten, by itself or by who waits for it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSimulation, type Simulation } from '../../src/testing/index.ts';

async function converged(nodes = 2) {
  const sim = createSimulation({ seed: 5, nodes });
  onTestFinished(() => sim.dispose());
  sim.start();
  await sim.waitForConvergence();
  return sim;
}

const statuses = ({ nodes }: Simulation) => nodes.map(({ status }) => status);
const counts = ({ nodes }: Simulation) =>
  nodes.map(({ cluster }) => cluster.getConnectedNodeCount());

describe('waiting for convergence', () => {
  it('includes a node that stops in order to start again', async () => {
    const sim = await converged();
    sim.stop('n2');
    sim.start('n2');
    expect(sim.node('n2').status).toBe('stopping');
    await sim.waitForConvergence();
    expect(statuses(sim)).toEqual(['running', 'running']);
    expect(counts(sim)).toEqual([1, 1]);
  });

  it('includes all of them when the whole cluster is restarted', async () => {
    const sim = await converged(3);
    sim.stop();
    sim.start();
    await sim.waitForConvergence();
    expect(statuses(sim)).toEqual(['running', 'running', 'running']);
    expect(counts(sim)).toEqual([2, 2, 2]);
  });

  it('does not count on a node that was told to stop while frozen', async () => {
    const sim = await converged(3);
    sim.freeze('n2');
    sim.stop('n2');
    sim.thaw('n2');
    expect(sim.disagreement(['n1', 'n2', 'n3'])).toBe('n2 is about to stop');
    await sim.waitForConvergence();
    expect(sim.node('n1').cluster.getConnectedNodeCount()).toBe(1);
    await sim.advance(5_000);
    expect(statuses(sim)).toEqual(['running', 'stopped', 'running']);
  });

  it('does not count on a node that was told to stop while it started', async () => {
    const sim = await converged();
    sim.stop('n2');
    await sim.advance(5_000);
    sim.start('n2');
    await sim.advance(0);
    expect(statuses(sim)).toEqual(['running', 'starting']);
    sim.stop('n2');
    await sim.waitForConvergence();
    await sim.advance(5_000);
    expect(statuses(sim)).toEqual(['running', 'stopped']);
    expect(sim.node('n2').startError).toBeNull();
  });

  it.each<[string, (sim: Simulation) => void, string]>([
    ['before any was started', () => {}, 'n1 is off, n2 is off'],
    [
      'after all were killed',
      (sim) => {
        sim.start();
        sim.run(1_000);
        sim.kill(['n1', 'n2']);
      },
      'n1 is off, n2 is off',
    ],
    [
      'while they stop or stand still',
      (sim) => {
        sim.start();
        sim.run(1_000);
        sim.stop('n1');
        sim.freeze('n2');
      },
      'n1 is stopping, n2 is frozen',
    ],
  ])('of nobody fails: %s', async (_when, prepare, who) => {
    const sim = createSimulation({ nodes: 2 });
    prepare(sim);
    const before = sim.clock.now();
    await expect(sim.waitForConvergence()).rejects.toMatchObject({
      reason: 'no_process',
      message: expect.stringContaining(`no node runs that could be waited for: ${who} (at`),
    });
    expect(sim.clock.now()).toBe(before);
  });

  it('of nobody fails when the last one is killed meanwhile', async () => {
    const sim = createSimulation({ nodes: 2 });
    sim.start('n1');
    sim.cut('n1', 'n2');
    sim.start('n2');
    sim.clock.setTimeout(() => sim.kill(['n1', 'n2']), 5_000);
    await expect(sim.waitForConvergence()).rejects.toMatchObject({ reason: 'no_process' });
    await expect(sim.waitForConvergence({ among: [] })).rejects.toMatchObject({
      reason: 'no_process',
    });
  });
});

describe('a start is not lost', () => {
  type Verb = 'freeze' | 'thaw' | 'stop' | 'start';
  it.each<[Verb[]]>([
    [['freeze', 'stop', 'start', 'thaw']],
    [['freeze', 'stop', 'thaw', 'start']],
    [['freeze', 'stop', 'start', 'stop', 'start', 'thaw']],
    [['stop', 'freeze', 'start', 'thaw']],
    [['stop', 'start', 'freeze', 'thaw']],
  ])('%j', async (verbs) => {
    const sim = await converged();
    for (const verb of verbs) sim[verb]('n2');
    await sim.waitForConvergence();
    expect(statuses(sim)).toEqual(['running', 'running']);
    expect(sim.trace.filter((line) => line.endsWith(' n2 stopped'))).toHaveLength(1);
  });

  it('by a node that had stopped before it was frozen and told to stop again', async () => {
    const sim = await converged();
    sim.stop('n2');
    await sim.advance(5_000);
    for (const verb of ['freeze', 'stop', 'start', 'thaw'] as const) sim[verb]('n2');
    await sim.waitForConvergence();
    expect(statuses(sim)).toEqual(['running', 'running']);
  });

  it('unless it is taken back, or needless', async () => {
    const sim = await converged();
    for (const verb of ['freeze', 'stop', 'start', 'stop', 'thaw'] as const) sim[verb]('n2');
    await sim.advance(60_000);
    expect(statuses(sim)).toEqual(['running', 'stopped']);
    for (const verb of ['freeze', 'start', 'thaw'] as const) sim[verb]('n1');
    await sim.advance(60_000);
    expect(sim.trace.filter((line) => line.endsWith(' n1 stopped'))).toEqual([]);
  });

  it('but has what it was given last', async () => {
    const sim = await converged();
    sim.stop('n2');
    sim.start('n2', { address: '10.0.0.8' });
    sim.start('n2', { address: '10.0.0.9' });
    await sim.waitForConvergence();
    expect(sim.node('n2').id).toBe('n2@10.0.0.9:4369');
  });
});
