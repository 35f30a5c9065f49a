import { expect, test } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { type ActorEnd, startEnd } from '../actors/actor-pair.ts';
import { Downs, downOf } from '../actors/downs.ts';
import { ChildNode } from '../support/child-node.ts';
import { timeNow } from '../support/journal.ts';

/** Two nodes of this process that watch, and one in a process of its own. */
async function startAll() {
  const config = { clusterSecret: 'a secret for those who watch' };
  const one = await startEnd('one', config);
  const two = await startEnd('two', { ...config, seeds: [one.id] });
  const there = await ChildNode.start({ nodeName: 'there', seeds: [one.id, two.id], ...config });
  for (const { node } of [one, two]) await node.journal.waitForUp(there.id, 5_000);
  const on = NodeId.parse(there.id);
  const spawn = (from: ActorEnd, behavior: string) => from.actors.spawn(behavior, { on });
  return { one, two, there, spawn };
}

test('all who watch actors of a process that is killed hear `node_down`, once and soon', async () => {
  const { one, two, there, spawn } = await startAll();
  const refs = [];
  for (let n = 0; n < 50; n += 1) refs.push(await spawn(one, 'echo'));
  const ends = [one, two].map((end) => ({ end, downs: new Downs() }));
  for (const { end, downs } of ends) {
    for (const ref of refs) end.node.cluster.actors.monitor(ref, downs.add);
    await (await spawn(end, 'echo')).ask('behind the monitors');
  }
  const killedAt = there.kill();
  for (const { downs } of ends) {
    expect(new Set(await downs.reasons(50))).toEqual(new Set(['node_down']));
    expect(timeNow() - killedAt).toBeLessThan(500);
  }
  for (const { end, downs } of ends) {
    await end.node.journal.waitForDown(there.id, 2_000);
    expect(downs.all.map(({ ref }) => ref)).toEqual(refs);
    expect(end.actors.node.watches.size).toBe(0);
  }
});

test('the error of an actor in another process, and that it is gone from then on', async () => {
  const { one, two, spawn } = await startAll();
  const ref = await spawn(one, 'brittle');
  const told = [one, two].map((end) => downOf(end, ref));
  for (const end of [one, two]) await (await spawn(end, 'echo')).ask('behind the monitor');
  ref.send('it broke');
  const error = { name: 'RangeError', message: 'it broke', code: 'E_BRITTLE' };
  expect(await Promise.all(told)).toMatchObject([
    { reason: 'error', error },
    { reason: 'error', error },
  ]);
  for (const end of [one, two]) expect((await downOf(end, ref)).reason).toBe('no_actor');
});

test('a link of actors in two processes ends one when the process of the other is killed', async () => {
  const { one, two, there, spawn } = await startAll();
  const far = await spawn(one, 'echo');
  two.actors.behaviors.register('echo', (message: unknown) => message);
  const near = await one.actors.spawn('echo', { on: two.id });
  const down = downOf(one, near);
  await one.node.cluster.actors.link(far, near);
  const killedAt = there.kill();
  expect(await down).toMatchObject({
    reason: 'error',
    error: { message: `The linked actor ${far.id} is down (node_down)` },
  });
  expect(timeNow() - killedAt).toBeLessThan(500);
});
