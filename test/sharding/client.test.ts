import { describe, expect, onTestFinished, test } from 'vitest';
import { KeyRequiredError } from '../../src/errors/handlers.ts';
import {
  InvalidShardError,
  InvalidShardingOptionError,
  NoShardSubscriberError,
  RequestCancelledError,
  RequestTimeoutError,
  ReservedHeaderError,
  UnhashableTextError,
} from '../../src/errors/sharding.ts';
import { Client, type ClientOptions } from '../../src/sharding/client.ts';
import { type Envelope, withHeader, withTtl } from '../../src/sharding/envelope.ts';
import type {
  HandlerContext,
  NotifyFailure,
  RequestOptions,
  ServerHandler,
} from '../../src/sharding/transport.ts';
import { createMemoryTransport, createTestCluster } from '../../src/testing/sharding.ts';
import { failureOf, thrownBy } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

async function setUp(handler: ServerHandler, options: Partial<ClientOptions> = {}) {
  const clock = new PatientClock();
  const transport = createMemoryTransport(onTestFinished, { clock });
  await createTestCluster(transport, 3, 16, 'seed', handler);
  const client = new Client({ transport, numShards: 16, seed: 'seed', clock, ...options });
  return { clock, transport, client };
}

/** A cluster that writes down what it is asked. */
async function recording(options: Partial<ClientOptions> = {}) {
  const seen: Envelope[] = [];
  const made = await setUp((envelope) => {
    seen.push(envelope);
    return 'answer';
  }, options);
  const last = () => ({ headers: { ...seen.at(-1)?.headers }, ttlMs: seen.at(-1)?.ttlMs });
  return { ...made, seen, last };
}

describe('a client', () => {
  test('finds the shard of a key, and says which key it is', async () => {
    const { client, seen } = await recording();
    expect(Buffer.from(await client.requestKey('user-123', 'GetUser', 'x')).toString()).toBe(
      'answer',
    );
    expect(seen[0]).toMatchObject({ shard: 5, type: 'GetUser', data: Uint8Array.of(0x78) });
    expect({ ...seen[0]?.headers }).toEqual({ 'x-clstr-key': 'user-123' });
    expect(client.shardOf('user-123')).toBe(5);
  });

  test('asks a shard without a key', async () => {
    const { client, seen, last } = await recording();
    await client.requestShard(5, 'GetUser');
    expect(seen[0]).toMatchObject({ shard: 5, type: 'GetUser' });
    expect(seen[0]?.data).toHaveLength(0);
    expect(last().headers).toEqual({});
  });

  test('reaches every shard of three nodes, each with its owner', async () => {
    const { client } = await recording();
    const owners = new Map<number, string>();
    for (let shard = 0; shard < 16; shard += 1) {
      const { nodeId, shards } = await client.shard(shard).getNodeInfo();
      expect(shards).toContain(shard);
      owners.set(shard, nodeId);
    }
    expect([...new Set(owners.values())].sort()).toEqual(['node-0', 'node-1', 'node-2']);
    expect((await client.key('user-123').getNodeInfo()).nodeId).toBe(owners.get(5));
  });

  test('applies its own options to everything, then those of the scope, then those of the call', async () => {
    const { client, last } = await recording({
      envelopeOptions: [withHeader('from', 'client'), withHeader('a', '1'), withTtl(5_000)],
    });
    await client.requestKey('k', 'T');
    expect(last()).toEqual({
      headers: { from: 'client', a: '1', 'x-clstr-key': 'k' },
      ttlMs: 5_000,
    });
    await client.requestShard(1, 'T', '', withHeader('from', 'call'));
    expect(last()).toEqual({ headers: { from: 'call', a: '1' }, ttlMs: 5_000 });
    const scope = client.key('k', withHeader('from', 'scope'), withTtl(1_000));
    await scope.request({ messageType: 'T' });
    expect(last()).toEqual({
      headers: { from: 'scope', a: '1', 'x-clstr-key': 'k' },
      ttlMs: 1_000,
    });
    await scope.request({ messageType: 'T' }, withHeader('from', 'call'), withTtl(0));
    expect(last()).toEqual({ headers: { from: 'call', a: '1', 'x-clstr-key': 'k' }, ttlMs: 0 });
    await client.notifyShard(1, 'T');
    await client.requestShard(2, 'T');
    expect(last().headers).toEqual({ from: 'client', a: '1' });
  });

  test('does not mix up the options of calls that are made at once', async () => {
    const { client, seen } = await recording();
    const scope = client.key('k', withHeader('scope', 's'));
    const asked = Array.from({ length: 50 }, (_, index) =>
      scope.request({ messageType: `T${index}` }, withHeader('call', `${index}`)),
    );
    await Promise.all(asked);
    const headers = seen.map((envelope) => [envelope.type, envelope.getHeader('call')]);
    expect(headers).toEqual(Array.from({ length: 50 }, (_, index) => [`T${index}`, `${index}`]));
  });

  test('does not send to one key what is said to be for another', async () => {
    const { client, seen } = await recording();
    const other = withHeader('x-clstr-key', 'other');
    expect(await failureOf(client.requestKey('k', 'T', '', other))).toBeInstanceOf(
      ReservedHeaderError,
    );
    expect(thrownBy(() => client.notifyKey('k', 'T', '', other))).toBeInstanceOf(
      ReservedHeaderError,
    );
    expect(seen).toEqual([]);
    await client.requestShard(3, 'T', '', other);
    expect(seen[0]?.getHeader('x-clstr-key')).toBe('other');
  });

  test('goes where it is told to, whatever an option makes of the rest', async () => {
    const { client, seen } = await recording();
    await client.requestShard(3, 'T', 'x', (init) => ({ ...init, shard: 4, type: 'U', data: 'y' }));
    expect(seen[0]).toMatchObject({ shard: 3, type: 'U', data: Uint8Array.of(0x79) });
  });

  test('notifies keys and shards, and waits for nothing', async () => {
    const { client, seen, clock } = await recording();
    expect(client.notifyKey('user-123', 'UpdateUser', 'x', withHeader('a', 'b'))).toBe(undefined);
    expect(client.notifyShard(6, 'Tick')).toBe(undefined);
    expect(seen).toEqual([]);
    await clock.quiet();
    expect(seen.map(({ type, shard }) => [type, shard])).toEqual([
      ['UpdateUser', 5],
      ['Tick', 6],
    ]);
    expect({ ...seen[0]?.headers }).toEqual({ a: 'b', 'x-clstr-key': 'user-123' });
  });

  test('tells of notifies that came to nothing', async () => {
    const { client, clock } = await setUp(() => {
      throw new Error('no');
    });
    const failures: NotifyFailure[] = [];
    const subscription = client.failures$.subscribe((failure) => failures.push(failure));
    client.notifyKey('user-123', 'UpdateUser', 'x');
    await clock.quiet();
    expect(failures).toMatchObject([
      { shard: 5, type: 'UpdateUser', error: { code: 'HANDLER_FAILED' } },
    ]);
    subscription.unsubscribe();
    client.notifyKey('user-123', 'UpdateUser', 'x');
    await clock.quiet();
    expect(failures).toHaveLength(1);
  });

  test('waits 5 s for an answer unless it is told otherwise', async () => {
    const never: ServerHandler = () => new Promise<undefined>(() => {});
    const limits: readonly (readonly [Partial<ClientOptions>, RequestOptions, number])[] = [
      [{}, {}, 5_000],
      [{ timeoutMs: 700 }, {}, 700],
      [{ timeoutMs: 700 }, { timeoutMs: 40 }, 40],
      [{ envelopeOptions: [withTtl(9_000)] }, {}, 9_000],
      [{ envelopeOptions: [withTtl(9_000)] }, { timeoutMs: 300 }, 300],
    ];
    for (const [options, call, limitMs] of limits) {
      const { client, clock } = await setUp(never, options);
      let failure: unknown;
      void failureOf(client.requestKey('k', 'T', '', call)).then((error) => {
        failure = error;
      });
      await clock.pass(limitMs - 1);
      expect(failure).toBe(undefined);
      await clock.pass(1);
      expect(failure).toBeInstanceOf(RequestTimeoutError);
      expect(failure).toMatchObject({ timeoutMs: limitMs });
      // Nobody waits for these handlers.
      await clock.pass(40_000);
    }
  }, 20_000);

  test('gives up with a signal', async () => {
    const { client, clock } = await setUp(({ type }) =>
      type === 'T' ? new Promise<undefined>(() => {}) : 'x',
    );
    const controller = new AbortController();
    const { signal } = controller;
    const failed = failureOf(client.key('k', { signal }).request({ messageType: 'T' }));
    await clock.quiet();
    controller.abort();
    expect(await failed).toBeInstanceOf(RequestCancelledError);
    expect(await failureOf(client.requestKey('k', 'T', '', { signal }))).toMatchObject({
      delivered: 'no',
    });
    await clock.pass(30_000);
  });

  test('gives up with the handler that makes the request, and has no more time', async () => {
    let inner: HandlerContext | null = null;
    let innerFailure: Promise<unknown> = Promise.resolve();
    const { client, clock } = await setUp(({ type }, context) => {
      if (type === 'outer') {
        innerFailure = failureOf(client.requestKey('b', 'inner', '', { within: context }));
        return new Promise<undefined>(() => {});
      }
      inner = context;
      return new Promise<undefined>(() => {});
    });
    const asked = failureOf(client.requestKey('a', 'outer', '', { timeoutMs: 100 }));
    await clock.pass(60);
    expect((inner as HandlerContext | null)?.remainingMs()).toBe(40);
    await clock.pass(60);
    expect(await asked).toBeInstanceOf(RequestTimeoutError);
    expect(await innerFailure).toSatisfy(
      (error: unknown) =>
        error instanceof RequestTimeoutError || error instanceof RequestCancelledError,
    );
    expect((inner as HandlerContext | null)?.signal.aborted).toBe(true);
    await clock.pass(60_000);
  });

  test('does not begin what a handler asks whose time is over', async () => {
    const contexts: HandlerContext[] = [];
    const { client, clock } = await setUp((_envelope, context) => {
      contexts.push(context);
      return new Promise<undefined>(() => {});
    });
    const asked = failureOf(client.requestKey('a', 'outer', '', { timeoutMs: 100 }));
    await clock.pass(100);
    await asked;
    const within = contexts[0];
    expect(await failureOf(client.requestKey('b', 'inner', '', { within }))).toMatchObject({
      ...{ code: 'REQUEST_CANCELLED', delivered: 'no', cause: { code: 'REQUEST_CANCELLED' } },
    });
    expect(contexts).toHaveLength(1);
  });

  test('refuses what is no information of a node', async () => {
    for (const text of ['{', '5', '{"node_id":1,"shards":[]}', '{"node_id":"a","shards":["1"]}']) {
      const transport = createMemoryTransport(onTestFinished);
      await transport.subscribeShard(0, () => text);
      const client = new Client({ transport, numShards: 1 });
      expect(await failureOf(client.shard(0).getNodeInfo())).toMatchObject({
        ...{ code: 'INVALID_PAYLOAD', of: 'output', type: 'clstr.node.info' },
      });
    }
  });

  test('refuses keys and shards that there are not', async () => {
    const { client } = await recording();
    expect(await failureOf(client.requestKey('', 'T'))).toBeInstanceOf(KeyRequiredError);
    expect(await failureOf(client.requestKey('\ud800', 'T'))).toBeInstanceOf(UnhashableTextError);
    expect(thrownBy(() => client.notifyKey('', 'T'))).toBeInstanceOf(KeyRequiredError);
    expect(thrownBy(() => client.key(''))).toBeInstanceOf(KeyRequiredError);
    for (const shard of [16, -1, 0.5]) {
      expect(await failureOf(client.requestShard(shard, 'T'))).toBeInstanceOf(InvalidShardError);
      expect(thrownBy(() => client.shard(shard))).toBeInstanceOf(InvalidShardError);
      expect(thrownBy(() => client.notifyShard(shard, 'T'))).toMatchObject({
        message: `There is no shard ${shard}: they are numbered 0 to 15`,
      });
    }
  });

  test('is told at once when nobody has the shard', async () => {
    const transport = createMemoryTransport(onTestFinished);
    const client = new Client({ transport, numShards: 16 });
    expect(await failureOf(client.requestKey('k', 'T'))).toBeInstanceOf(NoShardSubscriberError);
  });

  test('refuses options of calls that there are not', async () => {
    const { client } = await recording();
    const misspelt: object = { timeout: 5 };
    const failure = await failureOf(client.requestKey('k', 'T', '', misspelt));
    expect(failure).toBeInstanceOf(InvalidShardingOptionError);
    expect(failure).toMatchObject({
      reason: 'there is no option "timeout"; known are timeoutMs, signal, within',
    });
    expect(thrownBy(() => client.key('k', misspelt))).toBeInstanceOf(InvalidShardingOptionError);
  });
});

test.each<readonly [string, Partial<ClientOptions> | object, string]>([
  ['no transport', { transport: undefined }, 'transport is required, and is undefined'],
  ['no shards', { numShards: 0 }, 'numShards must be 1 or more'],
  ['no number of shards', { numShards: undefined }, 'is undefined'],
  ['a seed with a NUL', { seed: '\0' }, 'holds a NUL'],
  ['options that are none', { envelopeOptions: [{}] }, 'must be an array of functions'],
  ['no time', { timeoutMs: 0 }, 'timeoutMs must be more than 0, and is 0'],
  ['a misspelt option', { numShard: 16 }, 'there is no option "numShard"'],
])('a client with %s is refused', (_name, options, text) => {
  const transport = createMemoryTransport(onTestFinished);
  expect(() => new Client({ transport, numShards: 16, ...options })).toThrow(text);
});

test('a test cluster does not start on a transport that is closed', async () => {
  const transport = createMemoryTransport(onTestFinished);
  await transport.close();
  expect(await failureOf(createTestCluster(transport, 2, 16, '', () => 'x'))).toMatchObject({
    ...{ code: 'SUBSCRIBE_FAILED', cause: { code: 'TRANSPORT_CLOSED' } },
  });
});
