import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import type { BehaviorOptions } from '../../src/actors/behavior-options.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ClusterEvent } from '../../src/index.ts';
import { createCounters } from '../../src/system/counters.ts';
import { A, type VirtualNode, virtualWorld, type World } from '../api/virtual-nodes.ts';

const counter = setup({
  types: {
    context: {} as { readonly count: number },
    events: {} as { readonly type: 'add' | 'read' | 'fail' | 'finish' | 'wait' },
    input: {} as number,
  },
  actions: {
    add: assign({ count: ({ context }) => context.count + 1 }),
    answer: reply(({ context }) => context.count),
    fail: () => {
      throw new Error('broken');
    },
  },
}).createMachine({
  context: ({ input }) => ({ count: input }),
  initial: 'open',
  states: {
    open: {
      on: {
        add: { actions: 'add' },
        read: { actions: 'answer' },
        fail: { actions: 'fail' },
        finish: 'done',
        wait: {},
      },
    },
    done: { type: 'final' },
  },
});

/** A second, neither more nor less. */
const SECOND = { minDelayMs: 1_000, maxDelayMs: 1_000 };

class Stage {
  readonly world: World = virtualWorld();
  readonly counters = createCounters();
  readonly node: VirtualNode = this.world.node(A, { counters: this.counters });
  readonly restarts: Extract<ClusterEvent, { type: 'actor.restarted' }>[] = [];

  static async open(): Promise<Stage> {
    const stage = new Stage();
    stage.node.cluster.events$.subscribe((event) => {
      if (event.type === 'actor.restarted') stage.restarts.push(event);
    });
    await stage.world.start(stage.node, { host: A });
    return stage;
  }

  async spawn(behavior: unknown, options: BehaviorOptions, input: unknown = 5): Promise<Ref> {
    const { actors } = this.node.cluster;
    actors.behaviors.register('counter', behavior, options);
    return this.settled(actors.spawn('counter', { input }));
  }

  /** Within half a second of virtual time; what it rejects with is given, too. */
  async settled<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const mark = () => {
      isSettled = true;
    };
    promise.then(mark, mark);
    for (let steps = 0; !isSettled && steps < 500; steps += 1) await this.world.advance(1);
    if (!isSettled) throw new Error('it did not settle');
    return promise;
  }

  ask(ref: Ref, type: string): Promise<unknown> {
    return this.settled(ref.ask({ type })).catch((error: unknown) => error);
  }

  get processCount(): number {
    return this.node.cluster.getLocalNodeInfo().processCount;
  }
}

describe('an actor that is to be restarted on errors', () => {
  test('starts again with its number and its input, from its initial state', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'onError', ...SECOND } });
    ref.send({ type: 'add' });
    expect(await stage.ask(ref, 'read')).toBe(6);
    ref.send({ type: 'fail' });
    await stage.world.advance(990);
    expect(stage.restarts).toEqual([]);
    await stage.world.advance(20);
    expect(stage.restarts).toEqual([
      {
        type: 'actor.restarted',
        behavior: 'counter',
        number: ref.number,
        error: new Error('broken'),
      },
    ]);
    expect(await stage.ask(ref, 'read')).toBe(5);
    expect(stage.counters.get('actors.restarts')).toBe(1);
  });

  test('takes nothing until then, says so, and counts as an actor', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'onError', ...SECOND } });
    const waiting = stage.ask(ref, 'wait');
    ref.send({ type: 'fail' });
    expect(await waiting).toMatchObject({ reason: 'stopped', delivered: 'yes' });
    expect(await stage.ask(ref, 'read')).toMatchObject({
      ...{ reason: 'busy', delivered: 'no', retryable: true },
    });
    expect(await stage.settled(ref.snapshot().catch((error: unknown) => error))).toMatchObject({
      ...{ reason: 'busy', delivered: 'no' },
    });
    // The event at which it threw came to nothing, too.
    expect(stage.counters.get('letters.dead')).toBe(1);
    ref.send({ type: 'add' });
    await stage.world.advance(1);
    expect(stage.counters.get('letters.dead')).toBe(2);
    expect(stage.processCount).toBe(1);
    await stage.world.advance(1_000);
    expect(await stage.ask(ref, 'read')).toBe(5);
    expect(stage.processCount).toBe(1);
  });

  test('ends for good when it fails too often', async () => {
    const stage = await Stage.open();
    const restart = { when: 'onError', maxRestarts: 2, withinMs: 5_000, ...SECOND } as const;
    const ref = await stage.spawn(counter, { restart });
    for (const restarts of [1, 2]) {
      ref.send({ type: 'fail' });
      await stage.world.advance(1_010);
      expect(stage.restarts).toHaveLength(restarts);
    }
    ref.send({ type: 'fail' });
    await stage.world.advance(1);
    expect(await stage.ask(ref, 'read')).toMatchObject({ reason: 'no_actor' });
    expect(stage.processCount).toBe(0);
    await stage.world.advance(10_000);
    expect(stage.restarts).toHaveLength(2);
  });

  test('is forgiven its errors with time', async () => {
    const stage = await Stage.open();
    const restart = { when: 'onError', maxRestarts: 1, withinMs: 2_000, ...SECOND } as const;
    const ref = await stage.spawn(counter, { restart });
    for (const restarts of [1, 2, 3]) {
      ref.send({ type: 'fail' });
      await stage.world.advance(2_010);
      expect(stage.restarts).toHaveLength(restarts);
    }
    expect(await stage.ask(ref, 'read')).toBe(5);
  });

  test('ends for good when it is done', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'onError', ...SECOND } });
    ref.send({ type: 'finish' });
    await stage.world.advance(2_000);
    expect(stage.restarts).toEqual([]);
    expect(await stage.ask(ref, 'read')).toMatchObject({ reason: 'no_actor' });
  });

  test('fails to spawn, like any other, when its first start fails', async () => {
    const stage = await Stage.open();
    const throwing = setup({}).createMachine({
      context: () => {
        throw new Error('no context');
      },
    });
    const spawned = stage.spawn(throwing, { restart: { when: 'always', ...SECOND } });
    await expect(spawned).rejects.toMatchObject({ reason: 'failed' });
    await stage.world.advance(5_000);
    expect(stage.restarts).toEqual([]);
  });

  test('is stopped for good, also while it waits for its restart', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'always', ...SECOND } });
    ref.send({ type: 'fail' });
    await stage.world.advance(100);
    expect(await stage.settled(ref.stop())).toBe(true);
    expect(stage.processCount).toBe(0);
    await stage.world.advance(5_000);
    expect(stage.restarts).toEqual([]);
    expect(await stage.ask(ref, 'read')).toMatchObject({ reason: 'no_actor' });
  });

  test('is not started again when its node stops', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'always', ...SECOND } });
    ref.send({ type: 'fail' });
    await stage.world.advance(100);
    await stage.settled(stage.node.cluster.stop());
    expect(stage.world.clock.pending).toBe(0);
    await stage.world.advance(5_000);
    expect(stage.restarts).toEqual([]);
  });

  test('checks its messages by its schema after a restart, too', async () => {
    const stage = await Stage.open();
    const schema = v.object({ type: v.picklist(['read', 'fail']) });
    const ref = await stage.spawn(counter, { schema, restart: { when: 'onError', ...SECOND } });
    ref.send({ type: 'fail' });
    await stage.world.advance(1_010);
    expect(await stage.ask(ref, 'add')).toMatchObject({ reason: 'invalid' });
    expect(await stage.ask(ref, 'read')).toBe(5);
  });
});

describe('an actor that is to run always', () => {
  test('starts again after a normal end', async () => {
    const stage = await Stage.open();
    const ref = await stage.spawn(counter, { restart: { when: 'always', ...SECOND } });
    ref.send({ type: 'finish' });
    await stage.world.advance(1_010);
    expect(stage.restarts).toMatchObject([{ number: ref.number, error: undefined }]);
    expect(await stage.ask(ref, 'read')).toBe(5);
  });

  test('fails in the end when it ends too often', async () => {
    const stage = await Stage.open();
    const restart = { when: 'always', maxRestarts: 1, ...SECOND } as const;
    const ref = await stage.spawn(counter, { restart });
    let failed: unknown;
    ref.snapshots$.subscribe({
      error: (error: unknown) => {
        failed = error;
      },
    });
    ref.send({ type: 'finish' });
    await stage.world.advance(1_010);
    expect(failed).toBeUndefined();
    ref.send({ type: 'finish' });
    await stage.world.advance(1);
    expect(failed).toMatchObject({
      ...{ reason: 'failed', cause: { message: 'it ended too often, though without an error' } },
    });
  });

  test('is not started again when who hears of it stops the node', async () => {
    const stage = await Stage.open();
    let starts = 0;
    const restless = setup({}).createMachine({
      entry: () => {
        starts += 1;
      },
      on: {
        fail: {
          actions: () => {
            throw new Error('broken');
          },
        },
      },
    });
    const { cluster } = stage.node;
    cluster.events$.subscribe(({ type }) => {
      if (type === 'actor.restarted') cluster.stop();
    });
    const ref = await stage.spawn(restless, { restart: { when: 'always', ...SECOND } });
    ref.send({ type: 'fail' });
    await stage.world.advance(1_100);
    expect(stage.restarts).toHaveLength(1);
    expect(starts).toBe(1);
    expect(stage.world.clock.pending).toBe(0);
  });
});

describe('a server that is to be restarted', () => {
  const ends: string[] = [];
  let starts: (() => Promise<number>)[] = [];
  const server = {
    init: () => starts.shift()?.() ?? Promise.reject(new Error('no start is left')),
    handleCall: (_: unknown, state: number) => [state, state],
    handleCast: () => {
      throw new Error('cast');
    },
    terminate: (reason: string) => ends.push(reason),
  };

  test('may fail to start, and is tried again', async () => {
    starts = [
      async () => 1,
      async () => {
        throw new Error('no database');
      },
      async () => 3,
    ];
    const stage = await Stage.open();
    const ref = await stage.spawn(server, { restart: { when: 'onError', ...SECOND } });
    ref.send({ type: 'x' });
    await stage.world.advance(2_020);
    expect(stage.restarts.map(({ error }) => String(error))).toEqual([
      'Error: cast',
      'Error: no database',
    ]);
    expect(await stage.ask(ref, 'read')).toBe(3);
  });

  test('that is stopped while it starts again ends once it has started', async () => {
    let finish = (_: number) => {};
    starts = [
      async () => 1,
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    ];
    const stage = await Stage.open();
    const ref = await stage.spawn(server, { restart: { when: 'onError', ...SECOND } });
    ref.send({ type: 'x' });
    await stage.world.advance(1_010);
    expect(await stage.ask(ref, 'read')).toMatchObject({ reason: 'busy', delivered: 'no' });
    expect(await stage.settled(ref.stop())).toBe(true);
    ends.length = 0;
    finish(2);
    await stage.world.advance(1);
    expect(ends).toEqual(['stopped']);
    expect(await stage.ask(ref, 'read')).toMatchObject({ reason: 'no_actor' });
    expect(stage.processCount).toBe(0);
  });
});
