import { describe, expect, it } from 'vitest';
import { createCounters } from '../../src/system/counters.ts';
import { A, B, C, virtualWorld } from './virtual-nodes.ts';

const A_ID = 'a@10.0.0.1:4369';

describe('a node that another one cannot reach', () => {
  // The smaller of two ids opens the exchange: it must work for whoever is behind.
  it.each([
    { behind: A, hub: B, newcomer: C },
    { behind: C, hub: A, newcomer: B },
  ])('is known at $behind within two heartbeats, through $hub', async (roles) => {
    const world = virtualWorld();
    const [behind, hub, newcomer] = [roles.behind, roles.hub, roles.newcomer].map((host) =>
      Object.assign(world.node(host), { host }),
    );
    if (!behind || !hub || !newcomer) throw new Error('there are three');
    await world.start(hub, { host: hub.host });
    const seeds = [hub.cluster.getLocalNodeId()];
    await world.start(behind, { host: behind.host, seeds });
    await world.advance(50);
    world.network.cut(behind.host, newcomer.host);
    await world.start(newcomer, { host: newcomer.host, seeds });
    await world.advance(2_500);
    const id = newcomer.cluster.getLocalNodeId();
    expect(behind.cluster.getNodeIds()).toContain(id);
    expect(behind.cluster.isNodeConnected(id)).toBe(false);
  });
});

describe('nodes that agree', () => {
  it('send one small record per heartbeat and peer, and no lists', async () => {
    const world = virtualWorld();
    const counters = createCounters();
    const a = world.node(A, { counters });
    const [b, c] = [world.node(B), world.node(C)];
    await world.start(a, { host: A });
    await world.start(b, { host: B, seeds: [A_ID] });
    await world.start(c, { host: C, seeds: [A_ID] });
    await world.advance(5_000);
    const before = { records: counters.get('records.out'), bytes: counters.get('bytes.out') };
    await world.advance(10_000);
    const records = counters.get('records.out') - before.records;
    expect(records).toBe(20);
    expect((counters.get('bytes.out') - before.bytes) / records).toBeLessThanOrEqual(200);
  });
});
