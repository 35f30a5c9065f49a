import { expect, onTestFinished, test } from 'vitest';
import type { Ref } from '../../src/actors/ref.ts';
import { EmptyGroupError, NotSerializableError, OverloadedError } from '../../src/index.ts';
import { type ActorEnd, spawnOn, startEnd, startPair } from './actor-pair.ts';

function groupOf(end: ActorEnd, name = 'workers') {
  return end.node.cluster.actors.group(name);
}

/** Once everything that one node has told has come to the other: an ask takes the same way. */
async function heard(by: ActorEnd, from: ActorEnd): Promise<void> {
  await by.node.cluster.actors.whereis('nobody', { on: from.id });
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Answers with its name, and tells in `heard` what was only sent to it. */
function named(name: string, heard: string[] = []) {
  return (message: unknown, replyTo: unknown) => {
    if (replyTo) return name;
    return heard.push(`${name}: ${String(message)}`);
  };
}

/** Two here and one there, who answer with their names: `a`, `b` and `c`. */
async function startWorkers(config = {}, notes: string[] = []) {
  const { here, there } = await startPair(config);
  const refs: Ref[] = [];
  for (const [name, place] of [
    ['a', here],
    ['b', here],
    ['c', there],
  ] as const) {
    refs.push(await spawnOn(here, place, named(name, notes)));
  }
  // Not in the order that they get.
  for (const ref of [...refs].reverse()) await groupOf(here).join(ref);
  await heard(there, here);
  const [a, b, c] = refs;
  if (!a || !b || !c) throw new Error('three were started');
  return { here, there, a, b, c };
}

function idsOf(refs: readonly Ref[]): readonly string[] {
  return refs.map(({ id }) => id);
}

test('a group has the same members, in the same order, on every node', async () => {
  const { here, there, a, b, c } = await startWorkers();
  const ids = [a.id, b.id, c.id];
  expect(idsOf(groupOf(here).members)).toEqual(ids);
  expect(idsOf(groupOf(there).members)).toEqual(ids);
  await groupOf(there).join(a);
  expect(groupOf(there).members).toHaveLength(3);
  expect(groupOf(here, 'others').members).toEqual([]);
});

test('who leaves or ends is a member nowhere', async () => {
  const { here, there, a, b, c } = await startWorkers();
  expect(await groupOf(there).leave(a)).toBe(true);
  expect(await groupOf(there).leave(a)).toBe(false);
  expect(idsOf(groupOf(there).members)).toEqual([b.id, c.id]);
  expect(idsOf(groupOf(here).members)).toEqual([b.id, c.id]);
  await c.stop();
  expect(idsOf(groupOf(here).members)).toEqual([b.id]);
  expect(await failure(groupOf(here).join(c))).toMatchObject({ reason: 'no_actor' });
});

test('members of a node that is gone are gone when nodeDown tells so', async () => {
  const { here, there, a, b } = await startWorkers();
  const seen = new Promise((resolve) => {
    here.node.cluster.onNodeDown(() => resolve(idsOf(groupOf(here).members)));
  });
  await there.node.cluster.stop();
  expect(await seen).toEqual([a.id, b.id]);
});

test('members$ has the present, then every change, through stop and start', async () => {
  const here = await startEnd('here');
  const seen: number[] = [];
  const watched = groupOf(here).members$.subscribe((members) => seen.push(members.length));
  onTestFinished(() => watched.unsubscribe());
  const [one, two] = [await spawnOn(here, here, named('1')), await spawnOn(here, here, named('2'))];
  await groupOf(here).join(one);
  await groupOf(here).join(two);
  await groupOf(here).join(two);
  await groupOf(here, 'others').join(two);
  await two.stop();
  await here.node.cluster.stop();
  await here.node.start();
  const id = here.node.cluster.getLocalNodeId();
  await groupOf(here).join(await spawnOn({ ...here, id }, { ...here, id }, named('3')));
  expect(seen).toEqual([0, 1, 2, 1, 0, 1]);
  watched.unsubscribe();
  await groupOf(here).leave(groupOf(here).members[0] ?? one);
  expect(seen).toHaveLength(6);
});

test('members$ tells once of all members that go together', async () => {
  const { here, there } = await startPair();
  for (let number = 0; number < 5; number += 1) {
    await groupOf(here).join(await spawnOn(here, there, named('x')));
  }
  const seen: number[] = [];
  groupOf(here).members$.subscribe((members) => seen.push(members.length));
  await there.node.cluster.stop();
  await here.node.journal.waitForDown(there.id, 2_000);
  expect(seen).toEqual([5, 0]);
});

test('send goes to every member, and tells to how many', async () => {
  const notes: string[] = [];
  const { there, a, b, c } = await startWorkers({}, notes);
  expect(groupOf(there).send('hello')).toBe(3);
  await Promise.all([a, b, c].map((ref) => ref.ask('done')));
  await heard(there, there);
  expect(notes.sort()).toEqual(['a: hello', 'b: hello', 'c: hello']);
  expect(groupOf(there, 'nobody').send('hello')).toBe(0);
  expect(() => groupOf(there).send({ no: () => 1 })).toThrow(NotSerializableError);
});

test('send reaches those that keep up, and throws for those that do not', async () => {
  const notes: string[] = [];
  const { there } = await startWorkers({ limits: { maxDataQueueBytes: 100_000 } }, notes);
  const [first, , last] = groupOf(there).members;
  first?.send(new Uint8Array(110_000));
  expect(() => groupOf(there).send('hello')).toThrow(OverloadedError);
  await last?.ask('done');
  expect(notes.filter((note) => note.endsWith('hello'))).toEqual(['c: hello']);
});

test('asks go to one member after the other', async () => {
  const { here } = await startWorkers();
  const answers: unknown[] = [];
  for (let asked = 0; asked < 9; asked += 1) answers.push(await groupOf(here).ask('who?'));
  const [x, y, z] = answers;
  expect(answers).toEqual([x, y, z, x, y, z, x, y, z]);
  expect([x, y, z].sort()).toEqual(['a', 'b', 'c']);
});

test('asks by key go to the same member from every node', async () => {
  const { here, there } = await startWorkers();
  const asked = async (end: ActorEnd) => {
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
    return Promise.all(keys.map((key) => groupOf(end).ask('who?', { by: { key } })));
  };
  const answers = await asked(here);
  expect(await asked(there)).toEqual(answers);
  expect([...new Set(answers)].sort()).toEqual(['a', 'b', 'c']);
});

test('asks of the least busy pass over members that have not answered', async () => {
  const { here, there } = await startPair();
  const open: (() => void)[] = [];
  const slow = () => new Promise<string>((resolve) => open.push(() => resolve('slow')));
  await groupOf(here).join(await spawnOn(here, there, slow));
  await groupOf(here).join(await spawnOn(here, there, named('quick')));
  const asked: Promise<unknown>[] = [];
  // Whoever is first: from the second on one ask waits for the slow one.
  for (let i = 0; i < 6; i += 1) {
    const ask = groupOf(here).ask('who?', { by: 'leastPending' });
    asked.push(ask);
    await Promise.race([ask, heard(here, there)]);
  }
  await heard(here, there);
  expect(open).toHaveLength(1);
  for (const answer of open) answer();
  expect((await Promise.all(asked)).filter((answer) => answer === 'slow')).toHaveLength(1);
});

test('an ask fails as that of a member does, and counts no longer', async () => {
  const here = await startEnd('here');
  await groupOf(here).join(await spawnOn(here, here, () => new Promise(() => {})));
  const ask = () => groupOf(here).ask('x', { timeoutMs: 20, by: 'leastPending' });
  expect(await failure(ask())).toMatchObject({ reason: 'timeout' });
  expect(await failure(groupOf(here).ask(() => 1))).toBeInstanceOf(NotSerializableError);
});

test('an ask of a group without members fails at once', async () => {
  const here = await startEnd('here');
  for (const by of ['roundRobin', 'leastPending', { key: 'x' }] as const) {
    const error = await failure(groupOf(here).ask('x', { by }));
    expect(error).toBeInstanceOf(EmptyGroupError);
    expect(error).toMatchObject({ code: 'EMPTY_GROUP', group: 'workers', delivered: 'no' });
  }
});
