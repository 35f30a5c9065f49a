/** What two nodes know once they have greeted each other, without waiting for a beat. */
import { expect, it } from 'vitest';
import { A, B, C, virtualWorld } from '../api/virtual-nodes.ts';

const SEED = '10.0.0.9';

// The smaller of two ids opens the exchange: it must work for whoever is behind.
it.each([
  { behind: A, other: B },
  { behind: B, other: A },
])('$behind, back from a partition, hears at once who has joined at $other', async (roles) => {
  const world = virtualWorld();
  const [seed, behind, other, newcomer] = [
    world.node(SEED),
    world.node(roles.behind),
    world.node(roles.other),
    world.node(C),
  ];
  const quick = { reconnectBaseDelayMs: 100, reconnectMaxDelayMs: 200 };
  // A greeting tells nothing but a digest, unless it is an introduction by a seed.
  const config = { ...quick, limits: { maxHelloEntries: 1 }, seeds: [`${SEED}:4369`] };
  await world.start(seed, { host: SEED });
  await world.start(behind, { host: roles.behind, ...config });
  await world.start(other, { host: roles.other, ...config });
  await world.advance(2_000);
  for (const host of [SEED, roles.other, C]) world.network.cut(roles.behind, host);
  await world.advance(5_000);
  await world.start(newcomer, { host: C, ...config });

  world.network.heal(roles.behind, roles.other);
  const id = other.cluster.getLocalNodeId();
  for (let ms = 0; ms < 5_000 && !behind.cluster.isNodeConnected(id); ms += 1) {
    await world.advance(1);
  }
  // Three hops of one millisecond each; the next beat is hundreds away.
  await world.advance(10);
  expect(behind.cluster.isNodeConnected(id)).toBe(true);
  expect(behind.cluster.getNodeIds()).toContain(newcomer.cluster.getLocalNodeId());
});
