import { createServer, type Server } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  ClusterAlreadyStartedError,
  ClusterNotStartedError,
  ClusterStartError,
  InvalidClusterConfigError,
} from '../../src/errors.ts';
import { LOCAL, localNode, startedNode, startedPair } from './local-nodes.ts';

function statusesOf(cluster: ReturnType<typeof localNode>): string[] {
  const statuses: string[] = [];
  cluster.onStatusChange((status) => statuses.push(status));
  return statuses;
}

/** Somebody else on a port; resolves to the port. */
async function foreignListener(): Promise<number> {
  const server: Server = createServer();
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('start', () => {
  it('goes through starting to running', async () => {
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    expect(cluster.getStatus()).toBe('stopped');
    const started = cluster.start({ nodeName: 'a', ...LOCAL });
    expect(cluster.getStatus()).toBe('starting');
    await started;
    expect(cluster.getStatus()).toBe('running');
    expect(statuses).toEqual(['starting', 'running']);
  });

  it('is refused while the node runs, and the node runs on', async () => {
    const cluster = await startedNode('a');
    const second = cluster.start({ nodeName: 'b', ...LOCAL });
    await expect(second).rejects.toThrow(ClusterAlreadyStartedError);
    await expect(second).rejects.toThrow('Cluster is already running');
    expect(cluster.getLocalNodeId()).toMatch(/^a@127\.0\.0\.1:\d+$/);
  });

  it('is refused while the node starts, and the first start succeeds', async () => {
    const cluster = localNode();
    const first = cluster.start({ nodeName: 'a', ...LOCAL });
    await expect(cluster.start({ nodeName: 'b', ...LOCAL })).rejects.toThrow(
      ClusterAlreadyStartedError,
    );
    await first;
    expect(cluster.getLocalNodeId()).toMatch(/^a@/);
  });

  it('is refused while the node stops', async () => {
    const cluster = await startedNode('a');
    const stopped = cluster.stop();
    await expect(cluster.start({ nodeName: 'b', ...LOCAL })).rejects.toThrow(
      ClusterAlreadyStartedError,
    );
    await stopped;
    expect(cluster.getStatus()).toBe('stopped');
  });

  it.each([undefined, null, 'a', 3, []])('refuses %j as options and stays stopped', async (bad) => {
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    // What a caller without types may pass.
    const started: Promise<void> = Reflect.apply(cluster.start, cluster, [bad]);
    await expect(started).rejects.toThrow(InvalidClusterConfigError);
    await expect(started).rejects.toThrow(/^Invalid cluster configuration: /);
    expect(statuses).toEqual([]);
    await cluster.start({ nodeName: 'a', ...LOCAL });
    expect(cluster.getStatus()).toBe('running');
  });

  it('names a taken port each time, and works on another one', async () => {
    const port = await foreignListener();
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const error = await cluster.start({ nodeName: 'a', ...LOCAL, port }).catch((e) => e);
      expect(error).toBeInstanceOf(ClusterStartError);
      expect(error).toMatchObject({
        code: 'CLUSTER_START_FAILED',
        reason: 'port_in_use',
        retryable: true,
        cause: { code: 'EADDRINUSE' },
      });
      expect(cluster.getStatus()).toBe('stopped');
      expect(() => cluster.getNodes()).toThrow(ClusterNotStartedError);
    }
    await cluster.start({ nodeName: 'a', ...LOCAL });
    expect(cluster.getStatus()).toBe('running');
    expect(statuses).toEqual(['starting', 'stopped', 'starting', 'stopped', 'starting', 'running']);
  });

  it('tells an address of another machine from a taken port', async () => {
    const started = localNode({ warn: () => {} }).start({
      nodeName: 'a',
      host: '192.0.2.1',
      port: 0,
    });
    await expect(started).rejects.toMatchObject({
      reason: 'address_unavailable',
      retryable: false,
    });
  });

  it('fails when no usable address is found to advertise, and works with another', async () => {
    let host = 'fe80::1%eth0';
    const cluster = localNode({ advertise: (_config, done) => done(host) });
    await expect(cluster.start({ nodeName: 'a', ...LOCAL })).rejects.toMatchObject({
      code: 'CLUSTER_START_FAILED',
      reason: 'address_unavailable',
    });
    expect(cluster.getStatus()).toBe('stopped');
    host = '127.0.0.1';
    await cluster.start({ nodeName: 'a', ...LOCAL });
    expect(cluster.getStatus()).toBe('running');
  });

  it.each(['127.0.0.1', '0.0.0.0'])('on %s resolves under fake timers', async (host) => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const cluster = localNode({ warn: () => {} });
    await cluster.start({ nodeName: 'a', ...LOCAL, host });
    expect(cluster.getStatus()).toBe('running');
    expect(cluster.getLocalNodeId()).not.toContain('0.0.0.0');
    await cluster.stop();
    expect(cluster.getStatus()).toBe('stopped');
  });

  it('takes seeds that nobody answers for no error', async () => {
    const cluster = await startedNode('a', { seeds: ['b@127.0.0.1:1'], joinTimeoutMs: 1_000 });
    expect(cluster.getStatus()).toBe('running');
    expect(cluster.getNodes()).toEqual([]);
  });

  it('may be called by the callback that hears of the stop, but only once', async () => {
    const cluster = await startedNode('a');
    const starts: Promise<void>[] = [];
    const again = () => starts.push(cluster.start({ nodeName: 'again', ...LOCAL }));
    cluster.onStatusChange((status) => {
      if (status === 'stopped' && starts.length === 0) again();
      if (status === 'stopped' && starts.length === 1) again();
    });
    await cluster.stop();
    expect((await Promise.allSettled(starts)).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
    ]);
    expect(cluster.getLocalNodeId()).toMatch(/^again@/);
  });
});

describe('stop', () => {
  it('does nothing before a start, and nothing more the second time', async () => {
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    await cluster.stop();
    await cluster.start({ nodeName: 'a', ...LOCAL });
    await Promise.all([cluster.stop(), cluster.stop()]);
    await cluster.stop();
    expect(statuses).toEqual(['starting', 'running', 'stopping', 'stopped']);
  });

  it('during start rejects the start, resolves itself and ends stopped', async () => {
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    const started = cluster.start({ nodeName: 'a', ...LOCAL }).catch((error) => error);
    await cluster.stop();
    expect(await started).toBeInstanceOf(ClusterStartError);
    expect(await started).toMatchObject({ reason: 'stopped', retryable: true });
    expect(cluster.getStatus()).toBe('stopped');
    expect(statuses).toEqual(['starting', 'stopping', 'stopped']);
    await cluster.start({ nodeName: 'a', ...LOCAL });
    expect(cluster.getStatus()).toBe('running');
  });

  it('during start works while a seed is being tried', async () => {
    const silent = await foreignListener();
    const cluster = localNode();
    const started = cluster
      .start({ nodeName: 'a', ...LOCAL, seeds: [`b@127.0.0.1:${silent}`] })
      .catch((error) => error);
    await new Promise<void>((resolve) => {
      cluster.actor.subscribe((snapshot) => {
        if (snapshot.matches({ starting: 'joining' })) resolve();
      });
    });
    await cluster.stop();
    expect(await started).toMatchObject({ reason: 'stopped' });
  });

  it('may be called by the callback that hears of the start', async () => {
    const cluster = localNode();
    const statuses = statusesOf(cluster);
    let stopped = Promise.resolve();
    cluster.onStatusChange((status) => {
      if (status === 'running') stopped = cluster.stop();
    });
    await cluster.start({ nodeName: 'a', ...LOCAL });
    await stopped;
    expect(statuses).toEqual(['starting', 'running', 'stopping', 'stopped']);
  });

  it('gives the port back at once', async () => {
    const cluster = await startedNode('a');
    const port = Number(cluster.getLocalNodeId().split(':')[1]);
    await cluster.stop();
    await cluster.start({ nodeName: 'a', ...LOCAL, port });
    expect(cluster.getLocalNodeId()).toBe(`a@127.0.0.1:${port}`);
  });

  it('leaves no socket, listener or pending call', async () => {
    const sockets = () =>
      process.getActiveResourcesInfo().filter((kind) => /^(TCP|UDP|GetAddrInfo)/.test(kind));
    const before = sockets();
    const { a, b } = await startedPair();
    const silent = await foreignListener();
    const call = a.connect(`127.0.0.1:${silent}`).catch((error) => error);
    await Promise.all([a.stop(), b.stop()]);
    expect(await call).toBeInstanceOf(ClusterNotStartedError);
    // The test's own listener is still there, and the link it had accepted may be.
    expect(sockets().length - before.length).toBeLessThanOrEqual(2);
  });
});
