import type { Observable, Subscription } from 'rxjs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { assign, createEmptyActor, fromPromise, fromTransition, setup } from 'xstate';
import type { Ref } from '../../src/actors/ref.ts';
import { SERVICE } from '../../src/actors/service.ts';
import { AskError, OverloadedError } from '../../src/errors/actors.ts';
import { A, B, virtualWorld } from '../api/virtual-nodes.ts';
import { spawnOn, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';

const counter = setup({
  types: {
    context: {} as { readonly count: number },
    events: {} as { readonly type: 'add' | 'touch' | 'fail' | 'finish' },
  },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    fail: () => {
      throw new RangeError('broken');
    },
  },
}).createMachine({
  context: { count: 0 },
  initial: 'open',
  output: ({ context }) => context.count,
  states: {
    open: { on: { add: { actions: 'add' }, fail: { actions: 'fail' }, finish: 'done' } },
    done: { type: 'final' },
  },
});

/** Counts the milliseconds of its first second. */
const ticking = setup({
  types: { context: {} as { readonly count: number } },
  actions: { add: assign({ count: ({ context }) => context.count + 1 }) },
  guards: { isEarly: ({ context }) => context.count < 999 },
}).createMachine({
  context: { count: 0 },
  initial: 'on',
  states: {
    on: {
      after: {
        1: [
          { guard: 'isEarly', target: 'on', reenter: true, actions: 'add' },
          { target: 'off', actions: 'add' },
        ],
      },
    },
    off: { on: { end: 'done' } },
    done: { type: 'final' },
  },
});

const open = (count: number) => ({ status: 'active', value: 'open', context: { count } });

/** Everything that one subscriber is told, the end included. */
class Listener {
  readonly heard: unknown[] = [];
  readonly subscription: Subscription;
  /** How it ended: what it failed with, or null. */
  readonly end: Promise<unknown>;
  readonly #waiting = new Set<() => void>();

  constructor(values$: Observable<unknown>) {
    let finish = (_: unknown) => {};
    this.end = new Promise((resolve) => {
      finish = resolve;
    });
    this.subscription = values$.subscribe({
      next: (value) => {
        this.heard.push(value);
        for (const check of [...this.#waiting]) check();
      },
      error: finish,
      complete: () => finish(null),
    });
    onTestFinished(() => this.subscription.unsubscribe());
  }

  /** Until something has been told that is equal to it. */
  async until(value: unknown): Promise<void> {
    const text = JSON.stringify(value);
    await new Promise<void>((resolve) => {
      const check = () => {
        if (JSON.stringify(this.heard.at(-1)) !== text) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

describe.each(PLACES)('the snapshot of an actor %s', (_, start) => {
  test('tells the states and the context of a machine', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    ref.send({ type: 'add' });
    expect(await ref.snapshot()).toEqual(open(1));
  });

  test('tells what other logic has: its context, or its output', async () => {
    const { here, there } = await start();
    const last = await spawnOn(
      here,
      there,
      fromTransition((_state, { type }) => type, 'nothing'),
    );
    last.send({ type: 'x' });
    expect(await last.snapshot()).toEqual({ status: 'active', context: 'x' });
    const promised = await spawnOn(
      here,
      there,
      fromPromise(() => new Promise(() => {})),
    );
    expect(await promised.snapshot()).toEqual({ status: 'active' });
  });

  test('is the state of a server, and undefined for a function', async () => {
    const { here, there } = await start();
    const server = {
      init: () => ({ list: [1] }),
      handleCall: () => [1, 2],
      handleCast: (message: unknown) => ({ list: [message] }),
    };
    const ref = await spawnOn(here, there, server);
    expect(await ref.snapshot()).toEqual({ list: [1] });
    ref.send('x');
    expect(await ref.snapshot()).toEqual({ list: ['x'] });
    expect(await (await spawnOn(here, there, () => 1)).snapshot()).toBeUndefined();
  });

  test('fails with the path of what cannot be sent', async () => {
    const { here, there } = await start();
    const parent = setup({}).createMachine({ context: { child: createEmptyActor() } });
    const ref = await spawnOn(here, there, parent);
    const message = expect.stringContaining('cannot be sent: context.child is an actor');
    expect(await failure(ref.snapshot())).toMatchObject({
      ...{ name: 'AskError', reason: 'not_serializable' },
      cause: { message },
    });
    const { heard, end } = new Listener(ref.snapshots$);
    expect(await end).toMatchObject({ reason: 'not_serializable', cause: { message } });
    expect(heard).toEqual([]);
  });

  test('fails when there is no actor, and names it', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    await ref.stop();
    const missing = { reason: 'no_actor', target: `${there.id}#${ref.number}` };
    const error = await failure(ref.snapshot());
    expect(error).toBeInstanceOf(AskError);
    expect(error).toMatchObject({ ...missing, delivered: 'no' });
    expect(await new Listener(ref.snapshots$).end).toMatchObject(missing);
  });

  test('can be cancelled', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await failure(ref.snapshot({ signal }))).toMatchObject({
      ...{ reason: 'cancelled', cause: { message: 'enough' } },
    });
  });
});

describe.each(PLACES)('the snapshots of an actor %s', (_, start) => {
  test('begin with the present, and follow its changes', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    ref.send({ type: 'add' });
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(1));
    ref.send({ type: 'add' });
    await listener.until(open(2));
    expect(listener.heard).toEqual([open(1), open(2)]);
  });

  test('of many changes at once tell the last, and few of the others', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    for (let i = 0; i < 1_000; i += 1) ref.send({ type: 'add' });
    await listener.until(open(1_000));
    expect(listener.heard.length).toBeLessThan(10);
  });

  test('are silent about what changes nothing', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    ref.send({ type: 'touch' });
    await ref.snapshot();
    ref.send({ type: 'add' });
    await listener.until(open(1));
    expect(listener.heard).toEqual([open(0), open(1)]);
  });

  test('follow a server', async () => {
    const { here, there } = await start();
    const server = {
      init: () => 0,
      handleCall: (message: number, state: number) => [state, state + message],
      handleCast: (message: number, state: number) => state + message,
    };
    const ref = await spawnOn(here, there, server);
    const listener = new Listener(ref.snapshots$);
    await listener.until(0);
    ref.send(1);
    await listener.until(1);
    await ref.ask(0);
    await ref.ask(5);
    await listener.until(6);
    expect(listener.heard).toEqual([0, 1, 6]);
  });

  test('go to each subscriber', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const first = new Listener(ref.snapshots$);
    await first.until(open(0));
    ref.send({ type: 'add' });
    await first.until(open(1));
    const second = new Listener(ref.snapshots$);
    await second.until(open(1));
    first.subscription.unsubscribe();
    ref.send({ type: 'add' });
    await second.until(open(2));
    expect(first.heard).toEqual([open(0), open(1)]);
    expect(second.heard).toEqual([open(1), open(2)]);
  });

  test('complete after the last state when the actor is done', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    ref.send({ type: 'add' });
    ref.send({ type: 'finish' });
    expect(await listener.end).toBeNull();
    expect(listener.heard.at(-1)).toEqual({
      ...{ status: 'done', value: 'done', context: { count: 1 }, output: 1 },
    });
  });

  test('fail with the error of the actor', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    ref.send({ type: 'fail' });
    const error = await listener.end;
    expect(error).toBeInstanceOf(AskError);
    expect(error).toMatchObject({
      ...{ reason: 'failed', target: `${there.id}#${ref.number}` },
      cause: { name: 'RangeError', message: 'broken' },
    });
  });

  test.each([
    ['odd', 'Error: odd'],
    ['x'.repeat(2_000_000), `Error: ${'x'.repeat(993)}...`],
  ])('fail with the text of an error that cannot be sent (%#)', async (text, message) => {
    const { here, there } = await start();
    const server = {
      init: () => 0,
      handleCall: () => [0, 0],
      handleCast: () => {
        throw new Error(text, { cause: () => 1 });
      },
    };
    const ref = await spawnOn(here, there, server);
    const listener = new Listener(ref.snapshots$);
    await listener.until(0);
    ref.send(1);
    expect(await listener.end).toMatchObject({
      ...{ reason: 'failed', cause: { message } },
    });
  });

  test('fail when somebody stops the actor', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    await ref.stop();
    expect(await listener.end).toMatchObject({ reason: 'stopped' });
  });

  test('go on when the actor is restarted', async () => {
    const { here, there } = await start();
    const restart = { when: 'onError', minDelayMs: 1, maxDelayMs: 1 } as const;
    there.actors.behaviors.register('lasting', counter, { restart });
    const ref: Ref = await here.actors.spawn('lasting', { on: there.id });
    const listener = new Listener(ref.snapshots$);
    ref.send({ type: 'add' });
    await listener.until(open(1));
    ref.send({ type: 'fail' });
    await listener.until(open(0));
    ref.send({ type: 'add' });
    await listener.until(open(1));
    ref.send({ type: 'finish' });
    expect(await listener.end).toBeNull();
    expect(listener.heard.at(-1)).toMatchObject({ status: 'done', output: 1 });
  });

  test('fail when this node stops', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    await here.node.cluster.stop();
    expect(await listener.end).toMatchObject({ reason: 'node_down' });
    expect(await new Listener(ref.snapshots$).end).toMatchObject({ reason: 'node_down' });
  });

  test('are no longer made when nobody listens', async () => {
    const { here, there } = await start();
    let reads = 0;
    const seen = () => ({
      get value() {
        reads += 1;
        return 'x';
      },
    });
    const ref = await spawnOn(
      here,
      there,
      fromTransition(() => seen(), seen()),
    );
    const listener = new Listener(ref.snapshots$);
    const state = { status: 'active', context: { value: 'x' } };
    await listener.until(state);
    listener.subscription.unsubscribe();
    ref.send({ type: 'x' });
    expect(await ref.snapshot()).toEqual(state);
    const before = reads;
    for (let i = 0; i < 10; i += 1) ref.send({ type: 'x' });
    await ref.stop();
    expect(reads).toBe(before);
  });

  test('are limited in number', async () => {
    const { here, there } = await start({ limits: { maxObservers: 1 } });
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    expect(await new Listener(ref.snapshots$).end).toMatchObject({ reason: 'busy' });
    listener.subscription.unsubscribe();
    await new Listener(ref.snapshots$).until(open(0));
  });
});

describe('the snapshots of an actor on another node', () => {
  test('fail when that node goes', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    await there.node.cluster.stop();
    expect(await listener.end).toMatchObject({ reason: 'node_down' });
    expect(await failure(ref.snapshot())).toMatchObject({ reason: 'node_down' });
  });

  test('are not made for a node that is gone', async () => {
    const { here, there } = await startPair({ limits: { maxObservers: 1 } });
    const ref = await spawnOn(here, there, counter);
    await new Listener(ref.snapshots$).until(open(0));
    const mark = there.node.journal.mark;
    await here.node.cluster.stop();
    await there.node.journal.waitForDown(here.id, 2_000, mark);
    ref.send({ type: 'add' });
    const mine = await spawnOn(there, there, counter);
    await new Listener(mine.snapshots$).until(open(0));
  });

  test('come one at a time: over a slow link few, and the latest', async () => {
    const world = virtualWorld(1, { min: 50, max: 50 });
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(200);
    b.cluster.actors.behaviors.register('ticking', ticking);
    const spawned = a.cluster.actors.spawn('ticking', { on: b.cluster.getLocalNodeId() });
    await world.advance(200);
    const ref = await spawned;
    const { heard, end } = new Listener(ref.snapshots$);
    await world.advance(950);
    // A round trip for each: 100 ms.
    expect(heard.length).toBeGreaterThanOrEqual(8);
    expect(heard.length).toBeLessThanOrEqual(9);
    await world.advance(300);
    expect(heard.at(-1)).toMatchObject({ value: 'off', context: { count: 1_000 } });
    ref.send({ type: 'end' });
    await world.advance(200);
    expect(heard.at(-1)).toMatchObject({ status: 'done', context: { count: 1_000 } });
    expect(await end).toBeNull();
  });

  test('end there even if the queue to it was full when nobody listened any more', async () => {
    const limits = { maxObservers: 1, maxDataQueueBytes: 100_000 };
    const { here, there } = await startPair({ limits });
    const ref = await spawnOn(here, there, counter);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    ref.send(new Uint8Array(100_000));
    expect(() => ref.send({ type: 'add' })).toThrow(OverloadedError);
    listener.subscription.unsubscribe();
    expect(await new Listener(ref.snapshots$).end).toBeInstanceOf(OverloadedError);
    // It is said again a little later, and makes room for another one.
    let failed: unknown = 'not tried';
    while (failed !== null) {
      await new Promise(setImmediate);
      const next = new Listener(ref.snapshots$);
      failed = await Promise.race([next.until(open(0)).then(() => null), next.end]);
    }
  });

  test('are not told for long to whoever has not asked', async () => {
    const { here, there } = await startPair({ limits: { maxObservers: 1 } });
    const ref = await spawnOn(here, there, counter);
    const line = here.actors.lineTo(there.id, ref.uid);
    expect(await line.ask(SERVICE, ['observe', 999, ref.number])).toBe(true);
    // The first one is disowned, as nothing here knows of it.
    await ref.snapshot();
    await ref.snapshot();
    await new Listener(ref.snapshots$).until(open(0));
  });

  test('withstand requests that make no sense', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, counter);
    const line = here.actors.lineTo(there.id, ref.uid);
    const listener = new Listener(ref.snapshots$);
    await listener.until(open(0));
    for (const fields of [['x'], [null], [-1], [1.5], []]) {
      for (const verb of ['observe.more', 'observe.end', 'observed', 'observed.end']) {
        line.send(SERVICE, [verb, ...fields]);
      }
    }
    const asks = [
      ['observe', 'x', ref.number, 'failed'],
      ['observe', 1, ref.number, 'failed'],
      ['observe', 7, SERVICE, 'no_actor'],
      ['observe', 7, 'x', 'no_actor'],
      ['snapshot', SERVICE, null, 'no_actor'],
      ['snapshot', 'x', null, 'no_actor'],
    ];
    for (const [verb, one, two, reason] of asks) {
      expect(await failure(line.ask(SERVICE, [verb, one, two]))).toMatchObject({ reason });
    }
    ref.send({ type: 'add' });
    await listener.until(open(1));
  });
});
