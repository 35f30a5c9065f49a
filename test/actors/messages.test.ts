import { getEventListeners } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assign, fromTransition, setup } from 'xstate';
import type { Ref } from '../../src/actors/ref.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import {
  AskError,
  NotSerializableError,
  OverloadedError,
  SpawnError,
} from '../../src/errors/actors.ts';
import { DATA, writeAsk } from '../../src/wire/data.ts';
import { Writer } from '../../src/wire/writer.ts';
import { silent, spawnOn, startEnd, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';
import { settled } from './downs.ts';

type CounterEvent =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'read'; readonly replyTo: ReplyTo }
  | { readonly type: 'close' };

const counter = setup({
  types: {
    context: {} as { readonly count: number },
    events: {} as CounterEvent,
    input: {} as number | undefined,
  },
}).createMachine({
  context: ({ input }) => ({ count: input ?? 0 }),
  initial: 'open',
  states: {
    open: {
      on: {
        add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) },
        read: { actions: ({ context, event }) => event.replyTo.send(context.count) },
        close: 'closed',
      },
    },
    closed: { type: 'final' },
  },
});

class Frozen {
  readonly type = 'read';
}

function raise(thrown: unknown): never {
  throw thrown;
}

const echo = (message: unknown) => message;

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

describe.each(PLACES)('an actor %s', (_, start) => {
  test('that is a machine takes events in order and answers asks', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter, 5);
    for (let by = 1; by <= 100; by += 1) ref.send({ type: 'add', by });
    expect(await ref.ask({ type: 'read' })).toBe(5_055);
  });

  test('that is a transition function answers by replyTo', async () => {
    const { here, there } = await start();
    const last = fromTransition((state: unknown, event: CounterEvent) => {
      if (event.type === 'read') event.replyTo.send(state);
      return event.type;
    }, 'nothing');
    const ref = await spawnOn(here, there, last);
    ref.send({ type: 'add', by: 1 });
    expect(await ref.ask({ type: 'read' })).toBe('add');
  });

  test('that is a function answers with what it returns, now or later', async () => {
    const { here, there } = await start();
    const now = await spawnOn(here, there, echo);
    const later = await spawnOn(here, there, async (message: unknown) => [message]);
    const message = { text: 'ž', when: new Date(5), map: new Map([[1n, new Set(['x'])]]) };
    expect(await now.ask(message)).toEqual(message);
    expect(await later.ask('x')).toEqual(['x']);
  });

  test('that is a server takes one message at a time, each with the state before it', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(
      here,
      there,
      {
        init: async (input: unknown) => [input],
        handleCast: async (message: unknown, state: readonly unknown[]) => {
          await new Promise(setImmediate);
          return [...state, message];
        },
        handleCall: (message: unknown, state: readonly unknown[]) => [[...state, message], []],
      },
      'start',
    );
    ref.send(1);
    ref.send(2);
    expect(await Promise.all([ref.ask(3), ref.ask(4)])).toEqual([['start', 1, 2, 3], [4]]);
  });

  test('gets a copy of each message', async () => {
    const { here, there } = await start();
    const heard: unknown[] = [];
    const ref = await spawnOn(here, there, (message: unknown) => heard.push(message));
    const message = { list: [1] };
    ref.send(message);
    message.list.push(2);
    await ref.ask('done');
    expect(heard).toEqual([{ list: [1] }, 'done']);
    expect(heard[0]).not.toBe(message);
  });

  test('is never called within send', async () => {
    const { here, there } = await start();
    let calls = 0;
    const ref = await spawnOn(here, there, () => {
      calls += 1;
    });
    ref.send('x');
    expect(calls).toBe(0);
    await ref.ask('x');
    expect(calls).toBe(2);
  });

  test('answers through a reference that was itself a message', async () => {
    const { here, there } = await start();
    const target = await spawnOn(here, there, counter, 7);
    const reader = await spawnOn(here, here, async ({ ref }: { readonly ref: Ref }) =>
      ref.ask({ type: 'read' }),
    );
    expect(await reader.ask({ ref: target })).toBe(7);
    const back = await spawnOn(here, there, echo);
    const returned = await back.ask(target);
    expect(target.equals(returned)).toBe(true);
    expect(String(returned)).toBe(target.id);
  });

  test('that throws fails the ask with its error, and lives on if it is a function', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, (message: unknown) => {
      if (message === 'throw') throw Object.assign(new RangeError('no'), { code: 'E_NO' });
      return message;
    });
    const error = await failure(ref.ask('throw'));
    expect(error).toMatchObject({
      ...{
        name: 'AskError',
        reason: 'failed',
        delivered: 'yes',
        target: `${there.id}#${ref.number}`,
      },
      cause: { name: 'RangeError', message: 'no', code: 'E_NO' },
    });
    ref.send('throw');
    expect(await ref.ask('x')).toBe('x');
  });

  test('that ends before it has answered fails the ask', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const mute = setup({}).createMachine({ on: { ask: {} } });
    const other = await spawnOn(here, there, mute);
    expect(await failure(ref.ask({ type: 'close' }))).toMatchObject({
      ...{ reason: 'stopped', delivered: 'yes' },
    });
    const asked = failure(other.ask({ type: 'ask' }));
    expect(await other.stop()).toBe(true);
    expect(await asked).toMatchObject({ reason: 'stopped', delivered: 'yes' });
    expect(await failure(other.ask({ type: 'ask' }))).toMatchObject({
      ...{ reason: 'no_actor', delivered: 'no' },
    });
    expect(await other.stop()).toBe(false);
  });

  test('that does not answer in time fails the ask, and hears of it', async () => {
    const { here, there } = await start();
    const signals: AbortSignal[] = [];
    const ref = await spawnOn(here, there, (_: unknown, replyTo: ReplyTo | undefined) => {
      if (replyTo) signals.push(replyTo.signal);
      return silent();
    });
    const error = await failure(ref.ask('x', { timeoutMs: 30 }));
    expect(error).toBeInstanceOf(AskError);
    expect(error).toMatchObject({ reason: 'timeout', delivered: 'maybe', retryable: true });
    const next = await spawnOn(here, there, echo);
    await next.ask('after the cancellation');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  test('is told that an ask was cancelled', async () => {
    const { here, there } = await start();
    const signals: AbortSignal[] = [];
    const ref = await spawnOn(here, there, (_: unknown, replyTo: ReplyTo | undefined) => {
      if (replyTo) signals.push(replyTo.signal);
      return silent();
    });
    const controller = new AbortController();
    const asked = failure(ref.ask('x', { signal: controller.signal }));
    const next = await spawnOn(here, there, echo);
    await next.ask('before');
    controller.abort(new Error('enough'));
    expect(await asked).toMatchObject({ reason: 'cancelled', cause: { message: 'enough' } });
    await next.ask('after');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    const before = await failure(ref.ask('x', { signal: controller.signal }));
    expect(before).toMatchObject({ reason: 'cancelled', delivered: 'no' });
  });

  test('takes no answer after the first', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, (_: unknown, replyTo: ReplyTo | undefined) => {
      replyTo?.send('first');
      replyTo?.send('second');
      return 'third';
    });
    expect(await ref.ask('x')).toBe('first');
    expect(await ref.ask('x')).toBe('first');
  });

  test('that answers with something that cannot be sent fails the ask', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, () => ({ list: [() => 1] }));
    expect(await failure(ref.ask('x'))).toMatchObject({
      ...{ reason: 'not_serializable', delivered: 'yes' },
      cause: { name: 'NotSerializableError', message: expect.stringContaining('list[0]') },
    });
  });

  test('that throws something that cannot be sent fails the ask with its text', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, () => {
      throw new Error('odd', { cause: () => 1 });
    });
    expect(await failure(ref.ask('x'))).toMatchObject({
      ...{ reason: 'failed', cause: { message: 'Error: odd' } },
    });
  });

  test.each([
    ['is too long', () => new Error('x'.repeat(2_000_000)), `Error: ${'x'.repeat(993)}`],
    ['is not well-formed', () => new Error('\ud800'), 'Error: \ufffd'],
    ['cannot be had', () => Object.create({}, { toString: {} }), 'something without a text'],
  ])('that throws what has a text that %s fails the ask all the same', async (_, make, text) => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, () => {
      throw make();
    });
    expect(await failure(ref.ask('x'))).toMatchObject({
      ...{ reason: 'failed', cause: { message: expect.stringContaining(text) } },
    });
  });

  test('is not reached by what cannot be sent, and the field is named', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    const bad = { user: { name: 'x', onClick: () => 1 } };
    expect(() => ref.send(bad)).toThrow(NotSerializableError);
    expect(await failure(ref.ask(bad))).toMatchObject({
      ...{ code: 'NOT_SERIALIZABLE', path: 'user.onClick', reason: 'is a function' },
    });
    expect(await ref.ask('fine')).toBe('fine');
  });

  test('takes events only if it is a machine', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    expect(await failure(ref.ask('no event'))).toMatchObject({ reason: 'not_an_event' });
    ref.send('no event');
    expect(await ref.ask({ type: 'read' })).toBe(0);
  });

  test('takes messages up to the limit, in parts if need be', async () => {
    const { here, there } = await start({ limits: { maxMessageBytes: 300_000 } });
    const ref = await spawnOn(here, there, echo);
    const large = new Uint8Array(299_000).fill(7);
    // To compare them one by one takes a second.
    const answer = await ref.ask(large);
    expect(answer instanceof Uint8Array && Buffer.compare(answer, large)).toBe(0);
    expect(await failure(ref.ask(new Uint8Array(300_001)))).toMatchObject({
      ...{ code: 'NOT_SERIALIZABLE', reason: expect.stringContaining('maxMessageBytes') },
    });
  });

  test('is asked so many times at once, and no more', async () => {
    const { here, there } = await start({ limits: { maxPendingAsks: 3 } });
    const ref = await spawnOn(here, there, silent);
    const asked = [1, 2, 3].map((n) => failure(ref.ask(n, { timeoutMs: 50 })));
    const refused = await failure(ref.ask(4));
    expect(refused).toBeInstanceOf(OverloadedError);
    expect(refused).toMatchObject({
      reason: 'asks',
      hint: expect.stringContaining('maxPendingAsks'),
    });
    expect(await Promise.all(asked)).toMatchObject(new Array(3).fill({ reason: 'timeout' }));
  });

  test('can be stopped, and others started, while it owes as many answers as it may', async () => {
    const { here, there } = await start({ limits: { maxPendingAsks: 3 } });
    const ref = await spawnOn(here, there, silent);
    const asked = [1, 2, 3].map((n) => failure(ref.ask(n)));
    const other = await spawnOn(here, there, echo);
    expect(await ref.stop()).toBe(true);
    expect(await Promise.all(asked)).toMatchObject(new Array(3).fill({ reason: 'stopped' }));
    expect(await other.ask('x')).toBe('x');
  });

  test('may give anything, and throw anywhere, without harm to its node', async () => {
    const { here, there } = await start();
    const get = () => raise(new RangeError('no promise'));
    const trap = await spawnOn(here, there, () => Object.defineProperty({}, 'then', { get }));
    trap.send('x');
    expect(await failure(trap.ask('x'))).toMatchObject({
      ...{ reason: 'failed', cause: { message: 'no promise' } },
    });
    const frozen = {
      '~standard': {
        version: 1 as const,
        vendor: 'x',
        validate: () => ({ value: Object.freeze(new Frozen()) }),
      },
    };
    there.actors.behaviors.register('frozen', counter, { schema: frozen });
    const ref = await here.actors.spawn('frozen', { on: there.id });
    expect(await failure(ref.ask({ type: 'read' }))).toMatchObject({ reason: 'failed' });
    const odd = { ...frozen['~standard'], validate: () => raise(Object.create(null)) };
    there.actors.behaviors.register('odd', counter, { schema: { '~standard': odd } });
    const strict = await here.actors.spawn('odd', { on: there.id });
    strict.send({ type: 'read' });
    expect(await failure(strict.ask({ type: 'read' }))).toMatchObject({ reason: 'invalid' });
    expect(await ref.stop()).toBe(true);
  });

  test.each([
    ['is answered', echo, 'x'],
    [
      'fails',
      () => {
        throw new Error('no');
      },
      { reason: 'failed' },
    ],
  ])('that %s lets go of the signal', async (_, behavior, outcome) => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, behavior);
    const { signal } = new AbortController();
    const asked = ref.ask('x', { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    const outcomeNow = await asked.catch((error: unknown) => error);
    expect(outcomeNow).toEqual(
      typeof outcome === 'string' ? outcome : expect.objectContaining(outcome),
    );
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('that is a server does no work for whoever has given up', async () => {
    const { here, there } = await start();
    const worked: unknown[] = [];
    let goOn = () => {};
    const ref = await spawnOn(here, there, {
      init: () => 0,
      handleCall: async (message: unknown) => {
        worked.push(message);
        if (message === 'first') await new Promise<void>((resolve) => (goOn = resolve));
        return [message, 0];
      },
      handleCast: () => 0,
    });
    const controller = new AbortController();
    const first = ref.ask('first');
    const given = failure(ref.ask('given up', { signal: controller.signal }));
    const late = failure(ref.ask('too late', { timeoutMs: 20 }));
    expect(await late).toMatchObject({ reason: 'timeout' });
    controller.abort();
    expect(await given).toMatchObject({ reason: 'cancelled' });
    await settled(here, there);
    goOn();
    expect(await first).toBe('first');
    expect(await ref.ask('last')).toBe('last');
    expect(worked).toEqual(['first', 'last']);
  });

  test('is asked with any time limit above zero, and with no other', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    for (const timeoutMs of [1_000.5, 2 ** 40, Number.POSITIVE_INFINITY]) {
      expect(await ref.ask('x', { timeoutMs })).toBe('x');
    }
    const other = await spawnOn(here, there, silent);
    const error = await failure(other.ask('x', { timeoutMs: 0.5 }));
    expect(error).toMatchObject({ reason: 'timeout' });
    for (const timeoutMs of [0, -1, Number.NaN]) {
      expect(await failure(ref.ask('x', { timeoutMs }))).toMatchObject({
        ...{ code: 'INVALID_ARGUMENT', message: expect.stringContaining('timeoutMs') },
      });
    }
    expect(await ref.ask('y')).toBe('y');
  });

  test('leaves nothing behind after many asks', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(Array.from({ length: 500 }, (_, i) => ref.ask(i)));
    }
    const mine = await spawnOn(there, here, echo);
    const lines = [here.actors.lineTo(there.id, ref.uid), there.actors.lineTo(here.id, mine.uid)];
    for (const line of lines) expect([line.pendingAsks, line.openAsks]).toEqual([0, 0]);
  });
});

test('a node takes no more asks of another one than may be open, and one again after an answer', async () => {
  const there = await startEnd('there', { limits: { maxPendingAsks: 2 } });
  const here = await startEnd('here', { seeds: [there.id] });
  await here.node.journal.waitForUp(there.id, 2_000);
  let asked = 0;
  const ref = await spawnOn(here, there, () => {
    asked += 1;
    return new Promise(() => {});
  });
  const open = [1, 2].map((n) => failure(ref.ask(n, { timeoutMs: 1_000 })));
  expect(await failure(ref.ask(3))).toMatchObject({ reason: 'busy', delivered: 'no' });
  expect(asked).toBe(2);
  there.actors.node.hosted(ref.number)?.stop();
  expect(await Promise.all(open)).toMatchObject(new Array(2).fill({ reason: 'stopped' }));
  expect(await (await spawnOn(here, there, echo)).ask('x')).toBe('x');
});

describe('spawn', () => {
  test('fails for a behavior that is not known there', async () => {
    const { here, there } = await startPair();
    const error = await failure(here.actors.spawn('nobody', { on: there.id }));
    expect(error).toBeInstanceOf(SpawnError);
    expect(error).toMatchObject({
      ...{ reason: 'unknown_behavior', behavior: 'nobody', nodeId: there.id, retryable: false },
    });
  });

  test('fails with the error of an actor that does not start', async () => {
    const { here, there } = await startPair();
    const throwing = setup({}).createMachine({
      context: () => {
        throw new Error('no context');
      },
    });
    expect(await failure(spawnOn(here, there, throwing))).toMatchObject({
      ...{ reason: 'failed', cause: { message: 'no context' } },
    });
    const server = {
      init: () => Promise.reject(new Error('no init')),
      handleCall() {},
      handleCast() {},
    };
    expect(await failure(spawnOn(here, there, server))).toMatchObject({
      ...{ reason: 'failed', cause: { message: 'no init' } },
    });
  });

  test('fails with the text of an error that cannot be sent', async () => {
    const { here, there } = await startPair();
    const server = {
      init: () => Promise.reject(new Error('no database', { cause: () => 'a socket' })),
      handleCall() {},
      handleCast() {},
    };
    expect(await failure(spawnOn(here, there, server))).toMatchObject({
      ...{ code: 'SPAWN_FAILED', reason: 'failed', cause: { message: 'Error: no database' } },
    });
  });

  test('fails for a node that is not connected', async () => {
    const here = await startEnd('here');
    const on = 'nobody@127.0.0.1:1' as typeof here.id;
    expect(await failure(here.actors.spawn('x', { on }))).toMatchObject({ reason: 'node_down' });
  });

  test('leaves no actor when it takes too long', async () => {
    const { here, there } = await startPair();
    let finish = () => {};
    const ends: string[] = [];
    const slow = {
      init: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
      handleCall: () => [1, undefined],
      handleCast: () => undefined,
      terminate: (reason: string) => ends.push(reason),
    };
    there.actors.behaviors.register('slow', slow);
    const spawned = here.actors.spawn('slow', { on: there.id, timeoutMs: 30 });
    expect(await failure(spawned)).toMatchObject({ reason: 'timeout' });
    const next = await spawnOn(here, there, echo);
    await next.ask('after the cancellation');
    finish();
    await new Promise(setImmediate);
    expect(ends).toEqual(['stopped']);
  });

  test('leaves no actor of which its starter, who is gone, has not said that it knows it', async () => {
    const { here, there } = await startPair();
    const kept = await spawnOn(here, there, echo);
    there.actors.behaviors.register('echo', echo);
    const answer = await here.actors
      .lineTo(there.id, kept.uid)
      .ask(0, ['spawn', 77, 'echo', undefined, undefined]);
    expect(answer).toEqual(['started', kept.number + 1]);
    const count = () => there.node.cluster.getLocalNodeInfo()?.processCount;
    expect(count()).toBe(2);
    await here.node.cluster.stop();
    await there.node.journal.waitForDown(here.id, 2_000);
    expect(count()).toBe(1);
    expect(there.actors.node.hosted(kept.number)).toBeDefined();
  });

  test('refuses more actors than the limit', async () => {
    const { here, there } = await startPair({ limits: { maxActors: 2 } });
    await spawnOn(here, there, echo);
    await spawnOn(here, there, counter);
    expect(await failure(spawnOn(here, there, echo))).toMatchObject({ reason: 'full' });
  });

  test('is counted in NodeInfo.processCount, until the actor ends', async () => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, counter);
    expect(here.node.cluster.getLocalNodeInfo().processCount).toBe(1);
    await ref.stop();
    expect(here.node.cluster.getLocalNodeInfo().processCount).toBe(0);
  });
});

test('an ask with the number of one that has no answer yet is malformed', async () => {
  const { here, there } = await startPair({ limits: { maxPendingAsks: 10 } });
  const ref = await spawnOn(here, there, silent);
  const line = there.actors.node.line(here.id);
  const ask = (number: number) => {
    const writer = new Writer(there.actors.node.foreign);
    writer.begin(0);
    writer.number(DATA.ask);
    writer.number(ref.number);
    writeAsk(writer, number);
    writer.number(5_000);
    writer.payload('x');
    return line?.receive(writer.finish(0));
  };
  expect([ask(7), ask(8), ask(7), ask(9)]).toEqual([
    ...[null, null, 'an ask has the number of one that is open', null],
  ]);
  expect(line?.openAsks).toBe(3);
});

describe('when the node of an actor is gone', () => {
  test('asks under way fail at once, and what comes later is not delivered', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, silent);
    const asked = failure(ref.ask('x'));
    await there.node.cluster.stop();
    expect(await asked).toMatchObject({ reason: 'node_down', delivered: 'maybe' });
    await here.node.journal.waitForDown(there.id, 2_000);
    expect(await failure(ref.ask('x'))).toMatchObject({ reason: 'node_down', delivered: 'no' });
    ref.send('a dead letter');
  });

  test('the next life of the node is not taken for it', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    const { port } = there.node;
    await there.node.cluster.stop();
    const actors = there.actors;
    const mark = here.node.journal.mark;
    await there.node.cluster.start({
      nodeName: 'there',
      host: '127.0.0.1',
      port,
      seeds: [here.id],
    });
    onTestFinished(() => there.node.cluster.stop());
    await here.node.journal.waitForUp(there.id, 2_000, mark);
    const next = await here.actors.spawn(actors.behaviors.getNames()[0] ?? '', { on: there.id });
    expect(next.number).toBe(ref.number);
    expect(next.equals(ref)).toBe(false);
    expect(await next.ask('x')).toBe('x');
    expect(await failure(ref.ask('x'))).toMatchObject({ reason: 'node_down', delivered: 'no' });
  });

  test('asks of the node that went away are aborted here', async () => {
    const { here, there } = await startPair();
    const signals: AbortSignal[] = [];
    const ref = await spawnOn(here, there, (_: unknown, replyTo: ReplyTo | undefined) => {
      if (replyTo) signals.push(replyTo.signal);
      return silent();
    });
    const asked = failure(ref.ask('x'));
    const next = await spawnOn(here, there, echo);
    await next.ask('y');
    await here.node.cluster.stop();
    expect(await asked).toMatchObject({ reason: 'node_down', delivered: 'maybe' });
    await there.node.journal.waitForDown(here.id, 2_000);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

test('a message that is larger than the other node takes ends the session, which says why', async () => {
  const there = await startEnd('there', { limits: { maxMessageBytes: 100_000 } });
  const here = await startEnd('here', { seeds: [there.id] });
  await here.node.journal.waitForUp(there.id, 2_000);
  const ref = await spawnOn(here, there, echo);
  expect(await failure(ref.ask('x'.repeat(200_000)))).toMatchObject({ reason: 'node_down' });
  expect(there.node.journal.events('session.closed')).toMatchObject([{ cause: 'too_large' }]);
});
