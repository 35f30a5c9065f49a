import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import type { Entry } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';

const OLD = 'the secret of the past years';
const NEW = 'the secret of the years to come';
const GRACE_MS = 400;
const QUICK = {
  reconnectBaseDelayMs: 50,
  reconnectMaxDelayMs: 200,
  limits: { secretGraceMs: GRACE_MS },
};

const down = (entry: Entry) => (entry.type === 'down' ? entry : undefined);

test('three nodes change their secret while nobody goes down', async () => {
  const first = await ChildNode.start({ nodeName: 'first', clusterSecret: OLD, ...QUICK });
  const config = { clusterSecret: OLD, seeds: [first.id], ...QUICK };
  const second = await ChildNode.start({ nodeName: 'second', ...config });
  const third = await ChildNode.start({ nodeName: 'third', ...config });
  const nodes = [first, second, third];
  await waitForMesh(nodes, 2_000);

  for (const secrets of [[OLD, NEW], [NEW, OLD], [NEW]]) {
    for (const node of nodes) await node.setSecrets(secrets);
    // The step is over when the grace time is: renewed, or closed as retired.
    await Promise.all(nodes.map(({ journal }) => journal.never(down, 'down', 2 * GRACE_MS)));
  }
  expect(nodes.flatMap(({ journal }) => journal.downs())).toEqual([]);
  for (const { journal } of nodes) {
    expect(journal.events('session.closed').map(({ cause }) => cause)).toContain('replaced');
  }

  const seeds = [second.id];
  const late = await ChildNode.start({ nodeName: 'late', clusterSecret: NEW, seeds, ...QUICK });
  await waitForMesh([...nodes, late], 1_000);
  const past = await ChildNode.start({ nodeName: 'past', clusterSecret: OLD, seeds, ...QUICK });
  await expect(past.connect(first.id)).rejects.toMatchObject({ reason: 'auth' });
  expect(await past.getNodes()).toEqual([]);
});
