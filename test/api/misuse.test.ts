import { describe, expect, it } from 'vitest';
import { LOCAL, localNode, startedNode } from './local-nodes.ts';

describe('arguments that no type would let through', () => {
  it.each([undefined, null, 5])('a target of %s is refused by its own error', async (target) => {
    const cluster = await startedNode('a');
    const call = (name: 'connect' | 'roundTrip' | 'disconnect') =>
      Reflect.apply(cluster[name], cluster, [target]);
    await expect(call('connect')).rejects.toMatchObject({ code: 'INVALID_NODE_ID' });
    await expect(call('roundTrip')).rejects.toMatchObject({ code: 'INVALID_NODE_ID' });
    await expect(call('disconnect')).rejects.toMatchObject({ code: 'INVALID_NODE_ID' });
    expect(await Reflect.apply(cluster.ping, cluster, [target])).toBe(false);
    expect(Reflect.apply(cluster.isNodeConnected, cluster, [target])).toBe(false);
    expect(Reflect.apply(cluster.getNode, cluster, [target])).toBeUndefined();
  });

  it.each([Number.NaN, 0, -1])('a time limit of %s is refused', async (timeoutMs) => {
    const cluster = await startedNode('a');
    await expect(cluster.connect('127.0.0.1:1', { timeoutMs })).rejects.toMatchObject({
      code: 'INVALID_CLUSTER_CONFIG',
    });
  });

  it('a handler that is no function is refused at once', () => {
    const cluster = localNode();
    expect(() => Reflect.apply(cluster.onNodeUp, cluster, [undefined])).toThrow(TypeError);
  });
});

describe('an actor that somebody stops by hand', () => {
  it('takes its node with it, and says so instead of hanging', async () => {
    const warnings: string[] = [];
    const cluster = await startedNode('a', {}, { warn: (_, code) => warnings.push(code) });
    cluster.actor.stop();
    expect(cluster.getStatus()).toBe('stopped');
    expect(warnings).toContain('CHARTMESH_CHART_FAILED');
    await cluster.stop();
    await expect(cluster.start({ nodeName: 'a', ...LOCAL })).rejects.toMatchObject({
      reason: 'internal',
    });
  });
});

describe('a secret that is changed to a weak one', () => {
  it('is warned about as at the start', async () => {
    const warnings: string[] = [];
    const clusterSecret = 'long enough for anybody to like';
    const ports = { warn: (_: string, code: string) => warnings.push(code) };
    const cluster = await startedNode('a', { clusterSecret }, ports);
    cluster.setSecrets(['weak']);
    expect(warnings).toEqual(['CHARTMESH_WEAK_SECRET']);
  });
});
