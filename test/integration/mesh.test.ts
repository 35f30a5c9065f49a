import { describe, expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const JOIN_LIMIT_MS = 300;

describe.each([
  ['without a secret', {}],
  ['with a secret', { clusterSecret: 'a secret of more than sixteen bytes' }],
  ['on the default interfaces', { host: '0.0.0.0', clusterSecret: 'sixteen bytes and more' }],
])('three processes in a chain of seeds, %s', (_, options) => {
  test('are up everywhere 300 ms after each start', async () => {
    const first = await ChildNode.start({ nodeName: 'first', ...options });
    const second = await ChildNode.start({
      nodeName: 'second',
      seeds: [`127.0.0.1:${first.port}`],
      ...options,
    });
    const third = await ChildNode.start({
      nodeName: 'third',
      seeds: [`second@127.0.0.1:${second.port}`],
      ...options,
    });
    const nodes = [first, second, third];
    await waitForMesh(nodes, 2_000);

    for (const [older, joiner] of [
      [first, second],
      [first, third],
      [second, third],
    ] as const) {
      const there = await older.journal.waitForUp(joiner.id, 0);
      const here = await joiner.journal.waitForUp(older.id, 0);
      expect(there.at - joiner.started.resolvedAt).toBeLessThan(JOIN_LIMIT_MS);
      expect(here.at - joiner.started.resolvedAt).toBeLessThan(JOIN_LIMIT_MS);
    }
    expect(nodes.flatMap(({ journal }) => journal.downs())).toEqual([]);
  });
});

test('every process lists the others as connected and reaches them', async () => {
  const first = await ChildNode.start({ nodeName: 'first' });
  const second = await ChildNode.start({ nodeName: 'second', seeds: [first.id] });
  await waitForMesh([first, second], 2_000);

  expect(await first.getNodes()).toMatchObject([
    { id: second.id, host: '127.0.0.1', port: second.port, status: 'connected' },
  ]);
  expect(await second.ping(first.id)).toBe(true);
  expect(await second.roundTrip(first.id)).toBeLessThan(100);
  expect(await second.health()).toEqual({
    self: second.id,
    isRunning: true,
    connected: [first.id],
    reachable: [first.id],
    unreachable: [],
  });
});
