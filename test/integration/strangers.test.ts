import { describe, expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const RIGHT = 'the right secret of the cluster';
const WRONG = 'another secret of another place';
const QUICK = {
  reconnectBaseDelayMs: 50,
  reconnectMaxDelayMs: 200,
  limits: { reportIntervalMs: 1_000 },
};

describe.each([
  ['auth', { clusterSecret: WRONG }],
  ['auth', {}],
  ['cluster_name', { clusterSecret: RIGHT, clusterName: 'elsewhere' }],
] as const)('a stranger refused for %s (%j)', (reason, options) => {
  test('is told why, tries on with backoff, and harms nobody', async () => {
    const host = await ChildNode.start({ nodeName: 'host', clusterSecret: RIGHT, ...QUICK });
    const member = await ChildNode.start({
      nodeName: 'member',
      clusterSecret: RIGHT,
      seeds: [host.id],
      ...QUICK,
    });
    await waitForMesh([host, member], 2_000);
    const stranger = await ChildNode.start({
      nodeName: 'stranger',
      seeds: [host.id],
      ...options,
      ...QUICK,
    });

    expect(await stranger.journal.waitForEvent('peer.refused', 1_000)).toMatchObject({
      direction: 'outbound',
      reason,
      address: `127.0.0.1:${host.port}`,
    });
    await expect(stranger.connect(host.id)).rejects.toMatchObject({
      code: 'CONNECT_FAILED',
      reason,
    });

    // The second report, an interval later, counts the attempts between them.
    const first = await host.journal.waitForEvent('peer.refused', 1_000);
    expect(first).toMatchObject({ direction: 'inbound', reason, suppressed: 0 });
    const second = await host.journal.waitForEvent('peer.refused', 3_000, {
      where: ({ suppressed }) => suppressed > 0,
    });
    expect(second).toMatchObject({ direction: 'inbound', reason });
    expect(second.suppressed).toBeLessThan(50);
    expect(host.journal.events('peer.refused')).toHaveLength(2);

    expect([host, member].flatMap(({ journal }) => journal.downs())).toEqual([]);
    expect(await host.health()).toMatchObject({ reachable: [member.id], unreachable: [] });
    expect(await host.getNodes()).toHaveLength(1);
  });
});

test('a node with the wrong secret connects once its secret is corrected', async () => {
  const host = await ChildNode.start({ nodeName: 'host', clusterSecret: RIGHT, ...QUICK });
  const stranger = await ChildNode.start({
    nodeName: 'stranger',
    clusterSecret: WRONG,
    seeds: [host.id],
    ...QUICK,
  });
  await stranger.journal.waitForEvent('peer.refused', 1_000);
  await stranger.setSecrets([RIGHT]);
  await waitForMesh([host, stranger], 1_000);
});
