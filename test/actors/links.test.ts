import { describe, expect, onTestFinished, test } from 'vitest';
import { createActor, setup } from 'xstate';
import type { Ref } from '../../src/actors/ref.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import { ActorLinkError, type ClusterConfig } from '../../src/index.ts';
import { type ActorEnd, spawnOn, startEnd, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';
import { brittle } from './brittle.ts';
import { downOf, settled } from './downs.ts';

const echo = (message: unknown) => message;

/** A machine that answers as long as it lives. */
const alive = setup({
  types: { events: {} as { readonly type: 'ask'; readonly replyTo: ReplyTo } },
}).createMachine({
  on: { ask: { actions: ({ event }) => event.replyTo.send('alive') } },
});

async function startThree(config: Partial<ClusterConfig> = {}) {
  const a = await startEnd('a', config);
  const b = await startEnd('b', { ...config, seeds: [a.id] });
  const c = await startEnd('c', { ...config, seeds: [a.id, b.id] });
  const ends = [a, b, c];
  for (const end of ends) {
    for (const other of ends) {
      if (other !== end) await end.node.journal.waitForUp(other.id, 2_000);
    }
  }
  return { a, b, c };
}

function linksOf(...ends: readonly ActorEnd[]): readonly (readonly [number, number, number])[] {
  return ends.map(({ actors: { node } }) => [
    node.links.size,
    node.watches.size,
    node.monitors.size,
  ]);
}

function startChild() {
  const parent = createActor(
    setup({ actors: { alive } }).createMachine({ invoke: { src: 'alive', id: 'child' } }),
  ).start();
  onTestFinished(() => void parent.stop());
  const { child } = parent.getSnapshot().children;
  if (!child) throw new Error('it was invoked');
  return child;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'no failure',
    (error: unknown) => error,
  );
}

describe.each(PLACES)('an actor %s', (_, start) => {
  async function linked(one: unknown = brittle, two: unknown = alive) {
    const { here, there } = await start();
    const a = await spawnOn(here, there, one);
    const b = await spawnOn(here, here, two);
    await here.node.cluster.actors.link(a, b);
    return { here, there, a, b };
  }

  test.each([
    ['a machine', alive],
    ['a function', echo],
    [
      'a server',
      {
        init: () => 0,
        handleCall: () => ['x', 0],
        handleCast: (_: unknown, state: unknown) => state,
      },
    ],
  ])('that fails takes the linked one along: %s', async (_kind, behavior) => {
    const { here, a, b } = await linked(brittle, behavior);
    const down = downOf(here, b);
    a.send({ type: 'break' });
    expect(await down).toMatchObject({
      reason: 'error',
      error: {
        name: 'LinkedActorError',
        code: 'LINKED_ACTOR_DOWN',
        message: `The linked actor ${a.id} is down (error)`,
        cause: { name: 'RangeError', message: 'broken' },
      },
    });
    expect(await b.stop()).toBe(false);
  });

  test('takes along one that checks its messages and is restarted on errors, for good', async () => {
    const { here, there } = await start();
    const schema = {
      '~standard': { version: 1 as const, vendor: 'x', validate: (value: unknown) => ({ value }) },
    };
    here.actors.behaviors.register('kept', alive, { schema, restart: { when: 'always' } });
    const a = await spawnOn(here, there, brittle);
    const b = await here.actors.spawn('kept');
    await here.node.cluster.actors.link(a, b);
    const down = downOf(here, b);
    a.send({ type: 'break' });
    expect(await down).toMatchObject({ reason: 'error', error: { name: 'LinkedActorError' } });
    await settled(here, there);
    expect(await b.stop()).toBe(false);
  });

  test('is taken along as well, whoever was named first', async () => {
    const { here, a, b } = await linked(alive, brittle);
    const down = downOf(here, a);
    b.send({ type: 'break' });
    expect(await down).toMatchObject({ reason: 'error', error: { name: 'LinkedActorError' } });
  });

  test.each([
    ['is done', (ref: Ref) => ref.send({ type: 'finish' }), 'normal'],
    ['is stopped', (ref: Ref) => ref.stop(), 'stopped'],
  ])('that %s leaves the linked one alone, and no link', async (_how, end, reason) => {
    const { here, there, a, b } = await linked();
    const down = downOf(here, a);
    await end(a);
    expect((await down).reason).toBe(reason);
    await settled(here, there);
    expect(await b.ask({ type: 'ask' })).toBe('alive');
    expect(linksOf(here, there)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('that has ended before takes the other along as it is linked', async () => {
    const { here, there } = await start();
    const [a, b] = [await spawnOn(here, there, alive), await spawnOn(here, here, alive)];
    await a.stop();
    const down = downOf(here, b);
    await here.node.cluster.actors.link(a, b);
    expect(await down).toMatchObject({
      reason: 'error',
      error: { message: `The linked actor ${a.id} is down (no_actor)` },
    });
  });

  test('that is done right after it was linked leaves the other alone', async () => {
    const { here, there } = await start();
    const [a, b] = [await spawnOn(here, there, brittle), await spawnOn(here, here, alive)];
    await here.node.cluster.actors.link(b, a);
    a.send({ type: 'finish' });
    expect((await downOf(here, a)).reason).toMatch(/normal|no_actor/);
    await settled(here, there);
    expect(await b.ask({ type: 'ask' })).toBe('alive');
  });

  test('is not taken along once it is unlinked, whoever was named first', async () => {
    const { here, there, a, b } = await linked();
    await here.node.cluster.actors.link(b, a);
    expect(linksOf(here)).toEqual([here === there ? [2, 2, 2] : [1, 1, 1]]);
    await here.node.cluster.actors.unlink(b, a);
    expect(linksOf(here, there)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
    const down = downOf(here, a);
    a.send({ type: 'break' });
    await down;
    await settled(here, there);
    expect(await b.ask({ type: 'ask' })).toBe('alive');
  });

  test('cannot be unlinked if it was not linked, and nothing happens', async () => {
    const { here, there } = await start();
    const [a, b] = [await spawnOn(here, there, alive), await spawnOn(here, here, alive)];
    await here.node.cluster.actors.unlink(a, b);
    await here.node.cluster.actors.link(a, a);
    expect(linksOf(here)).toEqual([[0, 0, 0]]);
    expect(await a.ask({ type: 'ask' })).toBe('alive');
  });
});

test('a chain of links ends from one end to the other', async () => {
  const { a, b, c } = await startThree();
  const first = await spawnOn(a, a, brittle);
  const rest = [await spawnOn(a, b, alive), await spawnOn(a, c, alive), await spawnOn(a, b, echo)];
  let before: Ref = first;
  for (const ref of rest) {
    await a.node.cluster.actors.link(before, ref);
    before = ref;
  }
  const downs = Promise.all(rest.map((ref) => downOf(a, ref)));
  first.send({ type: 'break' });
  const told = await downs;
  expect(told.map(({ reason }) => reason)).toEqual(['error', 'error', 'error']);
  expect(told.at(-1)?.error).toMatchObject({
    message: expect.stringContaining(rest[1]?.id ?? '-'),
    cause: {
      message: expect.stringContaining(rest[0]?.id ?? '-'),
      cause: { message: expect.stringContaining(first.id), cause: { message: 'broken' } },
    },
  });
});

describe('a link of two actors elsewhere', () => {
  test('outlives the node that made it', async () => {
    const { a, b, c } = await startThree();
    const [one, two] = [await spawnOn(c, a, brittle), await spawnOn(c, b, alive)];
    await c.node.cluster.actors.link(one, two);
    await c.node.cluster.stop();
    const down = downOf(b, two);
    a.actors.lineTo(a.id, one.uid).send(one.number, { type: 'break' });
    expect(await down).toMatchObject({ reason: 'error', error: { name: 'LinkedActorError' } });
  });

  test('ends the one whose node loses that of the other', async () => {
    const { a, b, c } = await startThree();
    const [one, two] = [await spawnOn(c, a, alive), await spawnOn(c, b, alive)];
    await c.node.cluster.actors.link(one, two);
    const down = downOf(c, two);
    await settled(c, b);
    await a.node.cluster.stop();
    expect(await down).toMatchObject({
      reason: 'error',
      error: { message: `The linked actor ${one.id} is down (node_down)` },
    });
    expect(linksOf(b, c)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('is made by the second node when this one has lost the first', async () => {
    const { here, there } = await startPair();
    const lost = await spawnOn(here, there, echo);
    const own = await spawnOn(here, here, alive);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    const { actors } = here.node.cluster;
    for (const pair of [[lost, own] as const, [own, lost] as const]) {
      const error = await failureOf(actors.link(...pair));
      expect(error).toBeInstanceOf(ActorLinkError);
      expect(error).toMatchObject({
        ...{ code: 'ACTOR_LINK_FAILED', reason: 'node_down', retryable: true },
        targets: [pair[0].id, pair[1].id],
      });
      await actors.unlink(...pair);
    }
    expect(await failureOf(actors.unlink(lost, lost))).toBe('no failure');
    expect(await own.ask({ type: 'ask' })).toBe('alive');
    expect(linksOf(here)).toEqual([[0, 0, 0]]);
  });
});

test('an actor of a life before is not linked in the shape of one of now', async () => {
  const { here, there } = await startPair();
  const before = await spawnOn(here, there, alive);
  const own = await spawnOn(here, here, alive);
  const { port } = there.node;
  const mark = here.node.journal.mark;
  await there.node.cluster.stop();
  const config = { nodeName: 'there', host: '127.0.0.1', port, seeds: [here.id] };
  onTestFinished(() => there.node.cluster.stop());
  await there.node.cluster.start(config);
  await here.node.journal.waitForUp(there.id, 2_000, mark);
  const now = await spawnOn(here, there, alive);
  expect(now.number).toBe(before.number);
  const linked = here.node.cluster.actors.link(own, before);
  expect(await failureOf(linked)).toMatchObject({ reason: 'node_down' });
  expect(linksOf(here)).toEqual([[0, 0, 0]]);
});

describe('a link that cannot be made', () => {
  test.each([
    ['the first', { there: 1, here: 100 }],
    ['the second', { there: 100, here: 1 }],
  ])('since the node of %s holds too much leaves nothing behind', async (_, max) => {
    const there = await startEnd('there', { limits: { maxMonitors: max.there } });
    const here = await startEnd('here', {
      seeds: [there.id],
      limits: { maxMonitors: max.here },
    });
    await here.node.journal.waitForUp(there.id, 2_000);
    const [a, b] = [await spawnOn(here, there, alive), await spawnOn(here, here, alive)];
    const [first, second] = [await spawnOn(here, there, echo), await spawnOn(here, here, echo)];
    const { actors } = here.node.cluster;
    await actors.link(first, second);
    expect(await failureOf(actors.link(a, b))).toMatchObject({ reason: 'full' });
    await settled(here, there);
    expect(linksOf(here, there)).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
    await a.stop();
    expect(await b.ask({ type: 'ask' })).toBe('alive');
  });

  test('since another node has asked for too many leaves room for the others', async () => {
    const { a, b, c } = await startThree({ limits: { maxMonitors: 2 } });
    const own = await spawnOn(a, a, alive);
    const ofB = [];
    for (let n = 0; n < 3; n += 1) ofB.push(await spawnOn(b, b, alive));
    const [first, second, third] = ofB;
    if (!first || !second || !third) throw new Error('three were spawned');
    const asks = b.actors.lineTo(a.id, own.uid);
    for (const other of [first, second]) {
      expect(await asks.ask(0, ['linked', own.number, other])).toBe('done');
    }
    expect(await asks.ask(0, ['linked', own.number, third])).toBe('full');
    // Whoever takes part in it, and whichever node holds it: they were not the ones who asked.
    const monitor = a.node.cluster.actors.monitor(own, () => {});
    const ofC = await spawnOn(c, c, alive);
    expect(await c.actors.lineTo(a.id, own.uid).ask(0, ['linked', own.number, ofC])).toBe('done');
    monitor.stop();
    for (const other of [first, second]) await asks.ask(0, ['unlinked', own.number, other]);
    expect(await asks.ask(0, ['linked', own.number, third])).toBe('done');
    for (const other of [third, ofC]) await asks.ask(0, ['unlinked', own.number, other]);
    expect(a.actors.node.watches.size).toBe(0);
  });

  /** The other node may hold one monitor of each node, and holds one of this node already. */
  async function startNarrow(watched: 'far' | 'another') {
    const there = await startEnd('there', { limits: { maxMonitors: 1 } });
    const here = await startEnd('here', { seeds: [there.id] });
    await here.node.journal.waitForUp(there.id, 2_000);
    const far = await spawnOn(here, there, alive);
    const near = await spawnOn(here, here, alive);
    const held = watched === 'far' ? far : await spawnOn(here, there, echo);
    here.node.cluster.actors.monitor(held, () => {});
    return { here, there, far, near };
  }

  test.each([
    ['the first', (far: Ref, near: Ref) => [near, far] as const],
    ['the second', (far: Ref, near: Ref) => [far, near] as const],
  ])(
    'since the node of %s is not told of the other actor leaves nothing behind',
    async (_, pair) => {
      const { here, there, far, near } = await startNarrow('another');
      const linked = here.node.cluster.actors.link(...pair(far, near));
      expect(await failureOf(linked)).toMatchObject({ reason: 'full' });
      await settled(here, there);
      expect(linksOf(here, there)).toEqual([
        [0, 1, 0],
        [0, 0, 1],
      ]);
      for (const ref of [far, near]) expect(await ref.ask({ type: 'ask' })).toBe('alive');
    },
  );

  test('is undone by the nodes themselves', async () => {
    const { here, there, far, near } = await startNarrow('another');
    const own = here.actors.node.own;
    expect(await own.ask(0, ['link', near.number, far])).toBe('full');
    const child = startChild();
    const ref = here.node.cluster.actors.expose(child);
    const line = here.actors.lineTo(there.id, far.uid);
    expect(await line.ask(0, ['link', far.number, ref])).toBe('not_stoppable');
    await settled(here, there);
    expect(linksOf(here, there)).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
  });

  test('on one side is none on the other', async () => {
    const { here, there, far, near } = await startNarrow('far');
    // Its node takes the monitor that is there for the one of the link.
    await here.node.cluster.actors.link(far, near);
    await settled(here, there);
    await settled(here, there);
    expect(linksOf(here, there)).toEqual([
      [0, 1, 0],
      [0, 0, 1],
    ]);
    for (const ref of [far, near]) expect(await ref.ask({ type: 'ask' })).toBe('alive');
  });

  test('before the signal is aborted is not made later either', async () => {
    const { here, there } = await startPair();
    const [a, b] = [await spawnOn(here, there, alive), await spawnOn(here, here, alive)];
    const { actors } = here.node.cluster;
    const controller = new AbortController();
    const cancelled = failureOf(actors.link(a, b, { signal: controller.signal }));
    controller.abort(new Error('enough'));
    expect(await cancelled).toMatchObject({ reason: 'cancelled' });
    await settled(here, there);
    const aborted = AbortSignal.abort();
    expect(await failureOf(actors.link(a, b, { signal: aborted }))).toMatchObject({
      reason: 'cancelled',
    });
    await settled(here, there);
    await settled(here, there);
    expect(linksOf(here, there)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  test('since one is a child names that', async () => {
    const { here, there } = await startPair();
    const far = await spawnOn(here, there, alive);
    const { actors } = here.node.cluster;
    const ref = actors.expose(startChild());
    for (const pair of [[far, ref] as const, [ref, far] as const]) {
      expect(await failureOf(actors.link(...pair))).toMatchObject({
        reason: 'not_stoppable',
        retryable: false,
      });
    }
    await settled(here, there);
    expect(linksOf(here, there)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });
});

test.each([
  ['link', []],
  ['link', ['1', null]],
  ['linked', [1, 'somebody']],
  ['unlink', [{}, 7]],
  ['unlinked', [1]],
])('%s with fields such as %j fails, and harms nobody', async (verb, fields) => {
  const { here, there } = await startPair();
  const ref = await spawnOn(here, there, echo);
  const line = here.actors.lineTo(there.id, ref.uid);
  expect(await failureOf(line.ask(0, [verb, ...fields]))).toMatchObject({ reason: 'failed' });
  expect(await ref.ask('x')).toBe('x');
});

test('the service of a node cannot be linked, and lives on', async () => {
  const { here, there } = await startPair();
  const ref = await spawnOn(here, there, brittle);
  const other = await spawnOn(here, there, echo);
  const line = here.actors.lineTo(there.id, ref.uid);
  expect(await failureOf(line.ask(0, ['link', 0, ref]))).toMatchObject({ reason: 'failed' });
  const downs = [downOf(here, ref), downOf(here, other)];
  ref.send({ type: 'break' });
  await downs[0];
  await other.stop();
  expect((await downs[1])?.reason).toBe('stopped');
  await settled(here, there);
  expect(linksOf(here, there)).toEqual([
    [0, 0, 0],
    [0, 0, 0],
  ]);
});
