import { expect, it } from 'vitest';
import type { Link } from '../../src/ports.ts';
import { FRAME, frame } from '../../src/wire/frame.ts';
import { A, B, virtualWorld, type World } from './virtual-nodes.ts';

const B_ID = 'b@10.0.0.2:4369';
const clusterSecret = 'a-secret-of-16-bytes';
const reconnectMaxDelayMs = 2_000;

/** The code of the plain-text hint "you have dialled yourself". */
const SELF = 7;

/** At B's address, without the secret: answers every greeting with that hint. */
function liar(world: World): { stop(): void; hits(): number } {
  let hits = 0;
  const open = (link: Link) => {
    hits += 1;
    const data = () => {
      link.write(frame(FRAME.reject, Uint8Array.of(SELF)));
      link.end();
    };
    link.open({ data, drain: () => {}, closed: () => {} });
  };
  const listener = world.network
    .host(B, world.clock.node())
    .listen({ host: B, port: 4369 }, { listening: () => {}, failed: () => {}, link: open });
  return { stop: () => listener.close(() => {}), hits: () => hits };
}

it('goes on dialling a seed after an unproven hint that the seed is this node', async () => {
  const world = virtualWorld();
  const stranger = liar(world);
  const a = world.node(A);
  await world.start(a, { host: A, seeds: [B_ID], clusterSecret, reconnectMaxDelayMs });
  await world.advance(1_000);
  expect(stranger.hits()).toBeGreaterThan(0);
  stranger.stop();
  await world.advance(10);
  await world.start(world.node(B), { host: B, clusterSecret });
  await world.advance(5_000);
  expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([B_ID]);
});

it('goes on dialling a lost peer after such a hint', async () => {
  const world = virtualWorld();
  const a = world.node(A);
  await world.start(a, { host: A, clusterSecret, reconnectMaxDelayMs });
  await world.start(world.node(B), { host: B, seeds: ['a@10.0.0.1:4369'], clusterSecret });
  await world.advance(50);
  expect(a.cluster.getConnectedNodeCount()).toBe(1);
  world.network.crash(B);
  const stranger = liar(world);
  await world.advance(8_000);
  expect(stranger.hits()).toBeGreaterThan(0);
  stranger.stop();
  await world.advance(10);
  await world.start(world.node(B), { host: B, clusterSecret });
  await world.advance(5_000);
  expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([B_ID]);
});
