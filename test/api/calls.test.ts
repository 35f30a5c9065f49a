import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { ClusterNotStartedError, ConnectError, InvalidNodeIdError } from '../../src/errors.ts';
import { A, B, C, virtualPair, virtualWorld } from './virtual-nodes.ts';

const B_ID = 'b@10.0.0.2:4369';

/** The outcome as a value, so that nothing stays unhandled while the clock moves. */
function outcome<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const settled: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      settled.value = value;
    },
    (error: unknown) => {
      settled.error = error;
    },
  );
  return settled;
}

async function twoStrangers() {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  await world.start(a, { host: A });
  await world.start(b, { host: B });
  return { world, a, b };
}

describe('connect', () => {
  it.each(['b@10.0.0.2:4369', '10.0.0.2:4369', 'b@b.example:4369'])(
    'to %s resolves to the id of who answers',
    async (target) => {
      const { world, a, b } = await twoStrangers();
      const call = outcome(a.cluster.connect(target));
      await world.advance(20);
      expect(call).toEqual({ value: 'b@10.0.0.2:4369' });
      expect(a.cluster.isNodeConnected('b@10.0.0.2:4369')).toBe(true);
      expect(b.cluster.isNodeConnected('a@10.0.0.1:4369')).toBe(true);
    },
  );

  it.each([
    ['a@10.0.0.1:4369', 'self', false],
    ['10.0.0.1:4369', 'self', false],
    ['10.0.0.2:1', 'refused', true],
    ['10.9.9.9:4369', 'unreachable', true],
    ['nowhere.example:4369', 'unreachable', true],
    ['x@10.0.0.2:4369', 'wrong_peer', false],
  ] as const)('to %s fails with %s', async (target, reason, retryable) => {
    const { world, a } = await twoStrangers();
    const call = outcome(a.cluster.connect(target));
    await world.advance(20);
    expect(call.error).toBeInstanceOf(ConnectError);
    expect(call.error).toMatchObject({ code: 'CONNECT_FAILED', target, reason, retryable });
    expect(a.cluster.getConnectedNodes()).toEqual([]);
  });

  it('to a connected node says so', async () => {
    const { world, a } = await virtualPair();
    const calls = ['b@10.0.0.2:4369', '10.0.0.2:4369'].map((to) => outcome(a.cluster.connect(to)));
    await world.advance(20);
    expect(calls.map(({ error }) => error)).toMatchObject([
      { reason: 'already_connected' },
      { reason: 'already_connected' },
    ]);
    expect(a.cluster.getConnectedNodeCount()).toBe(1);
  });

  it.each([
    [{ clusterSecret: 'secret number one, long' }, 'auth'],
    [{ clusterName: 'other' }, 'cluster_name'],
  ])('to a node of another cluster (%j) fails with %s', async (config, reason) => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A, clusterSecret: 'secret number two, long' });
    const secret = { clusterSecret: 'secret number two, long' };
    await world.start(b, { host: B, ...secret, ...config });
    const call = outcome(a.cluster.connect('10.0.0.2:4369'));
    await world.advance(20);
    expect(call.error).toMatchObject({ reason });
  });

  const none = 'the other side has a `clusterSecret`, and this node has none';
  const alone = 'this node has a `clusterSecret`, and the other side has none';
  const differ =
    'the proof was refused, or that of the other side is wrong: ' +
    'the secrets differ, or somebody on the way changes what is said';

  it.each([
    ['secret number one, long', undefined, alone, none],
    [undefined, 'secret number one, long', none, alone],
    ['secret number one, long', 'secret number two, long', differ, differ],
  ])(
    'with the secret %j to a node with %j is explained to both',
    async (own, other, ...details) => {
      const world = virtualWorld();
      const [a, b] = [world.node(A), world.node(B)];
      await world.start(a, { host: A, clusterSecret: own });
      await world.start(b, { host: B, clusterSecret: other });
      const told: (string | undefined)[] = [undefined, undefined];
      for (const [at, { cluster }] of [a, b].entries()) {
        cluster.events$.subscribe((event) => {
          if (event.type === 'peer.refused') told[at] = event.detail;
        });
      }
      const call = outcome(a.cluster.connect('10.0.0.2:4369'));
      await world.advance(20);
      expect(call.error).toMatchObject({ reason: 'auth' });
      expect(told).toEqual(details);
    },
  );

  it('keeps its time limit, and an abort gives its own reason', async () => {
    const { world, a } = await twoStrangers();
    world.network.cut(A, B);
    const stop = new AbortController();
    const late = outcome(a.cluster.connect('10.0.0.2:4369', { timeoutMs: 100 }));
    const aborted = outcome(a.cluster.connect('10.0.0.2:4369', { signal: stop.signal }));
    const already = outcome(
      a.cluster.connect('10.0.0.2:4369', { signal: AbortSignal.abort('before') }),
    );
    await world.advance(50);
    stop.abort('changed my mind');
    await world.advance(60);
    expect(late.error).toMatchObject({ reason: 'timeout', retryable: true });
    expect(aborted.error).toBe('changed my mind');
    expect(already.error).toBe('before');
    world.network.heal();
    await world.advance(100);
    expect(a.cluster.getConnectedNodes()).toEqual([]);
  });

  it('lets go of the signal once it is over', async () => {
    const { world, a } = await twoStrangers();
    const { signal } = new AbortController();
    const call = outcome(a.cluster.connect('10.0.0.2:4369', { signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await world.advance(20);
    expect(call.value).toBe(B_ID);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('refuses what is neither an id nor an address', async () => {
    const { a } = await virtualPair();
    await expect(a.cluster.connect('nonsense')).rejects.toThrow(InvalidNodeIdError);
    await expect(a.cluster.roundTrip('b@h:0')).rejects.toThrow(InvalidNodeIdError);
    await expect(a.cluster.disconnect('nonsense')).rejects.toThrow(InvalidNodeIdError);
    expect(await a.cluster.ping('nonsense')).toBe(false);
  });

  it('bounds how many calls wait', async () => {
    const world = virtualWorld();
    const a = world.node(A);
    world.network.host(B);
    await world.start(a, { host: A, limits: { maxPendingCalls: 2 } });
    world.network.cut(A, B);
    const calls = [1, 2, 3].map((port) => outcome(a.cluster.connect(`10.0.0.2:${port}`)));
    await world.advance(5);
    expect(calls.map(({ error }) => error)).toMatchObject([
      undefined,
      undefined,
      { reason: 'busy', retryable: true },
    ]);
  });
});

describe('disconnect', () => {
  it('ends the session on both sides until one of them connects again', async () => {
    const { world, a, b } = await virtualPair();
    const downs: string[] = [];
    a.cluster.onNodeDown((id, reason) => downs.push(`a: ${id} ${reason}`));
    b.cluster.onNodeDown((id, reason) => downs.push(`b: ${id} ${reason}`));
    expect(await a.cluster.disconnect('b@10.0.0.2:4369')).toBe(true);
    expect(await a.cluster.disconnect('b@10.0.0.2:4369')).toBe(false);
    await world.advance(20);
    expect(downs).toEqual([
      'a: b@10.0.0.2:4369 connection_closed',
      'b: a@10.0.0.1:4369 connection_closed',
    ]);
    await world.advance(10_000);
    expect(a.cluster.getConnectedNodes()).toEqual([]);
    const call = outcome(a.cluster.connect('b@10.0.0.2:4369'));
    await world.advance(20);
    expect(call.value).toBe('b@10.0.0.2:4369');
  });

  it('of a stranger is false', async () => {
    const { a } = await virtualPair();
    expect(await a.cluster.disconnect('x@10.0.0.9:4369')).toBe(false);
  });
});

describe('ping and roundTrip', () => {
  it('measure a connected node by one message each way', async () => {
    const { world, a } = await virtualPair();
    const ping = outcome(a.cluster.ping(B_ID));
    const trip = outcome(a.cluster.roundTrip(B_ID));
    await world.advance(10);
    expect(ping).toEqual({ value: true });
    expect(trip.value).toBeGreaterThanOrEqual(2);
    expect(trip.value).toBeLessThan(4);
  });

  it('leave no connection behind with a stranger', async () => {
    const { world, a, b } = await twoStrangers();
    const ups: string[] = [];
    for (const { cluster } of [a, b]) cluster.onNodeUp(({ id }) => ups.push(id));
    const ping = outcome(a.cluster.ping('10.0.0.2:4369'));
    await world.advance(2_000);
    expect(ping).toEqual({ value: true });
    expect([a.cluster.getNodes(), b.cluster.getNodes(), ups]).toEqual([[], [], []]);
    expect([world.network.linkCount(A), world.network.linkCount(B)]).toEqual([0, 0]);
  });

  it('say false, or why, when nobody answers', async () => {
    const { world, a } = await virtualPair();
    world.network.host(C);
    const ping = outcome(a.cluster.ping('10.0.0.3:4369'));
    const trip = outcome(a.cluster.roundTrip('10.0.0.3:4369'));
    const wrong = outcome(a.cluster.ping('x@10.0.0.2:4369'));
    await world.advance(20);
    expect(ping).toEqual({ value: false });
    expect(trip.error).toMatchObject({ reason: 'refused' });
    expect(wrong).toEqual({ value: false });
  });

  it('take this node for near', async () => {
    const { a } = await virtualPair();
    expect(await a.cluster.ping('a@10.0.0.1:4369')).toBe(true);
    expect(await a.cluster.roundTrip('10.0.0.1:4369')).toBe(0);
  });

  it('are over at their time limit when a connected node hangs', async () => {
    const { world, a, b } = await virtualPair();
    b.clock.freeze();
    const ping = outcome(a.cluster.ping(B_ID, { timeoutMs: 100 }));
    const trip = outcome(a.cluster.roundTrip(B_ID, { timeoutMs: 100 }));
    await world.advance(101);
    expect(ping).toEqual({ value: false });
    expect(trip.error).toMatchObject({ reason: 'timeout' });
  });
});

describe('health', () => {
  it('asks everybody and sorts the answers', async () => {
    const { world, a, b } = await virtualPair();
    const c = world.node(C);
    await world.start(c, { host: C, seeds: ['10.0.0.1:4369'] });
    await world.advance(10);
    b.clock.freeze();
    const health = outcome(a.cluster.health({ timeoutMs: 200 }));
    await world.advance(250);
    expect(health.value).toEqual({
      self: 'a@10.0.0.1:4369',
      isRunning: true,
      connected: [B_ID, 'c@10.0.0.3:4369'],
      reachable: ['c@10.0.0.3:4369'],
      unreachable: [B_ID],
    });
  });

  it('of a stopped node is empty, not an error', async () => {
    expect(await virtualWorld().node(A).cluster.health()).toEqual({
      self: null,
      isRunning: false,
      connected: [],
      reachable: [],
      unreachable: [],
    });
  });
});

describe('calls and stop', () => {
  it('are rejected without a running node; ping is false', async () => {
    const { cluster } = virtualWorld().node(A);
    await expect(cluster.connect('10.0.0.2:4369')).rejects.toThrow(ClusterNotStartedError);
    await expect(cluster.disconnect('10.0.0.2:4369')).rejects.toThrow(ClusterNotStartedError);
    await expect(cluster.roundTrip('10.0.0.2:4369')).rejects.toThrow(ClusterNotStartedError);
    expect(await cluster.ping('10.0.0.2:4369')).toBe(false);
  });

  it('are rejected at once when the node stops', async () => {
    const { world, a, b } = await virtualPair();
    b.clock.freeze();
    world.network.host(C);
    world.network.cut(A, C);
    const calls = [
      outcome<unknown>(a.cluster.connect('10.0.0.3:4369')),
      outcome<unknown>(a.cluster.roundTrip('10.0.0.3:4369')),
      outcome<unknown>(a.cluster.roundTrip(B_ID)),
    ];
    await world.advance(5);
    expect(calls).toEqual([{}, {}, {}]);
    a.cluster.stop();
    await world.advance(1);
    for (const { error } of calls) expect(error).toBeInstanceOf(ClusterNotStartedError);
  });
});
