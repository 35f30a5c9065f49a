import { expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import type { Link } from '../../src/ports.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { simulatedKeys } from '../../src/testing/simulated-keys.ts';
import { FRAME, FrameReader } from '../../src/wire/frame.ts';
import { AcceptorHandshake } from '../../src/wire/handshake.ts';
import { A, B, C, virtualWorld, type World } from './virtual-nodes.ts';

const A_ID = 'a@10.0.0.1:4369';
const B_ID = 'b@10.0.0.2:4369';
const clusterSecret = 'a-secret-of-16-bytes';

it.each([1, 2, 3, 4, 5])('lets both of two crossing connects succeed (world %d)', async (seed) => {
  const world = virtualWorld(seed);
  const a = world.node(A);
  const b = world.node(B);
  await world.start(a, { host: A });
  await world.start(b, { host: B });
  const outcomes: string[] = [];
  const note = (connecting: Promise<unknown>) =>
    connecting.then(
      (id) => outcomes.push(`met ${id}`),
      (error: unknown) => outcomes.push(String(error)),
    );
  note(a.cluster.connect(B_ID));
  note(b.cluster.connect(A_ID));
  await world.advance(100);
  expect(outcomes.sort()).toEqual([`met ${A_ID}`, `met ${B_ID}`]);
  expect(a.cluster.getConnectedNodeCount()).toBe(1);
});

it('tells two nodes that join the same seed at the same moment of each other at once', async () => {
  const world = virtualWorld();
  const [a, b, c] = [world.node(A), world.node(B), world.node(C)];
  await world.start(a, { host: A });
  await Promise.all([
    world.start(b, { host: B, seeds: [A_ID] }),
    world.start(c, { host: C, seeds: [A_ID] }),
  ]);
  // Far less than the beat of a second, with which views would be compared.
  await world.advance(50);
  expect(b.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([A_ID, 'c@10.0.0.3:4369']);
});

/** Claims to be `b`, and goes silent once the dialer has shown its proof. */
function claimant(world: World): void {
  const claimed = { id: NodeId.parse(B_ID), uid: 'ff'.repeat(16), incarnation: 5 };
  const keys = simulatedKeys(seededRandom(9));
  const open = (link: Link) => {
    const handshake = new AcceptorHandshake(
      {
        self: claimed,
        clusterName: 'default',
        psks: [new Uint8Array(32)],
        features: 0,
        channelBinding: null,
      },
      { keyPair: keys.pair(), nonce: new Uint8Array(32) },
    );
    const reader = new FrameReader(4_096);
    const read = (type: number, body: Uint8Array) => {
      const greeted = type === FRAME.hello ? handshake.hello(type, body) : null;
      if (greeted?.ok) link.write(greeted.send);
      return true;
    };
    link.open({ data: (chunk) => reader.push(chunk, read), drain: () => {}, closed: () => {} });
  };
  world.network
    .host(C, world.clock.node())
    .listen({ host: C, port: 4369 }, { listening: () => {}, failed: () => {}, link: open });
}

it('keeps a joining node waiting for about a second when somebody else claims its id', async () => {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  claimant(world);
  await world.start(a, {
    host: A,
    clusterSecret,
    seeds: ['10.0.0.3:4369'],
    joinTimeoutMs: 1,
    reconnectBaseDelayMs: 10,
    reconnectMaxDelayMs: 100,
  });
  await world.advance(20);
  await world.start(b, { host: B, clusterSecret, seeds: [A_ID] });
  await world.advance(1_100);
  expect(b.cluster.getConnectedNodeCount()).toBe(1);
});
