/** The programs of docs/testing.md, word for word, and the promise that they are. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createSimulation, SimulationError, type Timer } from '../../src/testing/index.ts';
import { backticked, fencedBlocks, section, tableRows } from '../readme/markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');
const guide = read('docs/testing.md');

describe('the guide to testing', () => {
  it('shows only programs that run', () => {
    const known = ['test/testing/guide.test.ts', 'examples/simulated-partition.ts']
      .map(read)
      .join();
    const shown = fencedBlocks(guide, 'ts').map((block) => block.replace(/^import .*\n/gm, ''));
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.filter((part) => !known.includes(part.trim()))).toEqual([]);
  });

  it('has a word for everything that a simulation can do', () => {
    const sim = createSimulation();
    const listed = tableRows(section(guide, 'Vocabulary')).flatMap(([call = '']) =>
      backticked(call).map((text) => /^\w+/.exec(text)?.[0] ?? ''),
    );
    const methods = [Object.getPrototypeOf(sim), Object.getPrototypeOf(Object.getPrototypeOf(sim))]
      .flatMap((proto) => Object.getOwnPropertyNames(proto))
      .filter((name) => name !== 'constructor');
    expect(listed.sort()).toEqual([...new Set([...methods, ...publicFields(sim)])].sort());
  });
});

/** Those that are not for subclasses only. */
function publicFields(sim: object): readonly string[] {
  const hidden = ['machines', 'record', 'hasMoved'];
  return Object.keys(sim).filter((name) => !hidden.includes(name));
}

it('survives the loss of its seed', async () => {
  const sim = createSimulation({ seed: 7, nodes: 3 });
  onTestFinished(() => sim.dispose());
  sim.start();
  await sim.waitForConvergence();

  sim.kill('n1', { power: false });
  await sim.waitForConvergence();
  expect(sim.node('n2').cluster.getConnectedNodeCount()).toBe(1);

  sim.start('n1');
  await sim.waitForConvergence();
});

it('counts who is there', async () => {
  const counts = new Map<string, number>();
  const sim = createSimulation({
    onLife: ({ name, cluster, clock }) => {
      let timer: Timer;
      const count = () => {
        counts.set(name, cluster.getConnectedNodeCount());
        timer = clock.setTimeout(count, 1_000);
      };
      cluster.onStatusChange((status) => {
        if (status === 'running') count();
        else clock.clearTimeout(timer);
      });
    },
  });
  onTestFinished(() => sim.dispose());
  sim.start();
  await sim.advance(10_000);
  expect([...counts.values()]).toEqual([2, 2, 2]);

  sim.stop('n3');
  await sim.waitForConvergence();
  await sim.advance(1_000);
  expect(counts.get('n1')).toBe(1);
});

it('measures the way to a node, or says why it cannot', async () => {
  const sim = createSimulation({ nodes: 2 });
  onTestFinished(() => sim.dispose());
  sim.start();
  await sim.waitForConvergence();

  const { cluster } = sim.node('n1');
  const { id } = sim.node('n2');
  expect(await sim.settle(cluster.roundTrip(id))).toBeLessThan(4);
  sim.cut('n1', 'n2');
  await expect(sim.settle(cluster.roundTrip(id))).rejects.toMatchObject({ reason: 'timeout' });
});

it('rides out bad weather', async () => {
  const sim = createSimulation({ network: { latencyMs: { min: 20, max: 40 }, loss: 0.02 } });
  onTestFinished(() => sim.dispose());
  sim.start();
  await sim.waitForConvergence();

  sim.cut('n1', 'n2'); // a bridge: n3 still sees both
  sim.degrade({ loss: 0.3, duplicate: 0.1, reorder: 0.2, bytesPerSecond: 20_000 }, 'n3', 'n1');
  sim.slowReceiver('n2', 2_000);
  await sim.advance(60_000);

  sim.restore();
  await sim.waitForConvergence();
});

it('says who does not see whom', async () => {
  const sim = createSimulation({ nodes: 2 });
  onTestFinished(() => sim.dispose());
  sim.start();
  sim.cut('n1', 'n2');
  const error: unknown = await sim.waitForConvergence().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SimulationError);
  expect(String(error)).toContain('n1 does not see n2; n2 does not see n1');
});
