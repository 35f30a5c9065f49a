/** Handshakes by those who do not belong here: wrong secret, wrong cluster, recorded, relayed. */
import { expect, onTestFinished, test } from 'vitest';
import { STATUS } from '../../src/wire/handshake.ts';
import { ChildNode } from '../support/child-node.ts';
import { Insider, laterLife } from '../support/insider.ts';
import { waitForMesh } from '../support/mesh.ts';
import { Middleman } from '../support/middleman.ts';
import { Stranger } from '../support/stranger.ts';
import { meshConfig, WatchedMesh } from '../support/watched-mesh.ts';

const CLOSE_MS = 2_000;

test('who cannot prove the secret, or names another cluster or node, is refused and reported', async () => {
  const mesh = await WatchedMesh.start(onTestFinished);
  const { victim } = mesh;
  const cases = [
    ['auth', { secret: 'a guess at the secret', from: '127.0.2.1' }],
    ['cluster_name', { clusterName: 'another', from: '127.0.2.2' }],
    [STATUS.wrongPeer, { expectedPeer: mesh.others[0].id, from: '127.0.2.3' }],
    [STATUS.nameConflict, { self: laterLife(mesh.others[0].id), from: '127.0.2.4' }],
    [STATUS.nameConflict, { self: laterLife(victim.id), from: '127.0.2.5' }],
  ] as const;
  for (const [expected, options] of cases) {
    const { insider, shaken } = await Insider.knock(victim.port, options);
    expect(shaken).toBe(expected);
    await insider.stranger.waitForClose(CLOSE_MS);
    expect(await mesh.waitForRefusal(options.from)).toMatchObject({ direction: 'inbound' });
  }
  await mesh.expectUnaffected();
});

test('a recorded handshake and session opens nothing, neither at the same node nor at another', async () => {
  const mesh = await WatchedMesh.start(onTestFinished);
  const tap = await Middleman.listen();
  onTestFinished(() => tap.close());
  tap.forwardTo(mesh.victim.port);
  const guest = await ChildNode.start(meshConfig('guest', { seeds: [`127.0.0.1:${tap.port}`] }));
  await waitForMesh([...mesh.nodes, guest], CLOSE_MS);
  const recorded = Buffer.concat(tap.recorded.get(guest.id) ?? []);
  expect(recorded.length).toBeGreaterThan(200);

  const opened = () =>
    mesh.nodes.flatMap(({ journal }) =>
      journal.events('session.opened').filter(({ nodeId }) => nodeId === guest.id),
    ).length;
  const replay = async (from: string) => {
    for (const { port } of mesh.nodes) {
      const stranger = await Stranger.connect(port, { from });
      stranger.say(recorded);
      await stranger.waitForClose(CLOSE_MS);
    }
    expect(await mesh.waitForRefusal(from)).toMatchObject({ reason: 'auth', nodeId: guest.id });
  };
  const before = opened();
  await replay('127.0.3.1');
  expect(opened()).toBe(before);
  await mesh.expectUnaffected();
  await guest.stop();
  await replay('127.0.3.2');
  expect(opened()).toBe(before);
  await mesh.expectUnaffected();
});

test('a handshake relayed to another member is refused by that member', async () => {
  const mesh = await WatchedMesh.start(onTestFinished);
  const relay = await Middleman.listen();
  onTestFinished(() => relay.close());
  relay.forwardTo(mesh.others[0].port);
  const guest = await ChildNode.start(
    meshConfig('guest', { seeds: [`n1@127.0.0.1:${relay.port}`] }),
  );
  const refusal = await guest.journal.waitForEvent('peer.refused', CLOSE_MS);
  expect(refusal).toMatchObject({ direction: 'outbound', reason: 'wrong_peer' });
  expect(refusal.nodeId).toBe(mesh.others[0].id);
  expect(guest.journal.events('session.opened')).toEqual([]);
  await mesh.expectUnaffected();
});
