import { expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/random.ts';
import { A, B, C, virtualWorld } from './virtual-nodes.ts';

const A_ID = 'a@10.0.0.1:4369';
const B_ID = 'b@10.0.0.2:4369';

it('lasts no longer than the life that was hung up on', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  await world.start(a, { host: A });
  await world.start(b, { host: B, seeds: [A_ID], reconnectMaxDelayMs: 1_000 });
  await world.advance(50);
  await a.cluster.disconnect(B_ID);
  await world.advance(20_000);
  expect(b.cluster.getConnectedNodeCount()).toBe(0);
  world.network.crash(A);
  // A new life: other random numbers, and no seed that would lead it back.
  await world.start(world.node(A, { random: seededRandom(99) }), { host: A });
  await world.advance(15_000);
  expect(b.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([A_ID]);
});

it('is a matter of two nodes: nobody is told that the other one is down', async () => {
  const world = virtualWorld();
  const [a, b, c] = [world.node(A), world.node(B), world.node(C)];
  await world.start(a, { host: A });
  await world.start(b, { host: B, seeds: [A_ID] });
  await world.advance(50);
  await a.cluster.disconnect(B_ID);
  await world.advance(50);
  expect(a.cluster.getNode(B_ID)?.status).toBe('disconnected');
  // Whoever joins by one of the two still hears that the other one is alive.
  await world.start(c, { host: C, seeds: [A_ID] });
  await world.advance(50);
  expect(c.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([A_ID, B_ID]);
});

it.each([B_ID, '10.0.0.2:4369'])(
  'is taken back by connect to %s, from either side',
  async (target) => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await world.start(b, { host: B, seeds: [A_ID] });
    await world.advance(50);
    await b.cluster.disconnect(A_ID);
    await world.advance(50);
    const connected = a.cluster.connect(target);
    await world.advance(50);
    expect(await connected).toBe(B_ID);
    await a.cluster.disconnect(B_ID);
    await world.advance(50);
    const again = a.cluster.connect(target);
    await world.advance(50);
    expect(await again).toBe(B_ID);
  },
);

it('is no excuse for a node that has died since: nobody vouches for it, and it is forgotten', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  const limits = { fullSyncIntervalMs: 5_000, hearsayRetentionMs: 30_000, downRetentionMs: 60_000 };
  await world.start(a, { host: A, limits });
  await world.start(b, { host: B, seeds: [A_ID] });
  await world.advance(50);
  await a.cluster.disconnect(B_ID);
  world.network.vanish(B);
  await world.advance(20_000);
  expect(a.cluster.getNodeIds()).toEqual([B_ID]);
  await world.advance(90_000);
  expect(a.cluster.getNodeIds()).toEqual([]);
});

it('outlives that the other node had to be forgotten for another one', async () => {
  const world = virtualWorld();
  const hosts = [A, B, C, '10.0.0.4', '10.0.0.5'];
  const [a, b, c, d, e] = hosts.map((host) => world.node(host));
  if (!a || !b || !c || !d || !e) throw new Error('there are five');
  const limits = { maxNodes: 4, leftRetentionMs: 5_000, fullSyncIntervalMs: 5_000 };
  await world.start(a, { host: A, limits });
  await world.start(b, { host: B, seeds: [A_ID] });
  await world.start(c, { host: C, seeds: [A_ID] });
  await world.advance(50);
  await a.cluster.disconnect(B_ID);
  await world.start(d, { host: '10.0.0.4', nodeName: 'd', seeds: [A_ID] });
  await world.start(e, { host: '10.0.0.5', nodeName: 'e', seeds: [A_ID] });
  await world.advance(50);
  expect(a.cluster.getNodeIds()).not.toContain(B_ID);
  // The place is free again, and the others tell of b.
  e.cluster.stop();
  await world.advance(60_000);
  expect(a.cluster.getNodeIds()).toContain(B_ID);
  expect(a.cluster.isNodeConnected(B_ID)).toBe(false);
});
