import { expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { A, B, virtualWorld } from '../api/virtual-nodes.ts';

const A_ID = NodeId.parse('a@10.0.0.1:4369');
const B_ID = NodeId.parse('b@10.0.0.2:4369');
const SLOW = { latencyMs: { min: 1, max: 1 }, bytesPerSecond: 200_000 };
const LARGE = new Uint8Array(900_000);
const SMALL_QUEUE = { maxDataQueueBytes: 500_000 };

/** Two nodes on a network that can be made slow. */
class Pair {
  readonly world = virtualWorld();
  readonly a = new Actors();
  readonly b = new Actors();
  readonly nodes = [this.a, this.b].map((actors, index) => {
    actors.behaviors.register('echo', (message: unknown) => message);
    actors.behaviors.register('silent', () => new Promise(() => {}));
    actors.behaviors.register('server', {
      init: () => Promise.resolve(0),
      handleCall: (message: unknown) => [message, 0],
      handleCast: () => 0,
    });
    return this.world.node(index === 0 ? A : B, { actors });
  });

  static async open(limits = {}): Promise<Pair> {
    const pair = new Pair();
    const [a, b] = pair.nodes;
    if (!a || !b) throw new Error('two were made');
    await pair.world.start(a, { host: A, limits });
    await pair.world.start(b, { host: B, seeds: [A_ID], limits });
    await pair.world.advance(500);
    return pair;
  }

  get here() {
    return this.nodes[0]?.cluster ?? this.#none();
  }

  get processesThere(): number {
    return this.nodes[1]?.cluster.getLocalNodeInfo().processCount ?? this.#none();
  }

  async spawn(from: Actors, on: NodeId, name = 'echo'): Promise<Ref> {
    let spawned: Ref | null = null;
    void from.spawn(name, { on }).then((ref) => {
      spawned = ref;
    });
    await this.world.advance(500);
    return spawned ?? this.#none();
  }

  /** What has become of it by then. */
  async outcome(promise: Promise<unknown>, forMs: number): Promise<unknown> {
    let outcome: unknown = 'open';
    const settle = (value: unknown) => {
      outcome = value;
    };
    promise.then(settle, settle);
    await this.world.advance(forMs);
    return outcome;
  }

  /** Keeps the queue from here to there full for a while. */
  async crowd(sink: Ref, forMs: number, everyMs: number): Promise<void> {
    for (let ms = 0; ms < forMs; ms += everyMs) {
      while (!this.a.isBusy(sink.nodeId)) sink.send(new Uint8Array(10_000));
      fill(sink);
      await this.world.advance(everyMs);
    }
  }

  slowDown(): void {
    this.world.network.setConditions(A, B, SLOW);
    this.world.network.setConditions(B, A, SLOW);
  }

  #none(): never {
    throw new Error('there is none');
  }
}

function fill(sink: Ref): void {
  try {
    for (;;) sink.send(new Uint8Array(10_000));
  } catch {
    // Full.
  }
}

test('what a node answers does not overtake what it has told, while a large message is under way', async () => {
  const pair = await Pair.open();
  const sink = await pair.spawn(pair.b, A_ID);
  const far = await pair.spawn(pair.a, B_ID);
  const near = await pair.spawn(pair.a, A_ID);
  pair.slowDown();
  sink.send(LARGE);
  await pair.world.advance(100);
  const { actors } = pair.here;
  const options = { timeoutMs: 30_000 };
  const group = actors.group('team');
  const named = actors.register('far', far, options).then(() => actors.whereis('far')?.id);
  const joined = group.join(far, options).then(() => group.members.length);
  const linked = actors.link(near, far, options).then(() => 'linked');
  const outcome = await pair.outcome(Promise.all([named, joined, linked]), 20_000);
  expect(outcome).toEqual([far.id, 1, 'linked']);
});

test('a start that takes too long leaves no actor, also when nothing more can be sent', async () => {
  const pair = await Pair.open(SMALL_QUEUE);
  const sink = await pair.spawn(pair.a, B_ID);
  pair.world.network.stall(A, B);
  const failed = pair.a.spawn('server', { on: B_ID, timeoutMs: 1_000 }).catch((error) => error);
  await pair.crowd(sink, 1_200, 100);
  pair.world.network.resume(A, B);
  expect(await pair.outcome(failed, 20_000)).toMatchObject({ reason: 'timeout' });
  expect(pair.processesThere).toBe(1);
});

test('an actor is kept whose starter has no room to say so', async () => {
  const pair = await Pair.open(SMALL_QUEUE);
  const sink = await pair.spawn(pair.a, B_ID);
  pair.slowDown();
  const spawned = pair.a.spawn('echo', { on: B_ID });
  await pair.crowd(sink, 2_000, 2);
  const ref = await pair.outcome(spawned, 20_000);
  expect(ref).toMatchObject({ nodeId: B_ID });
  expect(pair.processesThere).toBe(2);
});

test('an ask that is cancelled is not open there, however much waits', async () => {
  const pair = await Pair.open(SMALL_QUEUE);
  const sink = await pair.spawn(pair.a, B_ID);
  const silent = await pair.spawn(pair.a, B_ID, 'silent');
  pair.world.network.stall(A, B);
  const abort = new AbortController();
  const asked = silent.ask('x', { signal: abort.signal, timeoutMs: 60_000 });
  const failed = asked.catch((error) => error);
  await pair.crowd(sink, 600, 100);
  abort.abort();
  pair.world.network.resume(A, B);
  expect(await pair.outcome(failed, 20_000)).toMatchObject({ reason: 'cancelled' });
  expect(pair.b.node.line(A_ID)?.openAsks).toBe(0);
});

test('whoever is asked forgets it after the time limit, also when nobody says so', async () => {
  const pair = await Pair.open();
  const silent = await pair.spawn(pair.a, B_ID, 'silent');
  const asked = silent.ask('x', { timeoutMs: 1_000 }).catch((error) => error);
  await pair.world.advance(500);
  expect(pair.b.node.line(A_ID)?.openAsks).toBe(1);
  // What is said now comes long after that.
  pair.world.network.stall(A, B);
  expect(await pair.outcome(asked, 1_000)).toMatchObject({ reason: 'timeout' });
  expect(pair.b.node.line(A_ID)?.openAsks).toBe(0);
});

test('a large ask that is cancelled at once is not open there', async () => {
  const pair = await Pair.open();
  const silent = await pair.spawn(pair.a, B_ID, 'silent');
  pair.slowDown();
  const abort = new AbortController();
  const asked = silent.ask(LARGE, { signal: abort.signal, timeoutMs: 60_000 });
  const failed = asked.catch((error) => error);
  abort.abort();
  expect(await pair.outcome(failed, 10_000)).toMatchObject({ reason: 'cancelled' });
  expect(pair.b.node.line(A_ID)?.openAsks).toBe(0);
});
