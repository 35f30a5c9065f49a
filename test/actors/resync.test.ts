import { describe, expect, test } from 'vitest';
import type { Line } from '../../src/actors/line.ts';
import type { ActorEnd } from './actor-pair.ts';
import { spawnOn, startPair } from './actor-pair.ts';
import { Downs, downOf, settled } from './downs.ts';

const OLD = 'old-secret-of-16-bytes';
const NEW = 'new-secret-of-16-bytes';
const echo = (message: unknown) => message;

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
  line.receive = () => null;
  await run();
  // Nothing answers over this line: what was sent has come once something else has gone there and back.
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
});
