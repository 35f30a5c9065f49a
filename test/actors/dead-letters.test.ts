import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import type { ClusterConfig, ClusterEvent, DeadLetter } from '../../src/index.ts';
import { kindOf } from '../../src/inspect/dead-letter.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { createCounters } from '../../src/system/counters.ts';
import { A, B, virtualWorld } from '../api/virtual-nodes.ts';
import { type ActorEnd, spawnOn, startEnd, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';

const A_ID = NodeId.parse('a@10.0.0.1:4369');
const B_ID = NodeId.parse('b@10.0.0.2:4369');

const adder = setup({
  types: { context: {} as { readonly sum: number }, events: {} as { type: 'add'; by: number } },
}).createMachine({
  context: { sum: 0 },
  on: {
    add: {
      actions: assign({
        sum: ({ context, event }) => {
          if (event.by < 0) throw new RangeError('only upwards');
          return context.sum + event.by;
        },
      }),
    },
  },
});
const echo = (message: unknown) => message;

function lettersOf({ node }: { readonly node: ActorEnd['node'] }): readonly DeadLetter[] {
  const letters: DeadLetter[] = [];
  node.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
  return letters;
}

/** What was sent before has come to something, or to nothing. */
async function settled(from: ActorEnd, to: ActorEnd): Promise<void> {
  const last = await spawnOn(from, to, echo);
  await last.ask('x');
}

describe.each(PLACES)('a message to an actor %s is a dead letter', (_, start) => {
  test('when the actor is gone', async () => {
    const { here, there } = await start();
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, adder);
    await ref.stop();
    ref.send({ type: 'add', by: 1 });
    await settled(here, there);
    expect(letters).toEqual([
      { target: ref.id, from: here.id, reason: 'no_actor', message: 'add', count: 1 },
    ]);
  });

  test('when it is no event, and the actor is a machine', async () => {
    const { here, there } = await start();
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, adder);
    ref.send('text');
    await settled(here, there);
    expect(letters).toEqual([
      { target: ref.id, from: here.id, reason: 'not_an_event', message: 'string', count: 1 },
    ]);
  });

  test('when the function throws, or its promise rejects', async () => {
    const { here, there } = await start();
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, (message: unknown) => {
      if (message === 1) throw new RangeError('at once');
      return Promise.reject(new RangeError('later'));
    });
    ref.send(1);
    ref.send(['later']);
    await settled(here, there);
    expect(letters).toMatchObject([
      { target: ref.id, reason: 'threw', message: 'number', error: { message: 'at once' } },
      { target: ref.id, reason: 'threw', message: 'array', error: { message: 'later' } },
    ]);
  });

  test('when the machine throws: that one, and no other', async () => {
    const { here, there } = await start();
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, adder);
    for (const by of [1, -1, 2]) ref.send({ type: 'add', by });
    await settled(here, there);
    expect(letters).toMatchObject([
      { target: ref.id, reason: 'threw', message: 'add', error: { message: 'only upwards' } },
      { target: ref.id, reason: 'no_actor', message: 'add' },
    ]);
  });

  test('when the server throws, and so is what waited behind it', async () => {
    const { here, there } = await start();
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, {
      init: () => 0,
      handleCall: () => ['answer', 0],
      handleCast: async (message: { readonly type: string }) => {
        await new Promise(setImmediate);
        if (message.type === 'bad') throw new RangeError('no');
        return 0;
      },
    });
    for (const type of ['good', 'bad', 'behind', 'also behind']) ref.send({ type });
    await expect(ref.ask({ type: 'asked' })).rejects.toMatchObject({ reason: 'stopped' });
    await settled(here, there);
    expect(letters).toMatchObject([
      { target: ref.id, reason: 'threw', message: 'bad', error: { message: 'no' } },
      { target: ref.id, reason: 'stopped', message: 'behind' },
      { target: ref.id, reason: 'stopped', message: 'also behind' },
    ]);
  });

  test('when the mailbox is full', async () => {
    const { here, there } = await start({ limits: { maxMailbox: 2 } });
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, {
      init: () => 0,
      handleCall: () => [1, 0],
      handleCast: () => new Promise(() => {}),
    });
    for (const type of ['worked on', 'first', 'second', 'third']) ref.send({ type });
    await settled(here, there);
    expect(letters).toMatchObject([
      { target: ref.id, from: here.id, reason: 'mailbox_full', message: 'third' },
    ]);
  });

  test('when too many promises of a function are under way, until one has settled', async () => {
    const { here, there } = await start({ limits: { maxMailbox: 2 } });
    const letters = lettersOf(there);
    const open: (() => void)[] = [];
    const ref = await spawnOn(here, there, (message: { readonly type: string }) => {
      if (message.type === 'at once') return 'done';
      return new Promise<void>((resolve) => open.push(resolve));
    });
    for (const type of ['at once', 'first', 'at once', 'second', 'third']) ref.send({ type });
    await expect(ref.ask({ type: 'fourth' })).rejects.toMatchObject({
      ...{ reason: 'busy', delivered: 'no' },
    });
    expect(open).toHaveLength(2);
    expect(letters).toMatchObject([
      { target: ref.id, from: here.id, reason: 'mailbox_full', message: 'third' },
    ]);
    open[0]?.();
    await settled(here, there);
    expect(await ref.ask({ type: 'at once' })).toBe('done');
    const answered = ref.ask({ type: 'fifth' });
    await settled(here, there);
    await expect(ref.ask({ type: 'sixth' })).rejects.toMatchObject({ reason: 'busy' });
    open[2]?.();
    expect(await answered).toBe(undefined);
    expect(await ref.ask({ type: 'at once' })).toBe('done');
    expect(letters).toHaveLength(1);
  });
});

describe('a dead letter', () => {
  test('is what is sent to a node that is gone', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    const letters = lettersOf(here);
    ref.send({ type: 'late', password: 'hunter2' });
    expect(letters).toEqual([
      { target: ref.id, from: here.id, reason: 'node_down', message: 'late', count: 1 },
    ]);
  });

  test('is not what was sent before the node says goodbye, or hangs up', async () => {
    for (const end of ['stop', 'disconnect'] as const) {
      const { here, there } = await startPair();
      const heard: unknown[] = [];
      const letters = lettersOf(here);
      const ref = await spawnOn(here, there, (message: unknown) => heard.push(message));
      ref.send('last words');
      const { cluster } = here.node;
      await (end === 'stop' ? cluster.stop() : cluster.disconnect(there.id));
      await there.node.journal.waitForDown(here.id, 2_000);
      expect([heard, letters]).toEqual([['last words'], []]);
    }
  });

  test('is not what is asked: that rejects', async () => {
    const { here, there } = await startPair();
    const letters = [lettersOf(here), lettersOf(there)];
    const ref = await spawnOn(here, there, adder);
    await expect(ref.ask('text')).rejects.toMatchObject({ reason: 'not_an_event' });
    await ref.stop();
    await expect(ref.ask({ type: 'add' })).rejects.toMatchObject({ reason: 'no_actor' });
    expect(letters).toEqual([[], []]);
  });

  test('is an answer for which there is no room', async () => {
    const limits = { maxDataQueueBytes: 150_000, maxMessageBytes: 400_000 };
    const { here, there } = await startPair({ limits });
    const letters = lettersOf(there);
    const ref = await spawnOn(here, there, () => new Uint8Array(100_000));
    const asked = ['a', 'b', 'c'].map((type) => ref.ask({ type }, { timeoutMs: 100 }));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(letters).toMatchObject([{ from: there.id, reason: 'overloaded', message: 'object' }]);
    expect(letters[0]?.target).toMatch(new RegExp(`^${here.id}/ask/\\d+$`));
  });

  test('that a subscriber causes while it is told of one is only counted', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    const letters = lettersOf(here);
    here.node.cluster.actors.deadLetters$.subscribe((letter) => ref.send(letter));
    ref.send('first');
    ref.send('second');
    expect(letters).toHaveLength(2);
  });

  test('is told until whoever listens unsubscribes', async () => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, adder);
    const letters: DeadLetter[] = [];
    const { deadLetters$ } = here.node.cluster.actors;
    const subscription = deadLetters$.subscribe((letter) => {
      letters.push(letter);
      subscription.unsubscribe();
    });
    ref.send('one');
    ref.send('two');
    await settled(here, here);
    expect(letters).toHaveLength(1);
  });
});

/** Two nodes on a virtual clock; a has a reference to an actor of b. */
async function virtualEnds(config: Omit<Partial<ClusterConfig>, 'host'> = {}) {
  const world = virtualWorld();
  const counters = createCounters();
  const events: ClusterEvent[] = [];
  const actors = new Actors();
  const a = { node: world.node(A, { actors, counters }), counters };
  const thereActors = new Actors();
  let heard = 0;
  thereActors.behaviors.register('echo', (message: unknown) => {
    heard += 1;
    return message;
  });
  const b = world.node(B, { actors: thereActors });
  await world.start(a.node, { ...config, host: A });
  await world.start(b, { ...config, host: B, seeds: [A_ID] });
  await world.advance(500);
  a.node.cluster.events$.subscribe((event) => events.push(event));
  const refs: Ref[] = [];
  void actors.spawn('echo', { on: B_ID }).then((ref) => refs.push(ref));
  await world.advance(500);
  const [ref] = refs;
  if (!ref) throw new Error('it was spawned');
  const dead = () => events.filter((event) => event.type === 'letter.dead');
  return { world, a: a.node, b, counters, ref, dead, heard: () => heard };
}

describe('what waits for a node when it is lost', () => {
  test('is told of as one dead letter with its number, and counted', async () => {
    const { world, a, counters, ref, dead } = await virtualEnds();
    const letters: DeadLetter[] = [];
    a.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
    world.network.stall(A, B);
    const outcomes: unknown[] = [];
    // What the link takes ahead is beyond the knowledge of this node; the rest waits here.
    for (let sent = 0; sent < 20; sent += 1) ref.send(new Uint8Array(60_000));
    ref.ask('x').catch((error: unknown) => outcomes.push(error));
    await world.advance(1);
    const waiting = ref.queuedBytes;
    expect(waiting).toBeGreaterThan(800_000);
    await world.advance(10_000);
    expect(a.cluster.getConnectedNodeCount()).toBe(0);
    const count = letters[0]?.count ?? 0;
    expect(letters).toEqual([
      {
        target: `${B_ID}/${ref.uid.slice(0, 8)}`,
        from: A_ID,
        reason: 'lost',
        message: null,
        count,
      },
    ]);
    // All but what the link had taken ahead, and what was on its way.
    expect(count).toBe(14);
    expect(counters.get('letters.lost')).toBe(14);
    expect(counters.get('letters.dead')).toBe(0);
    expect(outcomes).toMatchObject([{ reason: 'node_down' }]);
    expect(dead()).toMatchObject([{ reason: 'lost', count: 14, suppressed: 0 }]);
  });

  test('is told of, too, when this node hangs up', async () => {
    const { world, a, counters, ref } = await virtualEnds();
    for (let sent = 0; sent < 20; sent += 1) ref.send(new Uint8Array(60_000));
    void a.cluster.disconnect(B_ID);
    await world.advance(100);
    expect(counters.get('letters.lost')).toBe(14);
  });

  test('is nothing when the link has taken all', async () => {
    const { world, a, counters, ref } = await virtualEnds();
    for (let sent = 0; sent < 5; sent += 1) ref.send(sent);
    void a.cluster.disconnect(B_ID);
    await world.advance(100);
    expect(counters.get('letters.lost')).toBe(0);
  });
});

test('what a link had taken charge of when another one took its place is told of by the receiver', async () => {
  const [old, next] = ['old-secret-of-16-bytes', 'new-secret-of-16-bytes'];
  const config = { clusterSecret: [old], limits: { secretGraceMs: 6_000, closeTimeoutMs: 20 } };
  const { world, a, b, ref, heard } = await virtualEnds({ ...config, heartbeatMissThreshold: 30 });
  const letters: DeadLetter[] = [];
  b.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
  let opened = 0;
  a.cluster.events$.subscribe(({ type }) => {
    if (type === 'session.opened') opened += 1;
  });
  // More than the old link can be rid of in the time that it is given.
  world.network.setConditions(A, B, { latencyMs: { min: 1, max: 1 }, bytesPerSecond: 60_000 });
  for (let sent = 0; sent < 100; sent += 1) ref.send(new Uint8Array(10_000));
  for (const { cluster } of [a, b]) cluster.setSecrets([next, old]);
  await world.advance(8_000);
  world.network.setConditions(A, B);
  await world.advance(3_000);
  expect(opened).toBe(1);
  expect(a.cluster.getConnectedNodeCount()).toBe(1);
  const lost = 100 - heard();
  expect(lost).toBeGreaterThan(0);
  expect(letters).toMatchObject([{ reason: 'lost', from: A_ID, message: null, count: lost }]);
});

test('of a flood of dead letters events and log tell once in a while, and how many were left out', async () => {
  const { world, a, counters, ref, dead } = await virtualEnds();
  const letters: DeadLetter[] = [];
  a.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
  void a.cluster.disconnect(B_ID);
  await world.advance(10);
  for (let sent = 0; sent < 1_000; sent += 1) ref.send({ type: 'x' });
  expect(dead()).toMatchObject([{ reason: 'node_down', target: ref.id, suppressed: 0 }]);
  await world.advance(10_000);
  ref.send({ type: 'x' });
  expect(dead()).toHaveLength(2);
  expect(dead()[1]).toMatchObject({ suppressed: 999 });
  expect(letters).toHaveLength(1_001);
  expect(counters.get('letters.dead')).toBe(1_001);
});

test('a log line says what came to nothing, and nothing of what was in it', async () => {
  const lines: { fields: object; text: string }[] = [];
  const note = (fields: object, text: string) => lines.push({ fields, text });
  const logger = { debug() {}, info() {}, warn: note, error: note };
  const here = await startEnd('here', { logger });
  const ref = await spawnOn(here, here, adder);
  await ref.stop();
  ref.send({ type: 'sub', by: 'hunter2' });
  await settled(here, here);
  expect(lines.map(({ text }) => text)).toEqual([
    `chartmesh a message ("sub") from ${here.id} to ${ref.id} came to nothing (no_actor)`,
  ]);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test.each([
  ['throws', (error: Error) => raise(error)],
  ['rejects', (error: Error) => Promise.reject(error)],
])('a server whose terminate %s is told of as an event', async (_, fail) => {
  const here = await startEnd('here');
  const letters = lettersOf(here);
  const ref = await spawnOn(here, here, {
    init: () => 0,
    handleCall: () => [1, 0],
    handleCast: () => 0,
    terminate: () => fail(new Error('at the end')),
  });
  await ref.stop();
  expect(here.node.journal.events('observer.failed')).toMatchObject([
    { observer: 'terminate', error: { message: 'at the end' } },
  ]);
  expect(letters).toEqual([]);
});

test.each([
  [{ type: 'add', by: 1 }, 'add'],
  [{ type: 'x'.repeat(1_000) }, 'x'.repeat(100)],
  [{ type: 5 }, 'object'],
  [[1], 'array'],
  ['text', 'string'],
  [null, 'null'],
  [undefined, 'undefined'],
])('of %o a letter tells %j', (message, kind) => {
  expect(kindOf(message)).toBe(kind);
});

test('of a message whose getters throw a letter tells that it is an object', () => {
  const message = {
    get type() {
      throw new Error('no');
    },
  };
  expect(kindOf(message)).toBe('object');
});

function raise(error: Error): never {
  throw error;
}
