import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import { waitForMesh } from '../support/mesh.ts';

test('a wrong advertised address is reported on both sides within 5 s, naming both addresses', async () => {
  const closedPort = await freePort();
  const host = await ChildNode.start({ nodeName: 'host' });
  const lost = await ChildNode.start({
    nodeName: 'lost',
    advertisePort: closedPort,
    seeds: [host.id],
  });
  await waitForMesh([host, lost], 2_000);

  const told = await Promise.all(
    [host, lost].map(({ journal }) => journal.waitForEvent('address.unreachable', 5_000)),
  );
  for (const event of told) {
    expect(event).toEqual({
      type: 'address.unreachable',
      nodeId: lost.id,
      advertised: `127.0.0.1:${closedPort}`,
      observed: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      failure: 'refused',
    });
  }
  expect(told[0]).toEqual(told[1]);
  for (const { journal } of [host, lost]) {
    expect(journal.events('address.unreachable')).toHaveLength(1);
    expect(journal.downs()).toEqual([]);
  }
});
