import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { createActor, setup } from 'xstate';
import {
  ActorLimitError,
  type Down,
  type DownEvent,
  LIMITS,
  type Server,
} from '../../src/index.ts';
import { spawnOn, startEnd, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';
import { brittle } from './brittle.ts';
import { Downs, downOf, settled } from './downs.ts';

const echo = (message: unknown) => message;

const server: Server = {
  init: (input) => input,
  handleCall: (message, state) => [message, state],
  handleCast: () => {
    throw Object.assign(new TypeError('cast'), { code: 'E_CAST' });
  },
};

describe.each(PLACES)('the end of an actor %s is told', (_, start) => {
  test('as `normal` when it was done', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, brittle);
    const down = downOf(here, ref);
    ref.send({ type: 'finish' });
    const told = await down;
    expect(told).toEqual({ ref, reason: 'normal' });
    expect(told.ref).toBe(ref);
    expect('error' in told).toBe(false);
  });

  test.each([
    ['a machine', brittle],
    ['a function', echo],
    ['a server', server],
  ])('as `stopped` when somebody stopped it: %s', async (_kind, behavior) => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, behavior);
    const down = downOf(here, ref);
    await ref.stop();
    expect(await down).toEqual({ ref, reason: 'stopped' });
  });

  test('as `error`, with what was thrown', async () => {
    const { here, there } = await start();
    const machine = await spawnOn(here, there, brittle);
    const failing = await spawnOn(here, there, server);
    const downs = [downOf(here, machine), downOf(here, failing)];
    const cause = new Error('below');
    machine.send({ type: 'break', error: Object.assign(new Error('no', { cause }), { code: 7 }) });
    failing.send('x');
    expect(await Promise.all(downs)).toMatchObject([
      { reason: 'error', error: { name: 'Error', message: 'no', code: 7, cause } },
      { reason: 'error', error: { name: 'TypeError', message: 'cast', code: 'E_CAST' } },
    ]);
  });

  test('as `error` with a text when what was thrown cannot be sent', async () => {
    const { here, there } = await start({ limits: { maxMessageBytes: 300_000 } });
    const throwing = (error: unknown): Server => ({
      ...server,
      handleCast: () => {
        throw error;
      },
    });
    const nameless = Object.assign(() => 1, { toString: () => Object.create(null) });
    for (const [error, message] of [
      [new Error('odd', { cause: () => 1 }), 'Error: odd'],
      [new Error('x'.repeat(400_000)), `Error: ${'x'.repeat(993)}...`],
      [nameless, 'something without a text was thrown'],
    ] as const) {
      const ref = await spawnOn(here, there, throwing(error));
      const down = downOf(here, ref);
      ref.send('x');
      expect(await down).toMatchObject({ reason: 'error', error: { name: 'Error', message } });
    }
  });

  test('as `no_actor` when it had ended before, or never was', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    await ref.stop();
    expect(await downOf(here, ref)).toEqual({ ref, reason: 'no_actor' });
  });

  test('to each monitor once, and to those that were ended not at all', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, brittle);
    const downs = new Downs();
    const ended = new Downs();
    const { actors } = here.node.cluster;
    actors.monitor(ref, downs.add);
    actors.monitor(ref, downs.add);
    actors.monitor(ref, ended.add).stop();
    const late = actors.monitor(ref, ended.add);
    actors.demonitor(late);
    actors.demonitor(late);
    ref.send({ type: 'finish' });
    expect(await downs.reasons(2)).toEqual(['normal', 'normal']);
    await settled(here, there);
    expect([downs.all.length, ended.all.length]).toEqual([2, 0]);
    expect([here.actors.node.watches.size, there.actors.node.monitors.size]).toEqual([0, 0]);
  });

  test('not to a monitor that is ended while it is on its way', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, brittle);
    const ended = new Downs();
    const { actors } = here.node.cluster;
    // Both are told by one record: the first ends the second.
    const first = new Promise<void>((resolve) => {
      actors.monitor(ref, () => {
        second.stop();
        resolve();
      });
    });
    const second = actors.monitor(ref, ended.add);
    ref.send({ type: 'finish' });
    await first;
    await settled(here, there);
    expect(ended.all).toEqual([]);
  });

  test('never within `monitor`, also when there is nothing to wait for', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    await there.node.cluster.stop();
    if (here !== there) await here.node.journal.waitForDown(there.id, 2_000);
    const downs = new Downs();
    here.node.cluster.actors.monitor(ref, downs.add);
    here.node.cluster.actors.monitor(ref, downs.add).stop();
    expect(downs.all).toEqual([]);
    expect(await downs.reasons(1)).toEqual(['node_down']);
    await new Promise(setImmediate);
    expect(downs.all).toHaveLength(1);
  });

  test('behind everything that it had sent', async () => {
    const { here, there } = await start();
    const heard: unknown[] = [];
    const listener = await spawnOn(there, here, (message: unknown) => heard.push(message));
    const ref = await spawnOn(here, there, {
      ...server,
      handleCast: () => {
        for (let n = 0; n < 100; n += 1) listener.send(n);
        listener.send(new Uint8Array(200_000));
        throw new Error('enough');
      },
    });
    const down = downOf(here, ref);
    ref.send('go');
    expect(await down).toMatchObject({ reason: 'error', error: { message: 'enough' } });
    expect(heard).toHaveLength(101);
  });

  test('also when too much waits at that moment, and behind it', async () => {
    const { here, there } = await start({ limits: { maxDataQueueBytes: 100_000 } });
    const heard: unknown[] = [];
    const listener = await spawnOn(there, here, (message: unknown) => heard.push(message));
    const ref = await spawnOn(here, there, {
      ...server,
      handleCast: () => {
        listener.send(new Uint8Array(150_000));
        throw new Error('enough');
      },
    });
    const downs = [downOf(here, ref), downOf(here, ref)];
    ref.send('go');
    const told = await Promise.all(downs);
    expect(told.map(({ reason }) => reason)).toEqual(['error', 'error']);
    expect(heard).toHaveLength(1);
  });

  test('up to a number of monitors, and to no more', async () => {
    const { here, there } = await start({ limits: { maxMonitors: 2 } });
    const ref = await spawnOn(here, there, brittle);
    const downs = new Downs();
    const { actors } = here.node.cluster;
    actors.monitor(ref, downs.add);
    const second = actors.monitor(ref, downs.add);
    expect(() => actors.monitor(ref, downs.add)).toThrow(ActorLimitError);
    second.stop();
    actors.monitor(ref, downs.add);
    ref.send({ type: 'finish' });
    expect(await downs.reasons(2)).toEqual(['normal', 'normal']);
  });

  test('and nothing is left of 10,000 monitors that were ended', async () => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, echo);
    for (let round = 0; round < 10; round += 1) {
      for (let n = 0; n < 1_000; n += 1) here.node.cluster.actors.monitor(ref, () => {}).stop();
      await ref.ask(round);
    }
    expect([here.actors.node.watches.size, there.actors.node.monitors.size]).toEqual([0, 0]);
  });
});

describe('when a node is gone', () => {
  test('the end of its actors is told as `node_down`, once', async () => {
    const { here, there } = await startPair();
    const refs = [await spawnOn(here, there, echo), await spawnOn(here, there, brittle)];
    const downs = new Downs();
    for (const ref of refs) here.node.cluster.actors.monitor(ref, downs.add);
    await there.node.cluster.stop();
    expect(await downs.reasons(2)).toEqual(['node_down', 'node_down']);
    expect(downs.all.map(({ ref }) => ref)).toEqual(refs);
    expect(here.actors.node.watches.size).toBe(0);
  });

  test('nothing more is told to those that were ended meanwhile', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    const ended = new Downs();
    const { actors } = here.node.cluster;
    actors.monitor(ref, () => monitor.stop());
    const monitor = actors.monitor(ref, ended.add);
    const last = downOf(here, ref);
    await there.node.cluster.stop();
    expect((await last).reason).toBe('node_down');
    expect(ended.all).toEqual([]);
  });

  test('its monitors here are forgotten', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(there, here, echo);
    there.node.cluster.actors.monitor(ref, () => {});
    await settled(here, there);
    expect(here.actors.node.monitors.size).toBe(1);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    expect(here.actors.node.monitors.size).toBe(0);
  });

  test('that is this one, all its monitors tell it', async () => {
    const { here, there } = await startPair();
    const downs = new Downs();
    const actors = [await spawnOn(here, there, echo), await spawnOn(here, here, echo)];
    for (const ref of actors) here.node.cluster.actors.monitor(ref, downs.add);
    await here.node.cluster.stop();
    expect(await downs.reasons(2)).toEqual(['node_down', 'node_down']);
  });

  test('an actor of a life before is not taken for one of now', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    const { port } = there.node;
    const mark = here.node.journal.mark;
    await there.node.cluster.stop();
    const config = { nodeName: 'there', host: '127.0.0.1', port, seeds: [here.id] };
    onTestFinished(() => there.node.cluster.stop());
    await there.node.cluster.start(config);
    await here.node.journal.waitForUp(there.id, 2_000, mark);
    const next = await spawnOn(here, there, echo);
    expect(next.number).toBe(ref.number);
    expect((await downOf(here, ref)).reason).toBe('node_down');
  });
});

test('a node that may hold less than its watchers refuses what is more', async () => {
  const there = await startEnd('there', { limits: { maxMonitors: 1 } });
  const here = await startEnd('here', { seeds: [there.id] });
  await here.node.journal.waitForUp(there.id, 2_000);
  const ref = await spawnOn(here, there, brittle);
  const first = downOf(here, ref);
  expect(await downOf(here, ref)).toMatchObject({
    reason: 'error',
    error: { code: 'ACTOR_LIMIT', nodeId: there.id, limit: 'maxMonitors' },
  });
  ref.send({ type: 'finish' });
  expect((await first).reason).toBe('normal');
});

test.each([
  ['watch', []],
  ['watch', ['1', 1]],
  ['watch', [1, 'x']],
  ['unwatch', [{}]],
  ['unwatch', [77]],
  ['down', [1, 'normal']],
  ['down', []],
])('%s with fields such as %j harms nobody', async (verb, fields) => {
  const { here, there } = await startPair();
  const ref = await spawnOn(here, there, echo);
  here.actors.lineTo(there.id, ref.uid).send(0, [verb, ...fields]);
  expect(await ref.ask('x')).toBe('x');
  expect(there.actors.node.monitors.size).toBe(0);
});

test('an end that a node tells twice is told once', async () => {
  const { here, there } = await startPair();
  const ref = await spawnOn(here, there, echo);
  const downs = new Downs();
  here.node.cluster.actors.monitor(ref, downs.add);
  const back = there.actors.lineTo(here.id, here.actors.node.own.uid);
  for (const token of [1, 1, 1]) back.send(0, ['down', token, 'a later reason']);
  await settled(here, there);
  expect(downs.all).toEqual([{ ref, reason: 'error' }]);
  expect(here.actors.node.watches.size).toBe(0);
});

test('a node that watches twice by one number watches once', async () => {
  const { here, there } = await startPair();
  const [ref, other] = [await spawnOn(here, there, echo), await spawnOn(here, there, echo)];
  const line = here.actors.lineTo(there.id, ref.uid);
  for (const { number } of [ref, ref, other]) line.send(0, ['watch', 5, number]);
  await ref.ask('x');
  expect(there.actors.node.monitors.size).toBe(1);
  line.send(0, ['unwatch', 5]);
  await ref.ask('x');
  expect(there.actors.node.monitors.size).toBe(0);
});

test('another node can end no monitors but those of its own actors', async () => {
  const { here, there } = await startPair();
  const own = await spawnOn(here, here, echo);
  const downs = new Downs();
  here.node.cluster.actors.monitor(own, downs.add);
  const line = there.actors.lineTo(here.id, own.uid);
  for (let token = 0; token < 10; token += 1) line.send(0, ['down', token, 'normal']);
  await settled(here, there);
  expect(downs.all).toEqual([]);
  await own.stop();
  expect(await downs.reasons(1)).toEqual(['stopped']);
});

describe('who is told', () => {
  test('may be an actor, which takes the event `down`', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, brittle);
    const events: DownEvent[] = [];
    const watcher = createActor(
      setup({ types: { events: {} as DownEvent | { readonly type: 'other' } } }).createMachine({
        on: { down: { actions: ({ event }) => events.push(event) } },
      }),
    ).start();
    onTestFinished(() => void watcher.stop());
    here.node.cluster.actors.monitor(ref, watcher);
    const last = downOf(here, ref);
    ref.send({ type: 'break' });
    await last;
    expect(events).toMatchObject([
      { type: 'down', ref, reason: 'error', error: { name: 'RangeError' } },
    ]);
  });

  test('may be a reference, to an actor elsewhere', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, here, echo);
    const heard: unknown[] = [];
    const watcher = await spawnOn(here, there, (message: unknown) => heard.push(message));
    here.node.cluster.actors.monitor(ref, watcher);
    await ref.stop();
    await watcher.ask('x');
    expect(heard).toMatchObject([{ type: 'down', reason: 'stopped', ref: { id: ref.id } }, 'x']);
  });

  test('is a reference to a node that is gone, and then it is a dead letter', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, here, echo);
    const watcher = await spawnOn(here, there, echo);
    here.node.cluster.actors.monitor(ref, watcher);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    const letters: unknown[] = [];
    here.node.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
    await ref.stop();
    await settled(here, here);
    expect(letters).toMatchObject([{ target: watcher.id, reason: 'node_down', message: 'down' }]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('from the handler');
      },
    ],
    ['rejects', () => Promise.reject(new Error('from the handler'))],
    [
      'throws as an actor',
      {
        send: () => {
          throw new Error('from the handler');
        },
      },
    ],
  ])('is reported when it %s, and the others are told', async (_, handler) => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, brittle);
    here.node.cluster.actors.monitor(ref, handler);
    const last = downOf(here, ref);
    ref.send({ type: 'finish' });
    expect((await last).reason).toBe('normal');
    expect(await here.node.journal.waitForEvent('observer.failed', 1_000)).toMatchObject({
      observer: 'monitor',
      error: { message: 'from the handler' },
    });
    expect(await (await spawnOn(here, there, echo)).ask('x')).toBe('x');
  });

  test('must be a function or an actor', async () => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, echo);
    for (const handler of [undefined, null, 7, {}]) {
      const wrong = handler as unknown as () => void;
      expect(() => here.node.cluster.actors.monitor(ref, wrong)).toThrow(TypeError);
    }
    // Never called: the compiler is what is tested.
    const machine = setup({ types: { events: {} as { readonly type: 'other' } } }).createMachine(
      {},
    );
    // @ts-expect-error: it takes no event `down`
    const unfit = () => here.node.cluster.actors.monitor(ref, createActor(machine));
    expect(unfit).toBeTypeOf('function');
  });
});

describe('down$', () => {
  test('emits once and completes, for each who subscribes', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, brittle);
    const down$ = here.node.cluster.actors.down$(ref);
    expectTypeOf(down$.subscribe).toBeFunction();
    expect(here.actors.node.watches.size).toBe(0);
    const seen: (Down | string)[] = [];
    const observer = {
      next: (down: Down) => seen.push(down),
      complete: () => seen.push('complete'),
    };
    down$.subscribe(observer);
    down$.subscribe(observer);
    expect(here.actors.node.watches.size).toBe(2);
    const last = downOf(here, ref);
    ref.send({ type: 'finish' });
    await last;
    const down = { ref, reason: 'normal' };
    expect(seen).toEqual([down, 'complete', down, 'complete']);
  });

  test('ends its monitor with the subscription', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, brittle);
    const seen: unknown[] = [];
    here.node.cluster.actors
      .down$(ref)
      .subscribe((down) => seen.push(down))
      .unsubscribe();
    expect(here.actors.node.watches.size).toBe(0);
    const last = downOf(here, ref);
    ref.send({ type: 'finish' });
    await last;
    expect(seen).toEqual([]);
  });

  test('fails where a monitor would', async () => {
    const here = await startEnd('here', { limits: { maxMonitors: 1 } });
    const ref = await spawnOn(here, here, echo);
    const errors: unknown[] = [];
    const down$ = here.node.cluster.actors.down$(ref);
    down$.subscribe();
    down$.subscribe({ error: (error) => errors.push(error) });
    expect(errors).toMatchObject([{ code: 'ACTOR_LIMIT' }]);
  });
});

test('there is room for 100,000 monitors by default', () => {
  expect(LIMITS.maxMonitors).toBe(100_000);
});
