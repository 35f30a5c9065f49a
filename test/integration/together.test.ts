import { describe, expect, test } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { timeNow } from '../support/journal.ts';
import { LocalNode } from '../support/local-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const MESH_LIMIT_MS = 1_000;

type Layout = (ports: readonly number[], index: number) => readonly (number | undefined)[];

describe('five nodes that start at the same moment mesh within 1 s and nobody goes down', () => {
  test.each<[name: string, rounds: number, layout: Layout]>([
    ['all list all', 34, (ports) => ports],
    ['all list the first', 33, (ports) => ports.slice(0, 1)],
    ['each lists the next one of a ring', 33, (ports, index) => [ports[(index + 1) % 5]]],
  ])('%s, %i times', { timeout: 90_000 }, async (_, rounds, layout) => {
    const ports = await Promise.all(Array.from({ length: 5 }, () => freePort()));
    for (let round = 0; round < rounds; round += 1) {
      const startedAt = timeNow();
      const nodes = await Promise.all(
        ports.map((port, index) =>
          LocalNode.start({
            nodeName: `n${index}`,
            port,
            seeds: layout(ports, index).map((seed) => `127.0.0.1:${seed}`),
          }),
        ),
      );
      await waitForMesh(nodes, MESH_LIMIT_MS - (timeNow() - startedAt));
      expect(nodes.flatMap(({ journal }) => journal.downs())).toEqual([]);
      await Promise.all(nodes.map(({ cluster }) => cluster.stop()));
    }
  });
});

test('of two nodes that seed each other one session is left, 50 times', async () => {
  const ports = [await freePort(), await freePort()] as const;
  for (let round = 0; round < 50; round += 1) {
    const nodes = await Promise.all([
      LocalNode.start({ nodeName: 'left', port: ports[0], seeds: [`127.0.0.1:${ports[1]}`] }),
      LocalNode.start({ nodeName: 'right', port: ports[1], seeds: [`127.0.0.1:${ports[0]}`] }),
    ]);
    await waitForMesh(nodes, MESH_LIMIT_MS);
    for (const { journal, cluster } of nodes) {
      const opened = journal.events('session.opened').length;
      expect(opened - journal.events('session.closed').length).toBe(1);
      expect(journal.downs()).toEqual([]);
      expect(cluster.getConnectedNodeCount()).toBe(1);
    }
    await Promise.all(nodes.map(({ cluster }) => cluster.stop()));
  }
});
