import * as v from 'valibot';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assign, createActor, fromPromise, sendTo, setup } from 'xstate';
import type { Server } from '../../src/actors/behavior.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import { ActorEndedError, HandlerError, InvalidPayloadError } from '../../src/errors/handlers.ts';
import { InvalidShardingOptionError, RequestTimeoutError } from '../../src/errors/sharding.ts';
import {
  type ActorHandlerOptions,
  actorHandler,
  type KeyBehavior,
} from '../../src/sharding/actor-handler.ts';
import { Client } from '../../src/sharding/client.ts';
import type { KeyFailure } from '../../src/sharding/key-table.ts';
import { message } from '../../src/sharding/message.ts';
import type { NotifyFailure } from '../../src/sharding/transport.ts';
import { createMemoryTransport, createTestCluster } from '../../src/testing/sharding.ts';
import { failureOf, thrownBy } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

type Event =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'read' | 'who' | 'finish' | 'never' | 'odd' | 'break' | 'wait' };

/** Answers, ends and fails as it is told to. */
const counter = setup({
  types: {
    context: {} as { readonly count: number; readonly key: string },
    input: {} as { readonly key: string },
    events: {} as Event,
  },
  actions: {
    add: assign({
      count: ({ context, event }) => context.count + (event.type === 'add' ? event.by : 0),
    }),
    tell: reply(({ context }) => context.count),
    tellKey: reply(({ context }) => context.key),
    tellOdd: reply(() => 5n),
    fail: () => {
      throw new RangeError('broken');
    },
  },
  delays: { aWhile: 1_000 },
}).createMachine({
  context: ({ input }) => ({ count: 0, key: input.key }),
  initial: 'working',
  states: {
    working: {
      on: {
        add: { actions: 'add' },
        read: { actions: 'tell' },
        who: { actions: 'tellKey' },
        odd: { actions: 'tellOdd' },
        never: {},
        break: { actions: 'fail' },
        finish: 'done',
        wait: 'waiting',
      },
    },
    waiting: { after: { aWhile: { target: 'working', actions: 'fail' } } },
    done: { type: 'final' },
  },
});

const read = message<undefined, number>('read');

async function setUp(
  behaviorOf: (key: string) => KeyBehavior | PromiseLike<KeyBehavior>,
  options: ActorHandlerOptions = {},
) {
  const clock = new PatientClock();
  const transport = createMemoryTransport(onTestFinished, { clock });
  const handler = actorHandler(behaviorOf, { clock, ...options });
  await createTestCluster(transport, 3, 64, '', handler);
  const client = new Client({ transport, numShards: 64, clock });
  const ask = async (key: string, type: string, data?: unknown) => {
    const payload = data === undefined ? '' : JSON.stringify(data);
    const answer = await client.requestKey(key, type, payload);
    return answer.length === 0 ? undefined : JSON.parse(Buffer.from(answer).toString());
  };
  return { clock, handler, client, ask };
}

describe('a machine for each key', () => {
  test('answers by key, each with its own state', async () => {
    const { client, ask, handler } = await setUp(() => counter);
    client.notifyKey('a', 'add', '{"by":2}');
    client.notifyKey('b', 'add', '{"by":5}');
    client.notifyKey('a', 'add', '{"by":3}');
    expect([await ask('a', 'read'), await ask('b', 'read'), await ask('a', 'who')]).toEqual([
      ...[5, 5, 'a'],
    ]);
    expect(await client.key('a').request(read)).toBe(5);
    expect(handler.size).toBe(2);
  });

  test('answers requests in the order in which they came', async () => {
    const { client } = await setUp(() => counter);
    const asked = Array.from({ length: 20 }, (_, index) => {
      client.notifyKey('a', 'add', `{"by":${index}}`);
      return client.key('a').request(read);
    });
    const sums = Array.from({ length: 20 }, (_, index) => (index * (index + 1)) / 2);
    expect(await Promise.all(asked)).toEqual(sums);
  });

  test('that fails, fails all that wait for it, and the next message finds another one', async () => {
    const { ask, clock } = await setUp(() => counter);
    await ask('a', 'read');
    const waiting = [failureOf(ask('a', 'never')), failureOf(ask('a', 'never'))];
    await clock.quiet();
    const broke = await failureOf(ask('a', 'break'));
    for (const failure of [broke, ...(await Promise.all(waiting))]) {
      expect(failure).toBeInstanceOf(ActorEndedError);
      expect(failure).toMatchObject({
        ...{ reason: 'failed', delivered: 'yes', message: 'The actor of the key failed: broken' },
        cause: { name: 'RangeError', message: 'broken' },
      });
    }
    expect(await ask('a', 'read')).toBe(0);
  });

  test('that ends, fails what waits for it, and is replaced', async () => {
    const { ask, clock, client } = await setUp(() => counter);
    client.notifyKey('a', 'add', '{"by":2}');
    const waiting = failureOf(ask('a', 'never'));
    await clock.quiet();
    client.notifyKey('a', 'finish');
    expect(await waiting).toMatchObject({
      ...{ code: 'ACTOR_ENDED', reason: 'stopped', delivered: 'yes' },
      message: 'The actor of the key ended',
    });
    expect(await ask('a', 'read')).toBe(0);
  });

  test('that fails by itself is replaced, too', async () => {
    const { ask, clock } = await setUp(() => counter);
    const waiting = failureOf(ask('a', 'wait'));
    await clock.pass(1_000);
    expect(await waiting).toMatchObject({ reason: 'failed', cause: { message: 'broken' } });
    expect(await ask('a', 'read')).toBe(0);
  });

  test('ends when it got no message for two minutes', async () => {
    const { ask, clock, handler, client } = await setUp(() => counter);
    client.notifyKey('a', 'add', '{"by":2}');
    expect(await ask('a', 'read')).toBe(2);
    await clock.pass(110_000);
    expect(await ask('a', 'read')).toBe(2);
    await clock.pass(110_000);
    expect(await ask('a', 'read')).toBe(2);
    await clock.pass(150_000);
    expect([handler.size, clock.pending]).toEqual([0, 0]);
    expect(await ask('a', 'read')).toBe(0);
  });

  test('ends when it is the least recently used of too many', async () => {
    const { ask, handler, client } = await setUp(() => counter, { cacheSize: 2 });
    client.notifyKey('a', 'add', '{"by":2}');
    for (const key of ['a', 'b', 'c']) await ask(key, 'read');
    expect(handler.size).toBe(2);
    expect(await ask('a', 'read')).toBe(0);
  });

  test('ends when its handler is closed', async () => {
    const stopped: string[] = [];
    const machine = counter.provide({});
    const { ask, handler } = await setUp((key) => {
      const actor = createActor(machine, { input: { key } });
      actor.subscribe({ complete: () => stopped.push(key) });
      return actor;
    });
    expect(await ask('a', 'who')).toBe('a');
    await handler.close();
    expect(stopped).toEqual(['a']);
  });

  test('whose answer has no JSON fails that request', async () => {
    const { ask } = await setUp(() => counter);
    const failure = await failureOf(ask('a', 'odd'));
    expect(failure).toBeInstanceOf(InvalidPayloadError);
    expect(failure).toMatchObject({ of: 'output', delivered: 'yes', type: 'odd' });
    expect(await ask('a', 'read')).toBe(0);
  });

  test('that does not answer fails nothing but that request', async () => {
    const { client, ask, clock } = await setUp(() => counter);
    const failed = failureOf(client.requestKey('a', 'never', '', { timeoutMs: 100 }));
    await clock.pass(100);
    expect(await failed).toBeInstanceOf(RequestTimeoutError);
    expect(await ask('a', 'read')).toBe(0);
  });

  test('may answer later, and from another actor', async () => {
    const lookUp = setup({
      types: { events: {} as { readonly type: 'find'; readonly replyTo: ReplyTo<string> } },
      actors: { find: fromPromise(async () => 'found') },
    }).createMachine({
      initial: 'idle',
      context: { replyTo: null as ReplyTo<string> | null },
      states: {
        idle: {
          on: {
            find: { target: 'busy', actions: assign({ replyTo: ({ event }) => event.replyTo }) },
          },
        },
        busy: {
          invoke: {
            src: 'find',
            onDone: {
              target: 'idle',
              actions: sendTo(
                ({ context }) => context.replyTo as ReplyTo<string>,
                ({ event }) => event.output as never,
              ),
            },
          },
        },
      },
    });
    const { ask } = await setUp(() => lookUp);
    expect([await ask('a', 'find'), await ask('a', 'find')]).toEqual(['found', 'found']);
  });
});

describe('other behaviors', () => {
  test('a server: one message at a time, each with the state of the one before', async () => {
    const server: Server<number, { readonly type: string }, { readonly by: number }> = {
      init: async () => 10,
      handleCall: async ({ type }, state) => {
        if (type === 'break') throw new RangeError('broken');
        return [state, state];
      },
      handleCast: async ({ by }, state) => state + by,
    };
    const { client, ask } = await setUp(() => server as Server);
    client.notifyKey('a', 'add', '{"by":2}');
    expect(await ask('a', 'read')).toBe(12);
    const failure = await failureOf(ask('a', 'break'));
    expect(failure).toBeInstanceOf(HandlerError);
    expect(failure).toMatchObject({ cause: { message: 'broken' }, delivered: 'yes' });
    expect(await ask('a', 'read')).toBe(10);
  });

  test('a server that does not start fails those that wait for it', async () => {
    let starts = 0;
    const server: Server<number> = {
      init: () => {
        starts += 1;
        if (starts === 1) throw new RangeError('no disk');
        return 7;
      },
      handleCall: (_message, state) => [state, state],
      handleCast: (_message, state) => state,
    };
    const { ask } = await setUp(() => server as Server);
    expect(await failureOf(ask('a', 'read'))).toMatchObject({
      ...{ code: 'ACTOR_ENDED', reason: 'failed', message: 'The actor of the key failed: no disk' },
    });
    expect(await ask('a', 'read')).toBe(7);
  });

  test('a function: what it returns is the answer, bytes as they are', async () => {
    const { ask, client } = await setUp((key) => async (event) => {
      const { type } = event as Event;
      if (type === 'break') throw new RangeError('broken');
      return type === 'read' ? Buffer.from('raw') : { key, event };
    });
    expect(Buffer.from(await client.requestKey('a', 'read')).toString()).toBe('raw');
    expect(await ask('a', 'add', { by: 2 })).toEqual({ key: 'a', event: { type: 'add', by: 2 } });
    expect(await ask('a', 'list', [1])).toEqual({ key: 'a', event: { type: 'list', data: [1] } });
    expect(await failureOf(ask('a', 'break'))).toMatchObject({ cause: { message: 'broken' } });
  });

  test('a function is told when nobody waits for its answer any more', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const { client, clock } = await setUp(() => (_event, replyTo) => {
      signals.push(replyTo?.signal);
      expect(replyTo?.timeoutMs).toBe(100);
      return new Promise(() => {});
    });
    const failed = failureOf(client.requestKey('a', 'ask', '', { timeoutMs: 100 }));
    await clock.pass(100);
    await failed;
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });

  test('a behavior that is found later', async () => {
    const { ask } = await setUp(async () => counter);
    expect(await ask('a', 'who')).toBe('a');
  });

  test('none at all is refused', async () => {
    const { ask } = await setUp(() => JSON.parse('{}'));
    expect(await failureOf(ask('a', 'read'))).toBeInstanceOf(InvalidShardingOptionError);
  });
});

describe('its options', () => {
  test('say what an actor starts with, and what it gets', async () => {
    const { client } = await setUp(() => counter, {
      input: (key) => ({ key: `the ${key}` }),
      toEvent: ({ type }) => ({ type: type.toLowerCase() }),
    });
    expect(Buffer.from(await client.requestKey('a', 'WHO', 'no JSON')).toString()).toBe('"the a"');
  });

  test('keep from an actor what the schema refuses', async () => {
    const event = v.object({ type: v.string(), by: v.optional(v.number()) });
    const { ask, client, clock } = await setUp(() => counter, { schema: event });
    const failures: NotifyFailure[] = [];
    client.failures$.subscribe((failure) => failures.push(failure));
    expect(await failureOf(ask('a', 'add', { by: 'x' }))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'input', delivered: 'no' },
      problem: 'by: Invalid type: Expected number but received "x"',
    });
    client.notifyKey('a', 'add', '{"by":"x"}');
    await clock.quiet();
    expect(failures).toMatchObject([{ type: 'add', error: { code: 'HANDLER_FAILED' } }]);
    expect(await ask('a', 'read')).toBe(0);
  });

  test('refuse data that are no JSON', async () => {
    const { client } = await setUp(() => counter);
    expect(await failureOf(client.requestKey('a', 'read', '{'))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'input', delivered: 'no', problem: 'it is no JSON' },
    });
  });

  test.each<readonly [ActorHandlerOptions | object, string]>([
    [{ idle: 5 }, 'there is no option "idle"'],
    [{ schema: {} }, 'schema must implement Standard Schema v1'],
    [{ cacheSize: -1 }, 'cacheSize must be'],
  ])('%o are refused', (options, text) => {
    expect(thrownBy(() => actorHandler(() => counter, options))).toMatchObject({
      message: expect.stringContaining(text),
    });
  });
});

test('a notify that breaks a machine is told, and so is what a server loses later', async () => {
  const failed: KeyFailure[] = [];
  const options: ActorHandlerOptions = { onError: (failure) => failed.push(failure) };
  const machines = await setUp(() => counter, options);
  const failures: NotifyFailure[] = [];
  machines.client.failures$.subscribe((failure) => failures.push(failure));
  machines.client.notifyKey('a', 'break');
  await machines.clock.quiet();
  expect(failures).toMatchObject([
    { type: 'break', error: { code: 'HANDLER_FAILED', cause: { message: 'broken' } } },
  ]);
  const server: Server<number> = {
    init: () => 0,
    handleCall: (_message, state) => [state, state],
    handleCast: () => Promise.reject(new RangeError('lost')),
  };
  const servers = await setUp(() => server as Server, options);
  servers.client.notifyKey('a', 'add');
  await servers.clock.quiet();
  expect(failed).toMatchObject([{ key: 'a', error: { message: 'lost' } }]);
  expect(await servers.ask('a', 'read')).toBe(0);
});

test('2,000 keys through a cache of 1,024 leave 1,024 actors', async () => {
  let running = 0;
  const { ask, handler, clock } = await setUp((key) => {
    const actor = createActor(counter, { input: { key } });
    running += 1;
    actor.subscribe({
      complete: () => {
        running -= 1;
      },
    });
    return actor;
  });
  for (let key = 0; key < 2_000; key += 1) await ask(`key-${key}`, 'read');
  await clock.quiet();
  expect([running, handler.size, handler.ending]).toEqual([1_024, 1_024, 0]);
}, 20_000);
