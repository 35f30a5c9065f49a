import { describe, expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { OverloadedError } from '../../src/errors/actors.ts';
import type { DownEvent, NodeBusy } from '../../src/index.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { A, B, virtualWorld } from '../api/virtual-nodes.ts';
import { spawnOn, startEnd } from './actor-pair.ts';

const A_ID = NodeId.parse('a@10.0.0.1:4369');
const B_ID = NodeId.parse('b@10.0.0.2:4369');
const OLD = 'old-secret-of-16-bytes';
const NEW = 'new-secret-of-16-bytes';
const LIMITS = { maxDataQueueBytes: 1_000_000, secretGraceMs: 1_000 };
const ONE_MS = { min: 1, max: 1 };
const PIECE = new Uint8Array(10_000);

async function virtualEnds(limits = {}) {
  const world = virtualWorld();
  const actors = new Actors();
  const a = world.node(A, { actors });
  const thereActors = new Actors();
  const heard: (number | string)[] = [];
  thereActors.behaviors.register('count', (message: Uint8Array | DownEvent) =>
    heard.push('reason' in message ? message.reason : message.length),
  );
  actors.behaviors.register('echo', (message: unknown) => message);
  const b = world.node(B, { actors: thereActors });
  const shared = { clusterSecret: [OLD], limits: { ...LIMITS, ...limits } };
  await world.start(a, { host: A, ...shared });
  await world.start(b, { host: B, seeds: [A_ID], ...shared });
  await world.advance(500);
  const refs: Ref[] = [];
  void actors.spawn('count', { on: B_ID }).then((ref) => refs.push(ref));
  await world.advance(500);
  const [ref] = refs;
  if (!ref) throw new Error('it was spawned');
  const changes: NodeBusy[] = [];
  a.cluster.actors.busy$.subscribe((change) => changes.push(change));
  const isBusy = () => a.cluster.actors.isBusy(B_ID);
  const echoes = async (count: number): Promise<readonly Ref[]> => {
    const started: Ref[] = [];
    for (let n = 0; n < count; n += 1) void actors.spawn('echo').then((echo) => started.push(echo));
    await world.advance(10);
    return started;
  };
  /** Nothing leaves any more, and the link takes no more ahead; how many were sent. */
  const stop = async (): Promise<number> => {
    world.network.stall(A, B);
    let sent = 0;
    for (let round = 0; round < 5; round += 1) {
      sent += flood(ref);
      await world.advance(20);
    }
    return sent;
  };
  return { world, a, b, ref, changes, heard, isBusy, echoes, stop };
}

/** Until it is refused; how many were not. */
function flood(ref: Ref): number {
  for (let sent = 0; sent < 1_000; sent += 1) {
    try {
      ref.send(PIECE);
    } catch (error) {
      expect(error).toBeInstanceOf(OverloadedError);
      return sent;
    }
  }
  throw new Error('nothing is ever refused');
}

describe('a node that does not keep up', () => {
  test('is busy from half of what may wait for it, at once for those who look', async () => {
    const { world, ref, changes, isBusy } = await virtualEnds();
    world.network.stall(A, B);
    for (let sent = 0; sent < 49; sent += 1) ref.send(PIECE);
    expect(isBusy()).toBe(false);
    ref.send(PIECE);
    expect(isBusy()).toBe(true);
    // The link takes some of it ahead.
    for (let sent = 0; sent < 40; sent += 1) ref.send(PIECE);
    expect(changes).toEqual([]);
    await world.advance(1);
    expect(changes).toEqual([{ nodeId: B_ID, busy: true }]);
  });

  test('is busy no more once an eighth is left, and all arrives', async () => {
    const { world, ref, changes, heard, isBusy } = await virtualEnds();
    world.network.slowReceiver(B, 200_000);
    const sent = flood(ref);
    expect(sent).toBeGreaterThanOrEqual(99);
    expect(ref.queuedBytes).toBeLessThan(1_100_000);
    await world.advance(1_000);
    expect(isBusy()).toBe(true);
    for (let waited = 0; isBusy() && waited < 100; waited += 1) {
      await world.advance(100);
    }
    expect(ref.queuedBytes).toBeLessThan(125_001);
    expect(heard.length).toBeGreaterThan(50);
    expect(changes).toEqual([
      { nodeId: B_ID, busy: true },
      { nodeId: B_ID, busy: false },
    ]);
    await world.advance(5_000);
    expect(heard).toHaveLength(sent);
    expect(changes).toHaveLength(2);
  });

  test('is the first thing that somebody hears who comes later', async () => {
    const { world, a, ref } = await virtualEnds();
    world.network.stall(A, B);
    flood(ref);
    await world.advance(1);
    const changes: NodeBusy[] = [];
    const subscription = a.cluster.actors.busy$.subscribe((change) => changes.push(change));
    expect(changes).toEqual([{ nodeId: B_ID, busy: true }]);
    subscription.unsubscribe();
    world.network.resume(A, B);
    await world.advance(1_000);
    expect(changes).toHaveLength(1);
  });

  test('is busy no more as soon as the link has taken all, however little may wait', async () => {
    const { world, ref, changes } = await virtualEnds({ maxDataQueueBytes: 200_000 });
    world.network.setConditions(A, B, { latencyMs: ONE_MS, bytesPerSecond: 1_000_000 });
    flood(ref);
    await world.advance(300);
    expect(changes).toEqual([
      { nodeId: B_ID, busy: true },
      { nodeId: B_ID, busy: false },
    ]);
  });

  test('is sent what monitors tell its actors once there is room', async () => {
    const { world, a, ref, heard, echoes, stop } = await virtualEnds({ maxMonitors: 3 });
    const told = await echoes(3);
    for (const echo of told) a.cluster.actors.monitor(echo, ref);
    const sent = await stop();
    for (const echo of told) void echo.stop();
    await world.advance(1_000);
    expect(() => ref.send(PIECE)).toThrow(OverloadedError);
    world.network.resume(A, B);
    await world.advance(5_000);
    expect(heard.slice(sent)).toEqual(['stopped', 'stopped', 'stopped']);
  });

  test('is told of no more ends than it may have monitors, while it takes nothing', async () => {
    const { world, a, ref, heard, echoes, stop } = await virtualEnds({ maxMonitors: 1 });
    const failures: unknown[] = [];
    a.cluster.events$.subscribe((event) => {
      if (event.type === 'observer.failed') failures.push(event.error);
    });
    const told = await echoes(2);
    const sent = await stop();
    for (const echo of told) {
      a.cluster.actors.monitor(echo, ref);
      void echo.stop();
      await world.advance(20);
    }
    expect(failures).toMatchObject([{ code: 'OVERLOADED', nodeId: B_ID }]);
    world.network.resume(A, B);
    await world.advance(5_000);
    expect(heard.slice(sent)).toEqual(['stopped']);
  });

  test('makes dead letters of what monitors would have told its actors when it is gone', async () => {
    const { world, a, echoes, ref, stop } = await virtualEnds();
    const told = await echoes(2);
    for (const echo of told) a.cluster.actors.monitor(echo, ref);
    await stop();
    for (const echo of told) void echo.stop();
    const letters: unknown[] = [];
    a.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
    world.network.cut(A, B);
    await world.advance(30_000);
    expect(letters).toContainEqual(
      expect.objectContaining({ reason: 'lost', from: A_ID, count: 2 }),
    );
  });

  test('is not busy when it is gone', async () => {
    const { world, ref, changes, isBusy } = await virtualEnds();
    world.network.cut(A, B);
    flood(ref);
    await world.advance(10_000);
    expect(changes).toEqual([
      { nodeId: B_ID, busy: true },
      { nodeId: B_ID, busy: false },
    ]);
    expect(isBusy()).toBe(false);
  });

  test('is not busy when this node stops', async () => {
    const { world, a, ref, changes, isBusy } = await virtualEnds();
    world.network.stall(A, B);
    flood(ref);
    await world.advance(1);
    void a.cluster.stop();
    await world.advance(3_000);
    expect(a.cluster.getStatus()).toBe('stopped');
    expect(changes).toEqual([
      { nodeId: B_ID, busy: true },
      { nodeId: B_ID, busy: false },
    ]);
    expect(isBusy()).toBe(false);
    expect(a.cluster.actors.isBusy('nobody')).toBe(false);
  });

  test('is as busy over the link that takes the place of another one', async () => {
    const { world, a, b, ref, changes, heard, isBusy } = await virtualEnds();
    world.network.setConditions(A, B, { latencyMs: ONE_MS, bytesPerSecond: 300_000 });
    let opened = 0;
    a.cluster.events$.subscribe(({ type }) => {
      if (type === 'session.opened') opened += 1;
    });
    let sent = flood(ref);
    await world.advance(1);
    for (const { cluster } of [a, b]) cluster.setSecrets([NEW, OLD]);
    for (let waited = 0; opened === 0 && waited < 300; waited += 1) {
      await world.advance(10);
      sent += flood(ref);
    }
    expect([opened, isBusy()]).toEqual([1, true]);
    expect(changes).toEqual([{ nodeId: B_ID, busy: true }]);
    world.network.setConditions(A, B);
    await world.advance(5_000);
    expect(heard).toHaveLength(sent);
    expect(changes).toEqual([
      { nodeId: B_ID, busy: true },
      { nodeId: B_ID, busy: false },
    ]);
  });
});

test('whoever is refused hears when there is room again, be it at the end of the turn', async () => {
  const here = await startEnd('here', { limits: { maxDataQueueBytes: 100_000 } });
  const ref = await spawnOn(here, here, (message: Uint8Array) => message.length);
  const { actors } = here.node.cluster;
  const changes: NodeBusy[] = [];
  flood(ref);
  expect(actors.isBusy(here.id)).toBe(true);
  await new Promise<void>((resolve) => {
    actors.busy$.subscribe((change) => {
      changes.push(change);
      if (!change.busy) resolve();
    });
  });
  expect(changes).toEqual([
    { nodeId: here.id, busy: true },
    { nodeId: here.id, busy: false },
  ]);
  expect(await ref.ask(PIECE)).toBe(10_000);
});
