import { describe, expect, it } from 'vitest';
import type { LocalCluster } from '../../src/api/cluster.ts';
import { ClusterNotStartedError } from '../../src/errors.ts';
import { createCounters } from '../../src/system/counters.ts';
import { startedNode } from './local-nodes.ts';
import { A, B, C, PACE, virtualPair, virtualWorld } from './virtual-nodes.ts';

const QUERIES: Readonly<Record<string, (cluster: LocalCluster) => unknown>> = {
  getLocalNodeId: (cluster) => cluster.getLocalNodeId(),
  getLocalNodeInfo: (cluster) => cluster.getLocalNodeInfo(),
  getUptimeMs: (cluster) => cluster.getUptimeMs(),
  getNodes: (cluster) => cluster.getNodes(),
  getConnectedNodes: (cluster) => cluster.getConnectedNodes(),
  getNode: (cluster) => cluster.getNode('b@10.0.0.2:4369'),
  getNodeIds: (cluster) => cluster.getNodeIds(),
  isNodeConnected: (cluster) => cluster.isNodeConnected('b@10.0.0.2:4369'),
  getConnectedNodeCount: (cluster) => cluster.getConnectedNodeCount(),
  setSecrets: (cluster) => cluster.setSecrets('a secret of enough length'),
};

describe.each(Object.entries(QUERIES))('%s', (_, query) => {
  it('throws before start, while starting, while stopping and after stop', async () => {
    const world = virtualWorld();
    const { cluster } = world.node(A);
    expect(() => query(cluster)).toThrow(ClusterNotStartedError);
    const started = cluster.start({ nodeName: 'a', host: A, ...PACE });
    expect(cluster.getStatus()).toBe('starting');
    expect(() => query(cluster)).toThrow(ClusterNotStartedError);
    await world.advance(5);
    await started;
    expect(() => query(cluster)).not.toThrow();
    cluster.onStatusChange((status) => {
      if (status === 'stopping') expect(() => query(cluster)).toThrow(ClusterNotStartedError);
    });
    cluster.stop();
    await world.advance(20);
    expect(cluster.getStatus()).toBe('stopped');
    expect(() => query(cluster)).toThrow(ClusterNotStartedError);
  });
});

describe('lists', () => {
  it('hold the others, sorted, and never this node', async () => {
    const { world, a } = await virtualPair();
    const c = world.node(C);
    await world.start(c, { host: C, seeds: ['10.0.0.1:4369'] });
    await world.advance(5);
    expect(a.cluster.getNodeIds()).toEqual(['b@10.0.0.2:4369', 'c@10.0.0.3:4369']);
    expect(c.cluster.getNodeIds()).toEqual(['a@10.0.0.1:4369', 'b@10.0.0.2:4369']);
    expect(a.cluster.getConnectedNodeCount()).toBe(2);
  });

  it('go on showing a node that is down, as disconnected', async () => {
    const { world, a } = await virtualPair();
    world.network.crash(B);
    await world.advance(5);
    expect(a.cluster.getNodes()).toMatchObject([
      { id: 'b@10.0.0.2:4369', host: '10.0.0.2', port: 4369, status: 'disconnected' },
    ]);
    expect(a.cluster.getConnectedNodes()).toEqual([]);
    expect(a.cluster.getConnectedNodeCount()).toBe(0);
    expect(a.cluster.isNodeConnected('b@10.0.0.2:4369')).toBe(false);
  });

  it('drop a node that has left', async () => {
    const { world, a, b } = await virtualPair();
    b.cluster.stop();
    await world.advance(20);
    expect(a.cluster.getNodes()).toEqual([]);
    expect(a.cluster.isNodeConnected('b@10.0.0.2:4369')).toBe(false);
  });
});

describe('what is told about a node', () => {
  it('has our time of reception, even when its own clock is years off', async () => {
    const yearMs = 31_536_000_000;
    const { world, a } = await virtualPair({ wallOffsetOfBMs: -5 * yearMs });
    await world.advance(2_500);
    const heardAt = a.cluster.getNode('b@10.0.0.2:4369')?.lastHeartbeatAt ?? 0;
    expect(a.clock.wallNow() - heardAt).toBeGreaterThanOrEqual(0);
    expect(a.clock.wallNow() - heardAt).toBeLessThanOrEqual(1_100);
  });

  it('has the uptime it reported itself', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await world.advance(4_000);
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(2_500);
    const ofA = b.cluster.getNode('a@10.0.0.1:4369')?.uptimeMs ?? 0;
    expect(a.cluster.getUptimeMs() - ofA).toBeGreaterThanOrEqual(0);
    expect(a.cluster.getUptimeMs() - ofA).toBeLessThanOrEqual(1_100);
    expect(a.cluster.getUptimeMs()).toBeGreaterThanOrEqual(6_500);
  });

  it('has the number of actors it reported itself', async () => {
    const world = virtualWorld();
    const counters = createCounters();
    const [a, b] = [world.node(A), world.node(B, { counters })];
    await world.start(a, { host: A });
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    counters.add('processes', 7);
    await world.advance(1_100);
    expect(a.cluster.getNode('b@10.0.0.2:4369')?.processCount).toBe(7);
    expect(b.cluster.getLocalNodeInfo().processCount).toBe(7);
  });

  it('is, about this node, as true as about others', async () => {
    const { world, a } = await virtualPair();
    await world.advance(1_000);
    expect(a.cluster.getLocalNodeInfo()).toEqual({
      id: 'a@10.0.0.1:4369',
      host: '10.0.0.1',
      port: 4369,
      status: 'connected',
      processCount: 0,
      lastHeartbeatAt: a.clock.wallNow(),
      uptimeMs: a.cluster.getUptimeMs(),
    });
  });

  it('is nothing about this node or a stranger when asked for another', async () => {
    const { a } = await virtualPair();
    expect(a.cluster.getNode('a@10.0.0.1:4369')).toBeUndefined();
    expect(a.cluster.getNode('x@10.0.0.9:1')).toBeUndefined();
    expect(a.cluster.getNode('no id at all')).toBeUndefined();
    expect(a.cluster.isNodeConnected('no id at all')).toBe(false);
  });
});

describe('an alias', () => {
  it('finds the node dialled through it; lists have the canonical id only', async () => {
    const b = await startedNode('b');
    const port = b.getLocalNodeId().split(':')[1];
    const a = await startedNode('a', { seeds: [`b@localhost:${port}`] });
    const alias = `b@localhost:${port}`;
    expect(a.isNodeConnected(alias)).toBe(true);
    expect(a.isNodeConnected(alias.toUpperCase().replace('B@', 'b@'))).toBe(true);
    expect(a.getNode(alias)?.id).toBe(`b@127.0.0.1:${port}`);
    expect(a.getNodeIds()).toEqual([`b@127.0.0.1:${port}`]);
    expect(a.isNodeConnected(`c@localhost:${port}`)).toBe(false);
    expect(await a.ping(alias)).toBe(true);
    expect(await a.connect(alias).catch(({ reason }) => reason)).toBe('already_connected');
    expect(await a.disconnect(alias)).toBe(true);
    expect(a.isNodeConnected(alias)).toBe(false);
  });
});

describe('two nodes in one process', () => {
  it('share nothing', async () => {
    const [a, b] = await Promise.all([startedNode('a'), startedNode('b')]);
    expect(a.getLocalNodeId()).not.toBe(b.getLocalNodeId());
    await a.stop();
    expect(b.getStatus()).toBe('running');
    expect(b.getNodes()).toEqual([]);
  });
});
