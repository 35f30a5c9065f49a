import { describe, expect, onTestFinished, test } from 'vitest';
import { fromTransition, setup } from 'xstate';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import type { NameLost, ReplyTo } from '../../src/index.ts';
import {
  AskError,
  type ClusterConfig,
  ClusterNotStartedError,
  NameError,
  NameTakenError,
} from '../../src/index.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { createCounters } from '../../src/system/counters.ts';
import { LocalNode } from '../support/local-node.ts';
import { type ActorEnd, spawnOn, startEnd, startPair } from './actor-pair.ts';

const echo = (message: unknown) => message;

/** A machine that ends when it is told to. */
const mortal = setup({}).createMachine({
  initial: 'alive',
  states: { alive: { on: { end: 'over' } }, over: { type: 'final' } },
});

function namesOf(end: ActorEnd) {
  return end.node.cluster.actors;
}

/** Once everything that one node has told has come to the other: an ask takes the same way. */
async function heard(by: ActorEnd, from: ActorEnd): Promise<void> {
  await namesOf(by).whereis('nobody', { on: from.id });
}

async function join(newcomer: string, to: ActorEnd, config: Partial<ClusterConfig> = {}) {
  const end = await startEnd(newcomer, { ...config, seeds: [to.id] });
  await Promise.all([
    end.node.journal.waitForUp(to.id, 2_000),
    to.node.journal.waitForUp(end.id, 2_000),
  ]);
  return end;
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** So that the next registration is a later one. */
function nextMillisecond(): void {
  const now = Date.now();
  while (Date.now() === now);
}

describe('a name of the cluster', () => {
  test.each([['here'], ['there']])('is found on every node (actor %s)', async (place) => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, place === 'here' ? here : there, echo);
    expect(namesOf(here).whereis('echo')).toBeUndefined();
    await namesOf(here).register('echo', ref);
    // At once where it was given.
    expect(ref.equals(namesOf(here).whereis('echo'))).toBe(true);
    await heard(there, here);
    const found = namesOf(there).whereis('echo');
    expect(ref.equals(found)).toBe(true);
    expect(await found?.ask('hello')).toBe('hello');
    expect(String([...namesOf(there).names()])).toBe(`echo,${ref.id}`);
  });

  test('is refused while a live actor has it, and that one is named', async () => {
    const { here, there } = await startPair();
    const [first, second] = [await spawnOn(here, here, echo), await spawnOn(here, there, echo)];
    await namesOf(here).register('x', first);
    await heard(there, here);
    for (const end of [here, there]) {
      const error = await failure(namesOf(end).register('x', second));
      expect(error).toBeInstanceOf(NameTakenError);
      expect(error).toMatchObject({ code: 'NAME_TAKEN', actorName: 'x', holder: { id: first.id } });
    }
    await namesOf(there).register('x', first);
    expect(first.equals(namesOf(there).whereis('x'))).toBe(true);
  });

  test('is refused by the node of the actor, too, when the one that asks has not heard', async () => {
    const { here, there } = await startPair();
    const [first, second] = [await spawnOn(there, there, echo), await spawnOn(here, there, echo)];
    const asked = [
      namesOf(there).register('x', first),
      failure(namesOf(here).register('x', second)),
    ];
    expect(await Promise.all(asked)).toEqual([
      undefined,
      expect.objectContaining({
        code: 'NAME_TAKEN',
        holder: expect.toSatisfy(first.equals.bind(first)),
      }),
    ]);
  });

  test('is refused when the node that asks knows it, and the node of the actor does not', async () => {
    const { here, there } = await startPair();
    const third = await join('third', there);
    await here.node.journal.waitForUp(third.id, 2_000);
    const [first, second] = [await spawnOn(third, third, echo), await spawnOn(here, there, echo)];
    await there.node.cluster.disconnect(third.id);
    await namesOf(third).register('x', first);
    await heard(here, third);
    expect(namesOf(there).whereis('x')).toBeUndefined();
    expect(await failure(namesOf(here).register('x', second))).toBeInstanceOf(NameTakenError);
  });

  test('is free again once it is unregistered, by whatever node', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, here, echo);
    await namesOf(here).register('x', ref);
    await heard(there, here);
    expect(await namesOf(there).unregister('x')).toBe(true);
    expect(namesOf(there).whereis('x')).toBeUndefined();
    expect(namesOf(here).whereis('x')).toBeUndefined();
    expect(await namesOf(there).unregister('x')).toBe(false);
    const other = await spawnOn(here, there, echo);
    await namesOf(here).register('x', other);
    expect(other.equals(namesOf(here).whereis('x'))).toBe(true);
  });

  test.each([
    ['is stopped', (ref: Ref) => ref.stop()],
    ['comes to its end', async (ref: Ref) => ref.send({ type: 'end' })],
  ])('is free again when the actor %s', async (_, end) => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, mortal);
    await namesOf(here).register('x', ref);
    await namesOf(here).register('another', ref);
    await end(ref);
    await heard(here, there);
    expect([namesOf(here).names().size, namesOf(there).names().size]).toEqual([0, 0]);
  });

  test('is gone when nodeDown tells that the node of the actor is, whoever gave it', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    await namesOf(here).register('x', ref);
    const seen = new Promise((resolve) => {
      here.node.cluster.onNodeDown(() => resolve(namesOf(here).whereis('x')));
    });
    await there.node.cluster.stop();
    expect(await seen).toBeUndefined();
  });

  test('is known to a newcomer after its first round trip, and so are many', async () => {
    const first = await startEnd('first');
    const ref = await spawnOn(first, first, echo);
    const names = Array.from({ length: 1_000 }, (_, i) => `name ${String(i).padStart(4, '0')}`);
    await Promise.all(names.map((name) => namesOf(first).register(name, ref)));
    const late = await join('late', first);
    await heard(late, first);
    expect([...namesOf(late).names().keys()]).toEqual(names);
  });
});

describe('a name on one node', () => {
  test('is found there, and by others only if they ask that node', async () => {
    const { here, there } = await startPair();
    const [mine, its] = [await spawnOn(here, here, echo), await spawnOn(here, there, echo)];
    await namesOf(here).register('x', mine, { scope: 'node' });
    await namesOf(here).register('x', its, { scope: 'node' });
    await heard(there, here);
    expect(mine.equals(namesOf(here).whereis('x', { scope: 'node' }))).toBe(true);
    expect(its.equals(namesOf(there).whereis('x', { scope: 'node' }))).toBe(true);
    expect(its.equals(await namesOf(here).whereis('x', { on: there.id }))).toBe(true);
    expect(mine.equals(await namesOf(here).whereis('x', { on: here.id }))).toBe(true);
    expect(await namesOf(here).whereis('y', { on: there.id })).toBeUndefined();
    expect([...namesOf(here).names({ scope: 'node' }).keys()]).toEqual(['x']);
    expect([namesOf(here).whereis('x'), namesOf(here).names().size]).toEqual([undefined, 0]);
  });

  test('is refused while another actor has it, and free when that one has ended', async () => {
    const { here, there } = await startPair();
    const [first, second] = [await spawnOn(here, there, echo), await spawnOn(here, there, echo)];
    await namesOf(here).register('x', first, { scope: 'node' });
    const again = () => namesOf(here).register('x', second, { scope: 'node' });
    expect(await failure(again())).toMatchObject({ code: 'NAME_TAKEN', holder: { id: first.id } });
    await first.stop();
    await again();
    expect(await namesOf(here).unregister('x', { scope: 'node' })).toBe(false);
    const own = { on: there.id, scope: 'node' } as const;
    expect(await namesOf(here).unregister('x', own)).toBe(true);
    expect(await namesOf(there).unregister('x', { scope: 'node' })).toBe(false);
  });
});

test.each([[{}], [{ scope: 'cluster' as const }]])(
  "is not taken from a node when %j does not say that it is the node's own",
  async (scope) => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, echo);
    await namesOf(here).register('x', ref, { scope: 'node' });
    await namesOf(here).register('x', ref);
    const error = await failure(namesOf(here).unregister('x', { on: here.id, ...scope }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(namesOf(here).whereis('x')?.id).toBe(ref.id);
    expect(namesOf(here).whereis('x', { scope: 'node' })?.id).toBe(ref.id);
  },
);

describe('a registration fails', () => {
  test('for an actor that has ended, and one whose node is gone', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(here, there, echo);
    await ref.stop();
    const error = await failure(namesOf(here).register('x', ref));
    expect(error).toBeInstanceOf(NameError);
    expect(error).toMatchObject({ code: 'NAME_FAILED', reason: 'no_actor', actorName: 'x' });
    const last = await spawnOn(here, there, echo);
    await there.node.cluster.stop();
    await here.node.journal.waitForDown(there.id, 2_000);
    expect(await failure(namesOf(here).register('x', last))).toMatchObject({
      ...{ reason: 'node_down', retryable: true, cause: expect.any(AskError) },
    });
    expect(await failure(namesOf(here).whereis('x', { on: there.id }))).toMatchObject({
      ...{ reason: 'node_down' },
    });
  });

  test.each([[''], ['x'.repeat(256)], ['\ud800']])('for the name %j', async (name) => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, echo);
    for (const scope of ['node', 'cluster'] as const) {
      expect(await failure(namesOf(here).register(name, ref, { scope }))).toMatchObject({
        ...{ reason: 'invalid', retryable: false },
      });
    }
  });

  test('beyond the limit of the node, until there is room', async () => {
    const here = await startEnd('here', { limits: { maxNames: 2 } });
    const [first, second] = [await spawnOn(here, here, echo), await spawnOn(here, here, echo)];
    await namesOf(here).register('a', first, { scope: 'node' });
    await namesOf(here).group('g').join(first);
    expect(await failure(namesOf(here).register('b', second))).toMatchObject({ reason: 'full' });
    await first.stop();
    await namesOf(here).register('b', second);
    await namesOf(here).group('g').join(second);
    expect(await failure(namesOf(here).group('h').join(second))).toMatchObject({ reason: 'full' });
    // It has that one already.
    await namesOf(here).group('g').join(second);
  });

  test('when the signal is aborted', async () => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, echo);
    const signal = AbortSignal.abort(new Error('enough'));
    expect(await failure(namesOf(here).register('x', ref, { signal }))).toMatchObject({
      ...{ reason: 'cancelled', cause: { message: 'enough' } },
    });
  });

  test('while the node does not run; then nobody has a name', async () => {
    const here = await startEnd('here');
    const ref = await spawnOn(here, here, echo);
    const before = new Actors();
    const idle = new LocalNode({ nodeName: 'idle' }, { actors: before });
    await namesOf(here).register('x', ref);
    await here.node.cluster.stop();
    for (const actors of [namesOf(here), idle.cluster.actors]) {
      const on = NodeId.parse(here.id);
      for (const asked of [
        actors.register('x', ref),
        actors.unregister('x'),
        actors.whereis('x', { on }),
        actors.group('g').join(ref),
        actors.group('g').leave(ref),
      ]) {
        expect(await failure(asked)).toBeInstanceOf(ClusterNotStartedError);
      }
      expect(actors.whereis('x')).toBeUndefined();
      expect(actors.names().size + actors.names({ scope: 'node' }).size).toBe(0);
    }
  });
});

test('what is found by name or in a group knows the messages of its behavior', async () => {
  const here = await startEnd('here');
  const shout = fromTransition(
    (_: null, { text, replyTo }: { type: 'say'; text: string; replyTo?: ReplyTo<string> }) => {
      replyTo?.send(text.toUpperCase());
      return null;
    },
    null,
  );
  const ref = await spawnOn(here, here, shout);
  await namesOf(here).register('shout', ref);
  const group = namesOf(here).group<typeof shout>('shouters');
  await group.join(ref);
  const found = namesOf(here).whereis<typeof shout>('shout');
  // @ts-expect-error: it wants a text.
  found?.send({ type: 'say' });
  const answers: (string | undefined)[] = [
    await found?.ask({ type: 'say', text: 'one' }),
    await group.ask({ type: 'say', text: 'two' }),
  ];
  expect(answers).toEqual(['ONE', 'TWO']);
});

test('a node that starts again has none of the names it had, and can give them anew', async () => {
  const { here, there } = await startPair();
  const [mine, its] = [await spawnOn(here, here, echo), await spawnOn(here, there, echo)];
  await namesOf(here).register('x', mine);
  await namesOf(here).register('y', its);
  await here.node.cluster.stop();
  await there.node.journal.waitForDown(here.id, 2_000);
  expect([...namesOf(there).names().keys()]).toEqual(['y']);
  await here.node.start();
  const again: ActorEnd = { ...here, id: NodeId.parse(here.node.id) };
  await there.node.journal.waitForUp(again.id, 2_000);
  await heard(again, there);
  expect([...namesOf(here).names().keys()]).toEqual(['y']);
  const next = await spawnOn(again, again, echo);
  await namesOf(here).register('x', next);
  await heard(there, again);
  expect(next.equals(namesOf(there).whereis('x'))).toBe(true);
});

test('a name that two nodes gave before they met stays with the older, and the other is told', async () => {
  // The smaller node is the later one: it is the age that counts.
  const [older, younger] = [await startEnd('zoe'), await startEnd('adam')];
  const told: (readonly [string, NameLost])[] = [];
  for (const end of [older, younger]) {
    const lost = namesOf(end).nameLost$.subscribe((name) => told.push([end.node.id, name]));
    onTestFinished(() => lost.unsubscribe());
  }
  const [winner, loser] = [
    await spawnOn(older, older, echo),
    await spawnOn(younger, younger, echo),
  ];
  await namesOf(older).register('x', winner);
  nextMillisecond();
  await namesOf(younger).register('x', loser);
  await younger.node.cluster.connect(older.id);
  await heard(younger, older);
  await heard(older, younger);
  for (const end of [older, younger]) {
    expect(winner.equals(namesOf(end).whereis('x'))).toBe(true);
  }
  const { id } = younger;
  expect(told.map(([on, { name }]) => [on, name])).toEqual([[id, 'x']]);
  expect(told[0]?.[1].winner.id).toBe(winner.id);
  expect(told[0]?.[1].loser.id).toBe(loser.id);
  expect(await loser.ask('still here')).toBe('still here');
  await winner.stop();
  await heard(younger, older);
  expect(namesOf(younger).whereis('x')).toBeUndefined();
});

describe('of a node that tells nonsense', () => {
  /** A node that counts what it ignores, and the line to it. */
  async function startTold(limits: ClusterConfig['limits'] = {}) {
    const counters = createCounters();
    const actors = new Actors();
    const node = await LocalNode.start({ nodeName: 'told', limits }, { actors, counters });
    const told: ActorEnd = { node, actors, id: NodeId.parse(node.id) };
    const teller = await join('teller', told);
    const { uid } = await spawnOn(teller, told, echo);
    const tell = async (...message: readonly unknown[]) => {
      teller.actors.lineTo(told.id, uid).send(0, message);
      await heard(teller, told);
    };
    return { told, teller, tell, ignored: () => counters.get('names.ignored') };
  }

  test('what is wrong is counted and ignored, and the rest is taken', async () => {
    const { told, tell, ignored } = await startTold();
    await tell('entries', [
      ['name', true, 'good', 1, 1],
      ['name', true, 'x'.repeat(300), 1, 1],
      ['name', true, 'bad number', 0, 1],
      ['local', true, 'not its business', 1, 1],
      'no entry',
      ['member', true, 'group', 1, 0],
      ['member', false, 'not there', 1, 0],
    ]);
    await tell('entries', 'no list');
    await tell('entries');
    expect([...namesOf(told).names().keys()]).toEqual(['good']);
    expect(namesOf(told).group('group').members).toHaveLength(1);
    expect(ignored()).toBe(6);
  });

  test('requests with wrong fields are refused, and harm nobody', async () => {
    const { told, teller, tell } = await startTold();
    const { uid } = await spawnOn(teller, told, echo);
    const line = teller.actors.lineTo(told.id, uid);
    const odd = { toString: 1 };
    const answers = [
      ['register', 'cluster', odd, 1],
      ['register', odd, 'x', odd],
      ['register', 'cluster', 'the service', 0],
      ['unregister', 'cluster', odd],
      ['whereis', odd],
      ['join', 'x', 99],
      ['leave', odd, odd],
      ['leave', 'x', odd],
    ].map((request) => line.ask(0, request));
    expect(await Promise.all(answers)).toEqual([
      ...[['invalid'], ['no_actor'], ['no_actor'], false, undefined, ['no_actor'], false, false],
    ]);
    await tell('register', 'cluster', 'only asked for', 1);
    expect(namesOf(told).names().size).toBe(0);
  });

  test.each([
    ['one node', { maxNames: 3 }],
    ['all', { maxNamesInAll: 3 }],
  ])('no more is kept than the limit for %s allows', async (_, limits) => {
    const { told, tell, ignored } = await startTold(limits);
    const entries = ['a', 'b', 'c', 'd', 'e'].map((name) => ['name', true, name, 1, 1]);
    await tell('entries', entries);
    expect([...namesOf(told).names().keys()]).toEqual(['a', 'b', 'c']);
    expect(ignored()).toBe(2);
    // What is known already may change, and what goes makes room.
    await tell('entries', [
      ['name', true, 'a', 2, 2],
      ['name', false, 'b', 1, 1],
      ['name', true, 'd', 1, 1],
    ]);
    expect([...namesOf(told).names()].map(([name, { number }]) => `${name}${number}`)).toEqual([
      ...['a2', 'c1', 'd1'],
    ]);
    expect(ignored()).toBe(2);
  });

  test('a name on one node is no business of the others', async () => {
    const { teller, told, ignored } = await startTold();
    const ref = await spawnOn(teller, teller, echo);
    await namesOf(teller).register('x', ref, { scope: 'node' });
    await namesOf(teller).unregister('x', { scope: 'node' });
    await heard(told, teller);
    expect(ignored()).toBe(0);
  });

  test('names of this very node are not taken from it by its own voice', async () => {
    const { told, ignored } = await startTold();
    const ref = await spawnOn(told, told, echo);
    told.actors.lineTo(told.id, ref.uid).send(0, ['entries', [['name', true, 'x', 9, 1]]]);
    await heard(told, told);
    expect(namesOf(told).names().size).toBe(0);
    expect(ignored()).toBe(1);
  });
});
