import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  InvalidShardError,
  InvalidShardingOptionError,
  NodeStoppedError,
  NoShardSubscriberError,
  SubscribeError,
  TransportClosedError,
  UnhashableTextError,
} from '../../src/errors/sharding.ts';
import { memoryTransport } from '../../src/sharding/carriers/memory.ts';
import { Envelope } from '../../src/sharding/envelope.ts';
import { type HandlerFailure, Node, type NodeOptions } from '../../src/sharding/node.ts';
import type { ServerTransport } from '../../src/sharding/transport.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { failureOf } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

function setUp() {
  const clock = new PatientClock();
  const transport = memoryTransport({ clock });
  onTestFinished(() => transport.close({ timeoutMs: 0 }));
  const node = (options: Partial<NodeOptions> = {}) =>
    new Node({
      ...{ nodeId: 'node-1', transport, clock, shards: [1], handler: () => 'x' },
      ...options,
    });
  const ask = async (shard: number, type = 'ask') => {
    const data = await transport.request(new Envelope({ shard, type }, clock));
    return Buffer.from(data).toString();
  };
  return { clock, transport, node, ask };
}

describe('a node', () => {
  test('says when it is subscribed, runs until it is stopped, and then is not there', async () => {
    const { node, ask } = setUp();
    const one = node({ shards: [1, 2] });
    expect(one.status).toBe('idle');
    let isOver = false;
    const run = one.run().then(() => {
      isOver = true;
    });
    await one.started;
    expect([one.status, await ask(1), await ask(2), isOver]).toEqual(['running', 'x', 'x', false]);
    await one.stop();
    await run;
    expect([one.status, isOver]).toEqual(['stopped', true]);
    expect(await failureOf(ask(1))).toBeInstanceOf(NoShardSubscriberError);
  });

  test('is stopped by a signal', async () => {
    const { node, ask } = setUp();
    const controller = new AbortController();
    const one = node();
    const run = one.run({ signal: controller.signal });
    await one.started;
    await ask(1);
    controller.abort();
    await run;
    expect(await failureOf(ask(1))).toBeInstanceOf(NoShardSubscriberError);
  });

  test('runs once, however often it is told to', async () => {
    const { node, ask, transport } = setUp();
    const handled: string[] = [];
    const one = node({ handler: ({ type }) => void handled.push(type) });
    const run = one.run();
    expect(one.run()).toBe(run);
    await one.started;
    await ask(1);
    expect(handled).toEqual(['ask']);
    await one.stop();
    expect(one.run()).toBe(run);
    expect(transport.load().working).toBe(0);
  });

  test('that is stopped before it has started never starts', async () => {
    const { node, ask } = setUp();
    const early = node();
    const run = early.run();
    await Promise.all([early.stop(), run]);
    expect(await failureOf(early.started)).toBeInstanceOf(NodeStoppedError);
    const never = node();
    await never.stop();
    await never.run();
    expect(never.status).toBe('stopped');
    await node().run({ signal: AbortSignal.abort() });
    expect(await failureOf(ask(1))).toBeInstanceOf(NoShardSubscriberError);
  });

  test('gives back what it has when it cannot have all', async () => {
    const { node, ask, transport } = setUp();
    const picky: ServerTransport = {
      subscribeShard: async (shard, handler) => {
        if (shard === 2) throw new RangeError('taken');
        return transport.subscribeShard(shard, handler);
      },
      close: async () => {},
    };
    const one = node({ transport: picky, shards: [3, 1, 2] });
    const failure = await failureOf(one.run());
    expect(failure).toBeInstanceOf(SubscribeError);
    expect(failure).toMatchObject({ shard: 2, cause: { message: 'taken' }, delivered: 'no' });
    expect(await failureOf(one.started)).toBe(failure);
    expect(one.status).toBe('stopped');
    for (const shard of [1, 3]) {
      expect(await failureOf(ask(shard))).toBeInstanceOf(NoShardSubscriberError);
    }
  });

  test('waits for its handlers when it stops, and no longer than it may', async () => {
    const { node, clock, ask } = setUp();
    const one = node({ handler: () => new Promise<undefined>(() => {}), drainTimeoutMs: 100 });
    const run = one.run();
    await one.started;
    const asked = failureOf(ask(1));
    await clock.quiet();
    let isOver = false;
    const stopped = one.stop().then(() => {
      isOver = true;
    });
    await clock.pass(99);
    expect([isOver, one.status]).toEqual([false, 'stopping']);
    await clock.pass(1);
    await Promise.all([stopped, run]);
    await clock.pass(5_000);
    await asked;
  });

  test('that stops lets its handlers end, and their answers arrive', async () => {
    const { node, clock, ask, transport } = setUp();
    let end: (text: string) => void = () => {};
    const one = node({
      handler: () =>
        new Promise<string>((resolve) => {
          end = resolve;
        }),
    });
    const run = one.run();
    await one.started;
    const asked = ask(1);
    await clock.quiet();
    const stopped = one.stop();
    await clock.quiet();
    expect(one.status).toBe('stopping');
    expect(await failureOf(ask(1))).toBeInstanceOf(NoShardSubscriberError);
    end('done');
    expect(await asked).toBe('done');
    await Promise.all([run, stopped]);
    await transport.close();
    expect([one.status, clock.pending]).toEqual(['stopped', 0]);
  });

  test('stops when its transport is closed', async () => {
    const { node, transport } = setUp();
    const one = node({ shards: [1, 2] });
    const run = one.run();
    await one.started;
    await transport.close();
    await run;
    expect(one.status).toBe('stopped');
    expect(await failureOf(node().run())).toMatchObject({ cause: new TransportClosedError() });
  });

  test('says who it is before its handler is asked', async () => {
    const { node, ask } = setUp();
    const handled: string[] = [];
    const one = node({ shards: [5, 1, 5, 3], handler: ({ type }) => void handled.push(type) });
    void one.run();
    await one.started;
    expect(await ask(3, 'clstr.node.info')).toBe('{"node_id":"node-1","shards":[1,3,5]}');
    expect(one.info()).toEqual({ nodeId: 'node-1', shards: [1, 3, 5] });
    expect(handled).toEqual([]);
  });

  test('tells of handlers that fail, and not what they were given', async () => {
    const { node, ask, clock, transport } = setUp();
    const failures: HandlerFailure[] = [];
    const logged: object[] = [];
    const log = (fields: object) => {
      logged.push(fields);
      throw new Error('no disk');
    };
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const one = node({
      handler: async ({ type }) => Promise.reject(new Error(`no ${type}`)),
      logger: { debug: log, info: log, warn: log, error: log },
    });
    one.failures$.subscribe((failure) => failures.push(failure));
    void one.run();
    await one.started;
    expect(await failureOf(ask(1))).toMatchObject({ code: 'HANDLER_FAILED' });
    transport.notify(new Envelope({ shard: 1, type: 'news', data: 'secret' }, clock));
    await clock.quiet();
    expect(failures).toMatchObject([
      { nodeId: 'node-1', shard: 1, type: 'ask', isNotify: false, error: { message: 'no ask' } },
      { nodeId: 'node-1', shard: 1, type: 'news', isNotify: true, error: { message: 'no news' } },
    ]);
    expect(logged).toEqual([
      { nodeId: 'node-1', shard: 1, type: 'ask', error: 'no ask' },
      { nodeId: 'node-1', shard: 1, type: 'news', error: 'no news' },
    ]);
    expect(warned.mock.calls).toEqual(
      Array(2).fill([
        'logger callback threw: Error: no disk',
        { code: 'CHARTMESH_OBSERVER_FAILED' },
      ]),
    );
  });

  test('may have no shards', async () => {
    const { node } = setUp();
    const one = node({ shards: [] });
    const run = one.run();
    await one.started;
    await one.stop();
    await run;
  });

  test('has a name of its own when it is given none', () => {
    const { node } = setUp();
    const named = (seed: number) => node({ nodeId: undefined, random: seededRandom(seed) }).nodeId;
    expect(named(1)).toMatch(/^node-[\w-]{6}$/);
    expect(named(1)).toBe(named(1));
    expect(named(1)).not.toBe(named(2));
  });
});

test.each<readonly [string, object, new (...args: never[]) => Error, string]>([
  ['no transport', { transport: undefined }, InvalidShardingOptionError, 'transport is required'],
  ['no handler', { handler: undefined }, InvalidShardingOptionError, 'handler is required'],
  ['no shards', { shards: undefined }, InvalidShardingOptionError, 'shards is required'],
  ['half a shard', { shards: [1, 0.5] }, InvalidShardError, 'There is no shard 0.5'],
  ['an empty id', { nodeId: '' }, InvalidShardingOptionError, 'nodeId must not be empty'],
  ['a NUL in its id', { nodeId: 'a\0' }, UnhashableTextError, 'holds a NUL'],
  ['an unknown option', { shard: [1] }, InvalidShardingOptionError, 'no option "shard"'],
])('a node with %s is refused', (_name, options, errorClass, text) => {
  const { node } = setUp();
  expect(() => node(options)).toThrow(errorClass);
  expect(() => node(options)).toThrow(text);
});

test('a subscription that comes after the node was stopped is given back', async () => {
  const { node, transport, ask } = setUp();
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow: ServerTransport = {
    subscribeShard: async (shard, handler) => {
      await gate;
      return transport.subscribeShard(shard, handler);
    },
    close: async () => {},
  };
  const one = node({ transport: slow });
  const run = one.run();
  const stopped = one.stop();
  open();
  await Promise.all([run, stopped]);
  expect(await failureOf(ask(1))).toBeInstanceOf(NoShardSubscriberError);
});
