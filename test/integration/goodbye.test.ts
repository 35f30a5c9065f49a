import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { LocalNode } from '../support/local-node.ts';
import { waitForMesh } from '../support/mesh.ts';

test('a goodbye is known everywhere within 50 ms, once, and the process exits by itself', async () => {
  const first = await ChildNode.start({ nodeName: 'first' });
  const second = await ChildNode.start({ nodeName: 'second', seeds: [first.id] });
  const leaver = await ChildNode.start({ nodeName: 'leaver', seeds: [first.id] });
  await waitForMesh([first, second, leaver], 2_000);

  const { calledAt } = await leaver.stop();
  for (const { journal } of [first, second]) {
    const down = await journal.waitForDown(leaver.id, 1_000);
    expect(down.reason).toBe('graceful_shutdown');
    expect(down.at - calledAt).toBeLessThan(50);
  }
  expect(await leaver.waitForExit(2_000)).toMatchObject({ code: 0, signal: null });
  expect(leaver.journal.downs()).toEqual([]);
  for (const node of [first, second]) {
    expect(node.journal.downs()).toHaveLength(1);
    expect((await node.getNodes()).map(({ id }) => id)).not.toContain(leaver.id);
  }
});

test('stop keeps to leaveTimeoutMs when a peer is frozen, and the process exits by itself', async () => {
  const frozen = await ChildNode.start({ nodeName: 'frozen' });
  const leaver = await ChildNode.start({
    nodeName: 'leaver',
    seeds: [frozen.id],
    leaveTimeoutMs: 500,
  });
  await waitForMesh([frozen, leaver], 2_000);

  frozen.freeze();
  const { calledAt, resolvedAt } = await leaver.stop();
  expect(resolvedAt - calledAt).toBeLessThan(600);
  expect(await leaver.waitForExit(1_000)).toMatchObject({ code: 0, signal: null });
});

test('a node whose seeds are all dead stops and exits by itself', async () => {
  const lonely = await ChildNode.start({
    nodeName: 'lonely',
    seeds: ['127.0.0.1:1', 'no-such-host.invalid:4369'],
  });
  await lonely.stop();
  expect(await lonely.waitForExit(2_000)).toMatchObject({ code: 0, signal: null });
});

test('a node that stops at the very moment it is met says goodbye all the same', async () => {
  const leaver = await LocalNode.start({ nodeName: 'leaver' });
  const { cluster, journal } = await LocalNode.start({ nodeName: 'caller' });
  const { id } = leaver;
  // The leaver has not yet read the caller's first record.
  cluster.onNodeUp(() => void leaver.cluster.stop());
  await cluster.connect(id);
  expect(await journal.waitForDown(id, 1_000)).toMatchObject({ reason: 'graceful_shutdown' });
});
