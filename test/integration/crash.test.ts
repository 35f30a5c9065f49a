import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import { waitForMesh } from '../support/mesh.ts';

const QUICK = { reconnectBaseDelayMs: 100, reconnectMaxDelayMs: 500 };

test('a killed process is down on every other within 100 ms, once, and up again 500 ms after its restart', async () => {
  const first = await ChildNode.start({ nodeName: 'first' });
  const second = await ChildNode.start({ nodeName: 'second', seeds: [first.id] });
  const victim = await ChildNode.start({ nodeName: 'victim', seeds: [first.id] });
  const others = [first, second];
  await waitForMesh([...others, victim], 2_000);
  const marks = others.map(({ journal }) => journal.mark);

  const killedAt = victim.kill();
  const downs = await Promise.all(
    others.map(({ journal }) => journal.waitForDown(victim.id, 1_000)),
  );
  expect(downs.map(({ reason }) => reason)).toEqual(['connection_closed', 'connection_closed']);
  for (const { at } of downs) expect(at - killedAt).toBeLessThan(100);

  const restarted = await ChildNode.start({
    nodeName: 'victim',
    port: victim.port,
    seeds: [second.id],
  });
  expect(restarted.id).toBe(victim.id);
  for (const [index, { journal, id }] of others.entries()) {
    const there = await journal.waitForUp(victim.id, 2_000, marks[index]);
    const here = await restarted.journal.waitForUp(id, 2_000);
    expect(there.at - restarted.started.calledAt).toBeLessThan(500);
    expect(here.at - restarted.started.calledAt).toBeLessThan(500);
    expect(journal.downs()).toHaveLength(1);
  }
});

test.each([
  ['kill', (node: ChildNode) => Promise.resolve(node.kill())],
  ['graceful stop', (node: ChildNode) => node.stop()],
])('a node restarted without seeds after a %s is found by those who list it', async (_, end) => {
  const port = await freePort();
  const listed = await ChildNode.start({ nodeName: 'listed', port });
  const seeds = [`127.0.0.1:${port}`];
  const first = await ChildNode.start({ nodeName: 'first', seeds, ...QUICK });
  const second = await ChildNode.start({ nodeName: 'second', seeds: [listed.id], ...QUICK });
  const others = [first, second];
  await waitForMesh([...others, listed], 2_000);
  const marks = others.map(({ journal }) => journal.mark);

  await end(listed);
  await listed.waitForExit();
  await Promise.all(others.map(({ journal }) => journal.waitForDown(listed.id, 1_000)));

  const again = await ChildNode.start({ nodeName: 'listed', port, ...QUICK });
  await Promise.all(
    others.map(({ journal }, index) => journal.waitForUp(again.id, 1_500, marks[index])),
  );
  await waitForMesh([...others, again], 1_500);
  expect(others.map(({ journal }) => journal.downs().length)).toEqual([1, 1]);
});
