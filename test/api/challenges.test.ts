import { describe, expect, it } from 'vitest';
import { A, B, C, PACE, type VirtualNode, virtualWorld, type World } from './virtual-nodes.ts';

const A_ID = 'a@10.0.0.1:4369';
const B_ID = 'b@10.0.0.2:4369';
const clusterSecret = 'a-secret-of-16-bytes';
const heartbeatMissThreshold = 10;

function watch(node: VirtualNode): string[] {
  const seen: string[] = [];
  node.cluster.events$.subscribe((event) => {
    if (event.type === 'session.closed') seen.push(`session.closed ${event.cause}`);
    if (event.type === 'name.conflict') seen.push(event.type);
  });
  return seen;
}

/** A node with the secret that claims, from another machine, to be `b`. */
function impostor(world: World): void {
  const starting = world.node(C).cluster.start({
    ...PACE,
    nodeName: 'b',
    host: C,
    advertiseHost: B,
    port: 4369,
    seeds: [A_ID],
    clusterSecret,
    joinTimeoutMs: 3_000,
  });
  starting.catch(() => {});
}

async function pair(world: World, limits = {}) {
  const [a, b] = [world.node(A), world.node(B)];
  await world.start(a, { host: A, clusterSecret, heartbeatMissThreshold, limits });
  await world.start(b, { host: B, seeds: [A_ID], clusterSecret, heartbeatMissThreshold });
  await world.advance(50);
  return { a, b };
}

describe('a session whose id somebody else claims', () => {
  it.each([5, 6, 7, 8, 9, 10])(
    'is kept when the answer waited unread during a pause (%d ms)',
    async (pausedAtMs) => {
      const world = virtualWorld();
      const { a } = await pair(world);
      const seen = watch(a);
      impostor(world);
      await world.advance(pausedAtMs);
      a.clock.freeze();
      await world.advance(5_000);
      a.clock.thaw();
      await world.advance(500);
      expect(seen.filter((what) => what !== 'name.conflict')).toEqual([]);
      expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([B_ID]);
    },
  );

  it('is kept when it cannot be asked, since too many others are being asked', async () => {
    const world = virtualWorld();
    const { a, b } = await pair(world, { maxPendingCalls: 1 });
    const seen = watch(a);
    b.clock.freeze();
    const asking = a.cluster.ping(B_ID);
    impostor(world);
    await world.advance(2_000);
    expect(seen).toEqual(['name.conflict']);
    expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([B_ID]);
    b.clock.thaw();
    await world.advance(50);
    expect(await asking).toBe(true);
  });

  it('lets nobody in when its node says goodbye while it waits for the sign of life', async () => {
    const world = virtualWorld();
    const { a } = await pair(world);
    // Somebody who does not hear the goodbye keeps it going.
    const deaf = world.node('10.0.0.4');
    await world.start(deaf, { host: '10.0.0.4', seeds: [A_ID], clusterSecret });
    deaf.clock.freeze();
    world.network.vanish(B);
    const returned = world.node(C);
    const refusals: string[] = [];
    returned.cluster.events$.subscribe((event) => {
      if (event.type === 'seed.unreachable') refusals.push(event.failure);
      if (event.type === 'session.opened') refusals.push(event.type);
    });
    const starting = returned.cluster.start({
      ...PACE,
      nodeName: 'b',
      host: C,
      advertiseHost: B,
      seeds: [A_ID],
      clusterSecret,
      joinTimeoutMs: 3_000,
    });
    await world.advance(500);
    a.cluster.stop();
    await world.advance(3_000);
    await starting;
    expect(refusals[0]).toBe('leaving');
  });
});
