import { expect, it } from 'vitest';
import { A, B, C, PACE, type VirtualNode, virtualWorld } from './virtual-nodes.ts';

const A_ID = 'a@10.0.0.1:4369';
const B_ID = 'b@10.0.0.2:4369';
const OLD = 'old-secret-of-16-bytes';
const NEW = 'new-secret-of-16-bytes';

/** What happens to a node's sessions and peers from now on, e.g. `session.closed replaced`. */
function watch(node: VirtualNode): string[] {
  const seen: string[] = [];
  node.cluster.events$.subscribe((event) => {
    if (event.type === 'session.closed') seen.push(`session.closed ${event.cause}`);
    if (event.type === 'session.opened' || event.type === 'node.down') seen.push(event.type);
    if (event.type === 'name.conflict') seen.push(event.type);
  });
  return seen;
}

const RENEWED = ['session.closed replaced', 'session.opened'];

async function pairOnOldSecret(world = virtualWorld(), graceMs = 1_000, strikes = () => false) {
  const a = world.node(A, { faults: { strikes: (point) => point === 'dial' && strikes() } });
  const b = world.node(B);
  const shared = { clusterSecret: [OLD], limits: { secretGraceMs: graceMs } };
  await world.start(a, { host: A, ...shared });
  await world.start(b, { host: B, seeds: [A_ID], ...shared });
  await world.advance(500);
  return { world, a, b };
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'goes unnoticed although the hops differ widely (world %d)',
  async (seed) => {
    const { world, a, b } = await pairOnOldSecret(virtualWorld(seed, { min: 5, max: 60 }));
    const [ofA, ofB] = [watch(a), watch(b)];
    for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
    await world.advance(900);
    expect([ofA, ofB]).toEqual([RENEWED, RENEWED]);
  },
);

it('is tried again when it failed, before the old secret is closed', async () => {
  let isBroken = true;
  const { world, a, b } = await pairOnOldSecret(virtualWorld(), 10_000, () => isBroken);
  const ofA = watch(a);
  for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
  await world.advance(2_000);
  // From here on a session on the old secret has until its end.
  for (const { cluster } of [a, b]) cluster.setSecrets([NEW]);
  await world.advance(5_100);
  expect(ofA).toEqual([]);
  isBroken = false;
  await world.advance(8_000);
  expect(ofA).toEqual(RENEWED);
});

it('that never succeeds ends the session at the end of the grace time', async () => {
  const { world, a, b } = await pairOnOldSecret(virtualWorld(), 10_000);
  const ofA = watch(a);
  // The other node never learns of the new secret.
  a.cluster.setSecrets([NEW]);
  await world.advance(8_900);
  expect(ofA).toEqual([]);
  expect(b.cluster.getConnectedNodeCount()).toBe(1);
  await world.advance(1_200);
  expect(ofA).toEqual(['session.closed secret_retired', 'node.down']);
  expect(b.cluster.getConnectedNodeCount()).toBe(0);
});

// Hops of 20 ms: the answer to the challenge is under way for 40 ms, the renewal ends within them.
it.each([1, 5, 10, 15])(
  'in the middle of a challenge is no sign of death (%d ms)',
  async (atMs) => {
    const { world, a, b } = await pairOnOldSecret(virtualWorld(1, { min: 20, max: 20 }), 2);
    await world.advance(1_500);
    const seen = watch(a);
    const impostor = world.node(C).cluster.start({
      ...PACE,
      nodeName: 'b',
      host: C,
      advertiseHost: B,
      port: 4369,
      seeds: [A_ID],
      clusterSecret: [OLD],
      joinTimeoutMs: 1_000,
    });
    impostor.catch(() => {});
    await world.advance(atMs);
    for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
    await world.advance(200);
    expect(seen.filter((what) => what !== 'name.conflict')).toEqual(RENEWED);
    expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([B_ID]);
  },
);

it('shows on which secret each session is, step by step', async () => {
  const { world, a, b } = await pairOnOldSecret();
  const uses = () => [a, b].map(({ cluster }) => cluster.getSecretUse());
  expect(uses()).toEqual([[{ index: 0, sessions: 1 }], [{ index: 0, sessions: 1 }]]);
  for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
  const unmoved = [
    { index: 0, sessions: 0 },
    { index: 1, sessions: 1 },
  ];
  expect(uses()).toEqual([unmoved, unmoved]);
  await world.advance(900);
  const moved = [
    { index: 0, sessions: 1 },
    { index: 1, sessions: 0 },
  ];
  expect(uses()).toEqual([moved, moved]);
});

it.each([2, 3, 4, 5])(
  'takes in a session whose handshake was under way when the secrets changed (%d ms before)',
  async (aheadMs) => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    const shared = { clusterSecret: [OLD], limits: { secretGraceMs: 2_000 } };
    await world.start(a, { host: A, ...shared });
    await world.start(b, { host: B, ...shared });
    const ofA = watch(a);
    const connected = a.cluster.connect('10.0.0.2:4369');
    await world.advance(aheadMs);
    for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
    await world.advance(50);
    await connected;
    await world.advance(5_000);
    for (const { cluster } of [a, b]) {
      expect(cluster.getSecretUse()).toEqual([
        { index: 0, sessions: 1 },
        { index: 1, sessions: 0 },
      ]);
    }
    expect(ofA).toEqual(['session.opened', ...RENEWED]);
  },
);
