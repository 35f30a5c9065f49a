import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import type { Entry } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';

const OPTIONS = {
  heartbeatIntervalMs: 200,
  heartbeatMissThreshold: 5,
  reconnectBaseDelayMs: 100,
  reconnectMaxDelayMs: 500,
};

const change = (entry: Entry) => (entry.type === 'up' || entry.type === 'down' ? entry : undefined);

test('when all but one were frozen they come back in one go, and nobody is down afterwards', async () => {
  const survivor = await ChildNode.start({ nodeName: 'survivor', ...OPTIONS });
  const seeds = [survivor.id];
  const frozen = await Promise.all(
    ['one', 'two', 'three'].map((nodeName) => ChildNode.start({ nodeName, seeds, ...OPTIONS })),
  );
  const all = [survivor, ...frozen];
  await waitForMesh(all, 2_000);

  for (const node of frozen) node.freeze();
  for (const { id } of frozen) {
    expect(await survivor.journal.waitForDown(id, 2_000)).toMatchObject({
      reason: 'heartbeat_timeout',
    });
  }
  const mark = survivor.journal.mark;
  const marks = frozen.map(({ journal }) => journal.mark);
  const thawedAt = frozen.map((node) => node.thaw())[0] ?? 0;
  for (const [index, node] of frozen.entries()) {
    const there = await survivor.journal.waitForUp(node.id, 3_000, mark);
    const here = await node.journal.waitForUp(survivor.id, 3_000, marks[index]);
    expect(there.at - thawedAt).toBeLessThan(2_000);
    expect(here.at - thawedAt).toBeLessThan(2_000);
  }
  await Promise.all(all.map(({ journal }) => journal.never(change, 'change', 2_000)));
  expect(survivor.journal.downs()).toHaveLength(3);
  for (const [index, { journal }] of frozen.entries()) {
    // Of the survivor alone, which closed the session; never by their own lost time.
    expect(journal.downs().map(({ nodeId, reason }) => [nodeId, reason])).toEqual([
      [survivor.id, 'connection_closed'],
    ]);
    expect(journal.events('session.opened', marks[index])).toHaveLength(1);
  }
});
