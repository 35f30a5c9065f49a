import { describe, expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { A, B, virtualWorld } from '../api/virtual-nodes.ts';

const A_ID = NodeId.parse('a@10.0.0.1:4369');
const B_ID = NodeId.parse('b@10.0.0.2:4369');
const OLD = 'old-secret-of-16-bytes';
const NEW = 'new-secret-of-16-bytes';
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];

/** Two nodes whose hops take from 5 to 60 ms, and an actor of each that notes what it hears. */
async function noters(seed: number) {
  const world = virtualWorld(seed, { min: 5, max: 60 });
  const ends = [];
  for (const host of [A, B]) {
    const actors = new Actors();
    const heard: unknown[] = [];
    actors.behaviors.register('noter', (message: unknown) => {
      heard.push(message instanceof Uint8Array ? message.length : message);
      return message;
    });
    ends.push({ node: world.node(host, { actors }), actors, heard });
  }
  const [a, b] = ends;
  if (!a || !b) throw new Error('there are two ends');
  const shared = { clusterSecret: [OLD], limits: { secretGraceMs: 1_000 } };
  await world.start(a.node, { host: A, ...shared });
  await world.start(b.node, { host: B, seeds: [A_ID], ...shared });
  await world.advance(500);
  let opened = 0;
  a.node.cluster.events$.subscribe(({ type }) => {
    if (type === 'session.opened') opened += 1;
  });
  const refs: Ref[] = [];
  void a.actors.spawn('noter', { on: B_ID }).then((ref) => refs.push(ref));
  await world.advance(500);
  void b.actors.spawn('noter', { on: A_ID }).then((ref) => refs.push(ref));
  await world.advance(500);
  const [toB, toA] = refs;
  if (!toB || !toA) throw new Error('both were spawned');
  const changeSecret = () => {
    for (const { node } of [a, b]) node.cluster.setSecrets([NEW, OLD]);
  };
  return { world, a, b, toA, toB, changeSecret, opened: () => opened };
}

describe('while one link takes the place of another', () => {
  test.each(SEEDS)('messages arrive in order, once, and all of them (world %d)', async (seed) => {
    const { world, a, b, toA, toB, changeSecret, opened } = await noters(seed);
    const letters: unknown[] = [];
    for (const { node } of [a, b]) {
      node.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
    }
    changeSecret();
    let sent = 0;
    for (; sent < 1_000; sent += 1) {
      toA.send(sent);
      toB.send(sent);
      await world.advance(1);
    }
    await world.advance(3_000);
    const all = Array.from({ length: sent }, (_, i) => i);
    expect(opened()).toBe(1);
    expect(b.heard).toEqual(all);
    expect(a.heard).toEqual(all);
    expect(letters).toEqual([]);
  });

  test.each(SEEDS)('asks under way are answered (world %d)', async (seed) => {
    const { world, toA, toB, changeSecret } = await noters(seed);
    changeSecret();
    const outcomes: unknown[] = [];
    for (let asked = 0; asked < 1_000; asked += 1) {
      for (const ref of [toA, toB]) {
        ref.ask(asked).then(
          (answer) => outcomes.push(answer === asked),
          (error: unknown) => outcomes.push(error),
        );
      }
      await world.advance(1);
    }
    await world.advance(6_000);
    expect(outcomes).toEqual(new Array(2_000).fill(true));
  });

  test.each(SEEDS)('large messages arrive whole, in order (world %d)', async (seed) => {
    const { world, b, toB, changeSecret } = await noters(seed);
    changeSecret();
    for (let size = 100_000; size < 100_050; size += 1) {
      toB.send(new Uint8Array(size));
      await world.advance(20);
    }
    await world.advance(3_000);
    expect(b.heard).toEqual(Array.from({ length: 50 }, (_, i) => 100_000 + i));
  });

  test('a malformed record that has waited for the older link ends the session', async () => {
    const { world, a, b, toA, changeSecret } = await noters(1);
    const closed: unknown[] = [];
    a.node.cluster.events$.subscribe((event) => {
      if (event.type === 'session.closed') closed.push(event.cause);
    });
    const lane = () => b.actors.node.line(A_ID)?.lane;
    const former = lane();
    world.network.setConditions(B, A, {
      latencyMs: { min: 5, max: 5 },
      bytesPerSecond: 300_000,
    });
    changeSecret();
    // A little more than the link takes: nothing waits here, and the older link is not at its end.
    while (lane() === former) {
      toA.send(new Uint8Array(10_000));
      await world.advance(25);
    }
    lane()?.open()?.number(99);
    lane()?.close();
    await world.advance(20);
    expect([...closed]).toEqual(['replaced']);
    await world.advance(500);
    expect(closed).toEqual(['replaced', 'tampered']);
  });
});
