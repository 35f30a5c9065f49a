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

describe('a crowd', () => {
  const CROWD = Array.from({ length: 16 }, (_, at) => `10.0.1.${at + 10}`);

  async function crowd() {
    const world = virtualWorld();
    const nodes = CROWD.map((host) => {
      const counters = createCounters();
      return { host, counters, ...world.node(host, { counters }) };
    });
    const [hub, ...others] = nodes;
    if (!hub) throw new Error('a crowd has a first');
    await world.start(hub, { host: hub.host, nodeName: 'hub' });
    for (const [at, node] of others.entries()) {
      const seeds = ['10.0.1.10:4369'];
      await world.start(node, { host: node.host, nodeName: `n${at}`, seeds });
    }
    return { world, hub, others };
  }

  it('meets whoever joins at once, and tells the whole list only to who is new', async () => {
    const { world, others } = await crowd();
    await world.advance(50);
    const last = others.at(-1);
    expect(last?.cluster.getConnectedNodeCount()).toBe(15);
    // Sixteen entries of 60 bytes once, from the hub; the other fourteen greet with a digest.
    expect(last?.counters.get('bytes.in')).toBeLessThan(7_000);
  });

  it('need not be told anything by a newcomer who knows no more than they', async () => {
    const { world } = await crowd();
    await world.advance(2_000);
    // The smallest of all ids: it would have to open each exchange.
    const counters = createCounters();
    const newcomer = world.node(A, { counters });
    await world.start(newcomer, { host: A, nodeName: 'a', seeds: ['10.0.1.10:4369'] });
    await world.advance(100);
    expect(newcomer.cluster.getConnectedNodeCount()).toBe(16);
    expect(counters.get('bytes.out')).toBeLessThan(10_000);
  });

  it('tells somebody who was cut off what has happened meanwhile, within two heartbeats', async () => {
    const { world, hub, others } = await crowd();
    const [first, second, ...rest] = others;
    if (!first || !second) throw new Error('there are fifteen');
    await world.advance(2_000);
    for (const { host } of [hub, second, ...rest]) world.network.cut(first.host, host);
    await world.advance(5_000);
    const newcomer = world.node(A);
    await world.start(newcomer, { host: A, seeds: ['10.0.1.10:4369'] });
    world.network.cut(first.host, A);
    world.network.heal(first.host, second.host);
    await world.advance(4_000);
    expect(first.cluster.isNodeConnected(second.cluster.getLocalNodeId())).toBe(true);
    expect(first.cluster.getNodeIds()).toContain('a@10.0.0.1:4369');
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
