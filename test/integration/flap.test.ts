import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import type { Entry } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';

/** Longer by command: `CHARTMESH_FLAP_MS=120000 npx vitest run test/integration/flap.test.ts`. */
const QUIET_MS = Number(process.env.CHARTMESH_FLAP_MS ?? 8_000);
const QUICK = { reconnectBaseDelayMs: 100, reconnectMaxDelayMs: 500, flapDamping: false };

const change = (entry: Entry) => (entry.type === 'up' || entry.type === 'down' ? entry : undefined);

test(`no node goes up or down for ${QUIET_MS} ms after kills, restarts and goodbyes`, {
  timeout: QUIET_MS + 40_000,
}, async () => {
  const victim = await ChildNode.start({ nodeName: 'victim', ...QUICK });
  const seeds = [victim.id];
  const others = [
    await ChildNode.start({ nodeName: 'first', seeds, ...QUICK }),
    await ChildNode.start({ nodeName: 'second', seeds, ...QUICK }),
  ];
  await waitForMesh([...others, victim], 2_000);

  let present: ChildNode = victim;
  const ends: readonly [string, (node: ChildNode) => unknown][] = [
    ['connection_closed', (node) => node.kill()],
    ['connection_closed', (node) => node.kill()],
    ['graceful_shutdown', (node) => node.stop()],
    ['graceful_shutdown', (node) => node.stop()],
  ];
  for (const [round, [reason, end]] of ends.entries()) {
    const marks = others.map(({ journal }) => journal.mark);
    await end(present);
    await present.waitForExit();
    for (const [index, { journal }] of others.entries()) {
      const down = await journal.waitForDown(victim.id, 1_000, marks[index]);
      expect(down.reason).toBe(reason);
    }
    const listed = round % 2 === 0 ? others.map(({ id }) => id) : [];
    const config = { nodeName: 'victim', port: victim.port, seeds: listed, ...QUICK };
    present = await ChildNode.start(config);
    for (const [index, { journal }] of others.entries()) {
      await journal.waitForUp(victim.id, 2_000, marks[index]);
    }
  }
  const all = [...others, present];
  await waitForMesh(all, 2_000);
  await Promise.all(all.map(({ journal }) => journal.never(change, 'flapping', QUIET_MS)));

  for (const { journal } of others) expect(journal.downs()).toHaveLength(4);
  expect(present.journal.downs()).toEqual([]);
});
