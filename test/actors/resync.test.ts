import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/actors/line.ts';
import type { Server } from '../../src/index.ts';
import type { ActorEnd } from './actor-pair.ts';
import { spawnOn, startPair } from './actor-pair.ts';
import { Downs, downOf, settled } from './downs.ts';

const OLD = 'old-secret-of-16-bytes';
const NEW = 'new-secret-of-16-bytes';
const echo = (message: unknown) => message;

/** Adds what it is sent. */
const adder: Server<number, number, number> = {
  init: () => 0,
  handleCall: (_, sum) => [sum, sum],
  handleCast: (by, sum) => sum + by,
};

function startRenewable() {
  return startPair({ clusterSecret: [OLD], limits: { secretGraceMs: 300 } });
}

function lineOf(from: ActorEnd, to: ActorEnd): Line {
  const line = from.actors.node.line(to.id);
  if (!line) throw new Error('the two are connected');
  return line;
}

/** What the link has taken charge of meanwhile never comes. */
async function losing(line: Line, run: () => Promise<unknown>): Promise<void> {
  const { receive } = line;
  let lost = 0;
  line.receive = () => {
    lost += 1;
    return null;
  };
  await run();
  await until(() => lost > 0);
  // What was sent in the turns after that.
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
  line.receive = receive;
}

/** Another link takes the place of the one between the two. */
async function renew(...ends: readonly [ActorEnd, ActorEnd]): Promise<void> {
  const marks = ends.map(({ node }) => node.journal.mark);
  for (const { node } of ends) node.cluster.setSecrets([NEW, OLD]);
  for (const [at, { node }] of ends.entries()) {
    await node.journal.waitForEvent('session.opened', 5_000, { from: marks[at] ?? 0 });
  }
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 3_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not in time: ${condition}`);
    await new Promise(setImmediate);
  }
}

describe('after a link that took messages along', () => {
  test('a node knows all names and members of the other one, and no others', async () => {
    const { here, there } = await startRenewable();
    const [gone, kept, late] = [
      await spawnOn(there, there, echo),
      await spawnOn(there, there, echo),
      await spawnOn(there, there, echo),
    ];
    const names = here.node.cluster.actors;
    const theirs = there.node.cluster.actors;
    await theirs.register('gone', gone);
    await theirs.register('kept', kept);
    await theirs.group('all').join(gone);
    await settled(here, there);
    expect([...names.names().keys()]).toEqual(['gone', 'kept']);
    await losing(lineOf(here, there), async () => {
      await gone.stop();
      await theirs.register('late', late);
      await theirs.group('all').join(late);
    });
    expect([...names.names().keys()]).toEqual(['gone', 'kept']);
    await renew(here, there);
    await until(() => names.whereis('late') !== undefined);
    await until(() => names.whereis('gone') === undefined);
    expect([...names.names()].map(([name, { id }]) => [name, id])).toEqual([
      ['kept', kept.id],
      ['late', late.id],
    ]);
    expect(names.group('all').members.map(({ id }) => id)).toEqual([late.id]);
  });

  test('a monitor tells an end of which the news was lost: there is no actor', async () => {
    const { here, there } = await startRenewable();
    const ref = await spawnOn(there, there, echo);
    const downs = new Downs();
    here.node.cluster.actors.monitor(ref, downs.add);
    await settled(here, there);
    await losing(lineOf(here, there), () => ref.stop());
    expect(downs.all).toEqual([]);
    await renew(here, there);
    expect(await downs.reasons(1)).toEqual(['no_actor']);
    await settled(here, there);
    expect(downs.all).toHaveLength(1);
  });

  test('a monitor of which the other node did not hear tells, too, and once', async () => {
    const { here, there } = await startRenewable();
    const ref = await spawnOn(there, there, echo);
    const downs = new Downs();
    const before = downOf(here, ref);
    await settled(here, there);
    await losing(lineOf(there, here), async () => {
      here.node.cluster.actors.monitor(ref, downs.add);
    });
    await renew(here, there);
    await until(() => there.actors.node.monitors.size === 2);
    await ref.stop();
    expect((await before).reason).toBe('stopped');
    expect(await downs.reasons(1)).toEqual(['stopped']);
    await settled(here, there);
    expect(downs.all).toHaveLength(1);
  });

  test.each([
    ['a state', 'here'],
    ['that a state has arrived', 'there'],
  ] as const)('states are observed on, though %s was lost', async (_, at) => {
    const { here, there } = await startRenewable();
    const ref = await spawnOn(there, there, adder);
    const states: unknown[] = [];
    const far = here.actors.snapshots(ref.nodeId, ref.uid, ref.number);
    const subscription = far.subscribe((state) => states.push(state));
    await until(() => states.length === 1);
    const [from, to] = at === 'here' ? [here, there] : [there, here];
    await losing(lineOf(from, to), async () => {
      ref.send(1);
      await settled(there, there);
    });
    await renew(here, there);
    ref.send(10);
    await until(() => states.at(-1) === 11);
    subscription.unsubscribe();
  });

  test('who observes an actor hears that it has ended, though the news was lost', async () => {
    const { here, there } = await startRenewable();
    const ref = await spawnOn(there, there, adder);
    const states: unknown[] = [];
    const errors: unknown[] = [];
    here.actors.snapshots(ref.nodeId, ref.uid, ref.number).subscribe({
      next: (state) => states.push(state),
      error: (error) => errors.push(error),
    });
    await until(() => states.length === 1);
    await losing(lineOf(here, there), () => ref.stop());
    expect(errors).toEqual([]);
    await renew(here, there);
    await until(() => errors.length === 1);
    expect(errors).toMatchObject([{ code: 'ASK_FAILED', reason: 'no_actor' }]);
  });
});
