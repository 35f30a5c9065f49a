import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const SECRET = 'a secret for those who ask';

async function startAll(names: readonly string[], config = {}): Promise<readonly ChildNode[]> {
  const nodes: ChildNode[] = [];
  for (const nodeName of names) {
    const seeds = nodes.map(({ id }) => id);
    nodes.push(await ChildNode.start({ nodeName, seeds, ...config }));
  }
  await waitForMesh(nodes, 5_000);
  return nodes;
}

test('actors of two other processes answer, each to its own asks', async () => {
  const [here, one, two] = await startAll(['here', 'one', 'two']);
  if (!here || !one || !two) throw new Error('three nodes were started');
  for (const other of [one, two]) {
    await here.startAsks(await here.spawn('echo', other.id), 64);
    await here.untilAnswered(2_000);
    expect(await here.stopAsks()).toMatchObject({ wrong: 0, failures: [] });
  }
});

test.each([['echo'], ['silent']])(
  'asks under way to an actor (%s) whose process is killed fail at once, and none hangs',
  async (behavior) => {
    const [here, there] = await startAll(['here', 'there'], { clusterSecret: SECRET });
    if (!here || !there) throw new Error('two nodes were started');
    await here.startAsks(await here.spawn(behavior, there.id), 100);
    if (behavior === 'echo') await here.untilAnswered(1_000);
    const killedAt = there.kill();
    const { wrong, failures } = await here.asksFailed();
    expect(wrong).toBe(0);
    expect(failures).toHaveLength(100);
    expect(new Set(failures.map(({ reason }) => reason))).toEqual(new Set(['node_down']));
    // Each loop had an ask under way, and its process told nobody what it had seen.
    expect(new Set(failures.map(({ delivered }) => delivered))).toEqual(new Set(['maybe']));
    expect(Math.max(...failures.map(({ at }) => at)) - killedAt).toBeLessThan(500);
  },
);

test('asks under way go on while the secret is changed', async () => {
  const [old, next] = ['the secret of before', 'the secret of after'];
  const limits = { secretGraceMs: 300 };
  const nodes = await startAll(['here', 'there'], { clusterSecret: [old, next], limits });
  const [here, there] = nodes;
  if (!here || !there) throw new Error('two nodes were started');
  await here.startAsks(await here.spawn('slow', there.id), 64);
  const answered = await here.untilAnswered(100);
  const mark = here.journal.mark;
  for (const node of nodes) await node.setSecrets([next, old]);
  await here.journal.waitForEvent('session.opened', 5_000, { from: mark });
  await here.untilAnswered(answered + 1_000);
  expect(await here.stopAsks()).toMatchObject({ wrong: 0, failures: [] });
  expect(here.journal.downs()).toEqual([]);
});
