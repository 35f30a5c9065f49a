/** Both sides of a partition give the same name, and meet again. */
import { expect, onTestFinished, test } from 'vitest';
import { OverloadedError } from '../../src/index.ts';
import { createSimulation, type SimulatedNode, type Simulation } from '../../src/testing/index.ts';

const SIDES = { n1: ['n1', 'n2'], n4: ['n3', 'n4'] } as const;

interface Told {
  readonly on: string;
  readonly winner: string;
  readonly loser: string;
}

function world(seed: number): { readonly sim: Simulation; readonly told: Told[] } {
  const told: Told[] = [];
  const sim = createSimulation({
    seed,
    nodes: 4,
    config: { heartbeatIntervalMs: 1_000, reconnectMaxDelayMs: 2_000 },
    onLife: ({ name, cluster }) => {
      cluster.actors.behaviors.register('leader', () => name);
      cluster.actors.nameLost$.subscribe(({ winner, loser }) => {
        told.push({ on: name, winner: winner.id, loser: loser.id });
      });
    },
  });
  onTestFinished(() => sim.dispose());
  return { sim, told };
}

async function apart(sim: Simulation): Promise<void> {
  sim.cut(SIDES.n1, SIDES.n4);
  await sim.until(() => sim.nodes.every(({ cluster }) => cluster.getConnectedNodeCount() === 1));
}

/** Gives the name to an actor on that very node. */
async function lead(sim: Simulation, { cluster }: SimulatedNode): Promise<string> {
  const ref = await sim.settle(cluster.actors.spawn('leader'));
  await sim.settle(cluster.actors.register('leader', ref));
  return ref.id;
}

function leaders(sim: Simulation): readonly (string | undefined)[] {
  return sim.nodes.map(({ cluster }) => cluster.actors.whereis('leader')?.id);
}

function areAgreed(sim: Simulation): boolean {
  return new Set(leaders(sim)).size === 1 && leaders(sim)[0] !== undefined;
}

test.each([
  [1, 'n1', 'n4'],
  [2, 'n4', 'n1'],
  [3, 'n1', 'n4'],
  [4, 'n4', 'n1'],
] as const)(
  'seed %d: all agree on the one of %s, and %s alone is told',
  async (seed, first, second) => {
    const { sim, told } = world(seed);
    sim.start();
    await sim.waitForConvergence();
    await apart(sim);
    const winner = await lead(sim, sim.node(first));
    await sim.advance(5);
    const loser = await lead(sim, sim.node(second));
    await sim.until(() => leaders(sim).every((leader) => leader !== undefined));
    expect(new Set(leaders(sim))).toEqual(new Set([winner, loser]));
    sim.heal();
    await sim.waitForConvergence();
    await sim.until(() => areAgreed(sim), { withinMs: 1_000 });
    await sim.advance(1_000);
    expect(leaders(sim)).toEqual([winner, winner, winner, winner]);
    expect(told).toEqual([{ on: second, winner, loser }]);
  },
);

test('who was cut off and had the name before keeps it, though the date of its machine is wrong', async () => {
  const { sim, told } = world(5);
  sim.start();
  await sim.waitForConvergence();
  const winner = await lead(sim, sim.node('n4'));
  await sim.until(() => areAgreed(sim));
  // The other side takes itself for a day younger, yet knows that the name was given before.
  sim.jumpWall(SIDES.n1, -86_400_000);
  await apart(sim);
  expect(leaders(sim).slice(0, 2)).toEqual([undefined, undefined]);
  const loser = await lead(sim, sim.node('n1'));
  sim.heal();
  await sim.until(() => areAgreed(sim));
  expect(leaders(sim)[0]).toBe(winner);
  expect(told).toEqual([{ on: 'n1', winner, loser }]);
});

/** Two nodes that do not hear each other, and the queue from the first to the second is full. */
async function stuck() {
  const config = { limits: { maxDataQueueBytes: 100_000 } };
  const sim = createSimulation({ nodes: 2, config });
  sim.start();
  await sim.waitForConvergence();
  const [one, two] = [sim.node('n1'), sim.node('n2')];
  for (const { cluster } of [one, two]) cluster.actors.behaviors.register('any', () => 0);
  const far = await sim.settle(one.cluster.actors.spawn('any', { on: two.id }));
  const near = await sim.settle(one.cluster.actors.spawn('any'));
  await sim.settle(two.cluster.actors.register('known', far));
  await sim.until(() => one.cluster.actors.whereis('known') !== undefined);
  sim.cut('n1', 'n2');
  far.send(new Uint8Array(300_000));
  await sim.advance(10);
  expect(() => far.send('more')).toThrow(OverloadedError);
  await sim.settle(one.cluster.actors.register('new', near));
  return { sim, one, two };
}

test('a name reaches a node that takes nothing more for now, in the end', async () => {
  const { sim, two } = await stuck();
  await sim.advance(1_000);
  sim.heal();
  await sim.until(() => two.cluster.actors.whereis('new') !== undefined);
  expect([...two.cluster.actors.names().keys()]).toEqual(['known', 'new']);
  expect(two.cluster.getConnectedNodeCount()).toBe(1);
  await sim.dispose();
});

test('a node that stops, cut off, knows no names any more', async () => {
  const { sim, one } = await stuck();
  expect([...one.cluster.actors.names().keys()]).toEqual(['known', 'new']);
  sim.stop('n1');
  await sim.until(() => one.status === 'stopped');
  expect(one.cluster.actors.names().size).toBe(0);
  await sim.dispose();
});

test('the same name given on both sides at the same moment has one holder in the end', async () => {
  const { sim, told } = world(6);
  sim.start();
  await sim.waitForConvergence();
  await apart(sim);
  const both = ['n1', 'n4'].map(async (name) => {
    const { actors } = sim.node(name).cluster;
    await actors.register('leader', await actors.spawn('leader'));
  });
  await sim.settle(Promise.all(both));
  sim.heal();
  await sim.until(() => areAgreed(sim));
  await sim.advance(1_000);
  expect(areAgreed(sim)).toBe(true);
  expect(told).toHaveLength(1);
  // Both were given in the same millisecond: the smaller node keeps the name.
  expect(told[0]).toMatchObject({ on: 'n4', winner: leaders(sim)[0] });
});

test('two that are connected and give a name at the same moment agree, too', async () => {
  const { sim, told } = world(7);
  sim.start();
  await sim.waitForConvergence();
  const outcomes = ['n1', 'n2', 'n3', 'n4'].map(async (name) => {
    const { actors } = sim.node(name).cluster;
    await actors.register('leader', await actors.spawn('leader'));
  });
  await sim.settle(Promise.all(outcomes));
  await sim.until(() => areAgreed(sim));
  await sim.advance(1_000);
  expect(areAgreed(sim)).toBe(true);
  expect(told.map(({ on }) => on).sort()).toEqual(['n2', 'n3', 'n4']);
});
