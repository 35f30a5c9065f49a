import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import type { Journal } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';

const FAST = { heartbeatIntervalMs: 500, heartbeatMissThreshold: 3 };

test('of two live nodes with one name the newcomer is refused and the first is unharmed', async () => {
  const first = await ChildNode.start({ nodeName: 'twin' });
  const witness = await ChildNode.start({ nodeName: 'witness', seeds: [first.id] });
  await waitForMesh([first, witness], 2_000);

  const newcomer = await ChildNode.start({
    nodeName: 'twin',
    advertiseHost: '127.0.0.1',
    advertisePort: first.port,
    seeds: [witness.id],
  });
  expect(newcomer.id).toBe(first.id);
  await expect(newcomer.connect(witness.id)).rejects.toMatchObject({
    code: 'CONNECT_FAILED',
    reason: 'name_conflict',
  });
  expect(await newcomer.journal.waitForEvent('peer.refused', 1_000)).toMatchObject({
    direction: 'outbound',
    reason: 'name_conflict',
    nodeId: witness.id,
  });
  expect(await witness.journal.waitForEvent('name.conflict', 1_000)).toMatchObject({
    nodeId: first.id,
  });
  expect([first, witness].flatMap(({ journal }) => journal.downs())).toEqual([]);
  expect(await witness.health()).toMatchObject({ reachable: [first.id], unreachable: [] });
});

test('a node that takes the address of another for its own is told so by that one', async () => {
  const first = await ChildNode.start({ nodeName: 'twin' });
  const newcomer = await ChildNode.start({
    nodeName: 'twin',
    advertiseHost: '127.0.0.1',
    advertisePort: first.port,
    seeds: [first.id],
  });
  expect(newcomer.id).toBe(first.id);
  expect(await newcomer.journal.waitForEvent('seed.unreachable', 1_000)).toMatchObject({
    failure: 'name_conflict',
  });
  expect(await first.journal.waitForEvent('name.conflict', 1_000)).toMatchObject({
    nodeId: first.id,
  });
});

test('a restarted node is up less than 100 ms after its handshake', async () => {
  const witness = await ChildNode.start({ nodeName: 'witness' });
  const old = await ChildNode.start({ nodeName: 'again', seeds: [witness.id] });
  await waitForMesh([witness, old], 2_000);
  const mark = witness.journal.mark;

  old.kill();
  const successor = await ChildNode.start({
    nodeName: 'again',
    port: old.port,
    seeds: [witness.id],
  });
  const up = await witness.journal.waitForUp(old.id, 2_000, mark);
  expect(up.at - (await timeOfSession(witness.journal, mark))).toBeLessThan(100);
  expect(up.at - successor.started.calledAt).toBeLessThan(500);
  expect(witness.journal.downs(mark)).toHaveLength(1);
});

test('a life that hangs gives way to the next one of its name, down first and then up', async () => {
  const witness = await ChildNode.start({ nodeName: 'witness', ...FAST });
  const hanging = await ChildNode.start({ nodeName: 'again', seeds: [witness.id], ...FAST });
  await waitForMesh([witness, hanging], 2_000);
  const mark = witness.journal.mark;

  hanging.freeze();
  const successor = await ChildNode.start({
    nodeName: 'again',
    advertiseHost: '127.0.0.1',
    advertisePort: hanging.port,
    seeds: [witness.id],
    ...FAST,
  });
  const up = await witness.journal.waitForUp(hanging.id, 2_000, mark);
  const down = await witness.journal.waitForDown(hanging.id, 0, mark);
  expect(down.at).toBeLessThanOrEqual(up.at);
  // Half of T for the old life to answer, and the goal of 100 ms on top.
  expect(up.at - successor.started.calledAt).toBeLessThan(850);
  expect(witness.journal.downs(mark)).toHaveLength(1);
});

function timeOfSession(journal: Journal, from: number): Promise<number> {
  return journal.first(
    (entry) =>
      entry.type === 'event' && entry.event.type === 'session.opened' ? entry.at : undefined,
    'session',
    0,
    from,
  );
}
