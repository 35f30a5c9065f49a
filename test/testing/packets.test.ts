import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Link } from '../../src/ports.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork } from '../../src/testing/memory-network.ts';
import type { PathConditions } from '../../src/testing/memory-path.ts';
import { seededRandom } from '../../src/testing/random.ts';

const A = '10.0.0.1';
const B = '10.0.0.2';
const ONE_MS = { latencyMs: { min: 1, max: 1 } };

/** A connection of two processes, opened at both ends, over a path that is smooth until then. */
function connection(seed = 1) {
  const clock = new TestClock();
  const network = createMemoryNetwork({ clock, random: seededRandom(seed), ...ONE_MS });
  const [clockA, clockB] = [clock.node(), clock.node()];
  const hostB = network.host(B, clockB);
  const accepted: Link[] = [];
  const dialled: Link[] = [];
  hostB.listen(
    { host: B, port: 4369 },
    { listening: () => {}, failed: () => {}, link: (link) => accepted.push(link) },
  );
  network.host(A, clockA).dial({ host: B, port: 4369 }, (result) => {
    if (result.ok) dialled.push(result.link);
  });
  clock.advance(10);
  const [near] = dialled;
  const [far] = accepted;
  if (!near || !far) throw new Error('not connected');
  return { clock, network, clockA, clockB, near, far, nearSeen: read(near), farSeen: read(far) };
}

function read(link: Link) {
  const seen = { bytes: [] as number[], closed: [] as unknown[] };
  link.open({
    data: (chunk) => seen.bytes.push(...chunk),
    drain: () => {},
    closed: (error) => seen.closed.push(error),
  });
  return seen;
}

/** Numbers that tell their place. */
function numbers(count: number, from = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, at) => (from + at) * 31 + ((from + at) >> 8));
}

describe('packets below a stream', () => {
  const chance = fc.double({ min: 0, max: 0.6, noNaN: true });
  const troubles = fc.record({ loss: chance, duplicate: chance, reorder: chance });
  const writes = fc.array(fc.integer({ min: 1, max: 4_000 }), {
    minLength: 1,
    maxLength: 30,
    size: 'max',
  });

  it('lose, double and overtake each other, while every byte arrives once and in order', () => {
    fc.assert(
      fc.property(fc.nat(1_000), troubles, writes, (seed, conditions, lengths) => {
        const { clock, network, near, farSeen } = connection(seed);
        network.setConditions(A, B, { ...ONE_MS, ...conditions });
        network.setConditions(B, A, { ...ONE_MS, ...conditions });
        let sent = 0;
        for (const [at, length] of lengths.entries()) {
          near.write(numbers(length, sent));
          sent += length;
          clock.advance(at % 3);
          // Conditions may change while packets are under way.
          if (at === 10) network.setConditions(A, B, ONE_MS);
          if (at === 20) network.setConditions(A, B, { ...ONE_MS, ...conditions });
        }
        near.end();
        clock.advance(900_000);
        expect(farSeen.bytes).toEqual([...numbers(sent)]);
        expect(farSeen.closed).toEqual([null]);
      }),
      { numRuns: 40 },
    );
  });

  it.each<[string, PathConditions, number]>([
    ['nothing is in the way', {}, 1],
    ['all are lost at first: again after 202 ms, and 404 ms later', { loss: 1 }, 607],
    ['there is room for 1,000 bytes a second, and a header has 66', { bytesPerSecond: 1_000 }, 68],
  ])('arrive when they can, as when %s', (_, conditions, expectedMs) => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, ...conditions });
    const sentMs = clock.now();
    clock.setTimeout(() => network.setConditions(A, B), 300);
    near.write(Uint8Array.of(1));
    while (farSeen.bytes.length === 0) clock.advance(1);
    expect(clock.now() - sentMs).toBe(expectedMs);
  });

  it('of which one is lost hold up those behind it, until three of them say so', () => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, loss: 1 });
    near.write(Uint8Array.of(1));
    // A packet each, but none of them is lost any more.
    network.setConditions(A, B, { ...ONE_MS, duplicate: 1e-9 });
    for (const byte of [2, 3, 4]) near.write(Uint8Array.of(byte));
    clock.advance(1);
    expect(farSeen.bytes).toEqual([]);
    clock.advance(2);
    expect(farSeen.bytes).toEqual([1, 2, 3, 4]);
  });

  it('are missed no sooner when no acknowledgement can return', () => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, loss: 1 });
    near.write(Uint8Array.of(1));
    network.setConditions(A, B, { ...ONE_MS, duplicate: 1e-9 });
    network.cutOneWay(B, A);
    for (const byte of [2, 3, 4]) near.write(Uint8Array.of(byte));
    clock.advance(200);
    expect(farSeen.bytes).toEqual([]);
    clock.advance(10);
    expect(farSeen.bytes).toEqual([1, 2, 3, 4]);
  });

  it('are really doubled, and really late', () => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, duplicate: 1 });
    const before = clock.pending;
    near.write(Uint8Array.of(1));
    expect(clock.pending - before).toBe(2);
    clock.advance(1);
    network.setConditions(A, B, { ...ONE_MS, reorder: 1 });
    const times = Array.from({ length: 20 }, (_, at) => {
      const sentMs = clock.now();
      near.write(Uint8Array.of(2));
      while (farSeen.bytes.length < at + 2) clock.advance(0.5);
      return clock.now() - sentMs;
    });
    expect(Math.max(...times)).toBeGreaterThan(8);
  });

  it('share what the path can carry: other connections wait', () => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, bytesPerSecond: 10_000 });
    near.write(new Uint8Array(20_000));
    clock.advance(1_000);
    const halfway = farSeen.bytes.length;
    clock.advance(1_200);
    expect(halfway).toBeGreaterThan(7_000);
    expect(halfway).toBeLessThan(10_000);
    expect(farSeen.bytes.length).toBe(20_000);
  });
});

describe('the end of a connection', () => {
  it('stays unknown to the other side when its reset is lost, until that sends something', () => {
    const { clock, network, near, far, nearSeen } = connection();
    network.setConditions(B, A, { ...ONE_MS, loss: 1 });
    far.destroy();
    clock.advance(60_000);
    network.setConditions(B, A);
    clock.advance(600_000);
    expect(nearSeen.closed).toEqual([]);
    near.write(Uint8Array.of(1));
    clock.advance(10);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('is told once more to whoever still sends', () => {
    const { clock, network, near, far, nearSeen } = connection();
    near.write(Uint8Array.of(1));
    network.setConditions(B, A, { ...ONE_MS, loss: 1 });
    far.destroy();
    network.setConditions(B, A);
    clock.advance(10);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('is told again when that is lost, too, as what found nobody is sent again', () => {
    const { clock, network, near, far, nearSeen } = connection();
    network.setConditions(B, A, { ...ONE_MS, loss: 1 });
    far.destroy();
    near.write(Uint8Array.of(1));
    clock.advance(100);
    network.setConditions(B, A);
    clock.advance(50);
    expect(nearSeen.closed).toEqual([]);
    clock.advance(100);
    expect(nearSeen.closed).toMatchObject([{ code: 'ECONNRESET' }]);
  });

  it('does not wait for what was lost before a reset', () => {
    const { clock, network, near, farSeen } = connection();
    network.setConditions(A, B, { ...ONE_MS, loss: 1 });
    near.write(Uint8Array.of(1));
    network.setConditions(A, B);
    near.destroy();
    clock.advance(10);
    expect(farSeen).toMatchObject({ bytes: [], closed: [{ code: 'ECONNRESET' }] });
  });

  it('comes late when its FIN is lost, since that is sent again', () => {
    const { clock, network, near, nearSeen, farSeen } = connection();
    network.cutOneWay(A, B);
    near.end();
    clock.advance(150);
    network.heal();
    clock.advance(50);
    expect([nearSeen.closed, farSeen.closed]).toEqual([[], []]);
    clock.advance(10);
    expect([nearSeen.closed, farSeen.closed]).toEqual([[null], [null]]);
  });

  it('comes after a quarter of an hour in which nothing was acknowledged', () => {
    const { clock, network, near, nearSeen } = connection();
    network.cut(A, B);
    near.write(Uint8Array.of(1));
    clock.advance(14 * 60_000);
    expect(nearSeen.closed).toEqual([]);
    clock.advance(3 * 60_000);
    expect(nearSeen.closed).toMatchObject([{ code: 'ETIMEDOUT' }]);
  });

  it('comes to both sides when something in between resets it', () => {
    const { clock, network, nearSeen, farSeen } = connection();
    network.resetLinks(A, B);
    clock.advance(0);
    expect([nearSeen.closed, farSeen.closed]).toMatchObject([
      [{ code: 'ECONNRESET' }],
      [{ code: 'ECONNRESET' }],
    ]);
    expect([network.linkCount(A), network.linkCount(B)]).toEqual([0, 0]);
  });
});

describe('a path', () => {
  it('that stalls keeps what is under way and what follows, and delivers it in order', () => {
    const { clock, network, near, far, nearSeen, farSeen } = connection();
    near.write(Uint8Array.of(1));
    network.stall(A, B);
    near.write(Uint8Array.of(2));
    far.write(Uint8Array.of(9));
    clock.advance(60_000);
    expect([farSeen.bytes, nearSeen.bytes]).toEqual([[], [9]]);
    network.resume(A, B);
    clock.advance(1);
    expect(farSeen.bytes).toEqual([1, 2]);
  });

  it('that stalls for a moment loses nothing', () => {
    const { clock, network, near, farSeen } = connection();
    near.write(Uint8Array.of(1));
    network.stall(A, B);
    clock.advance(10);
    network.resume(A, B);
    clock.advance(1);
    expect(farSeen.bytes).toEqual([1]);
  });

  it.each<PathConditions>([{}, { duplicate: 1e-9 }])(
    'that is cut for a moment loses what is under way, with %o',
    (conditions) => {
      const { clock, network, near, farSeen } = connection();
      network.setConditions(A, B, { ...ONE_MS, ...conditions });
      near.write(Uint8Array.of(1));
      network.cut(A, B);
      network.heal(A, B);
      clock.advance(200);
      expect(farSeen.bytes).toEqual([]);
      clock.advance(10);
      expect(farSeen.bytes).toEqual([1]);
    },
  );

  it('that stalls and is cut loses what it has kept', () => {
    const { clock, network, near, farSeen } = connection();
    network.stall(A, B);
    near.write(Uint8Array.of(1));
    network.cut(A, B);
    network.restore();
    clock.advance(100);
    expect(farSeen.bytes).toEqual([]);
    clock.advance(200);
    expect(farSeen.bytes).toEqual([1]);
  });

  it('of a machine without power loses its last words', () => {
    const { clock, network, far, nearSeen } = connection();
    far.write(Uint8Array.of(1));
    network.vanish(B);
    clock.advance(60_000);
    expect(nearSeen).toEqual({ bytes: [], closed: [] });
  });

  it('of a machine to itself cannot be cut', () => {
    const { clock, network } = connection();
    const results: unknown[] = [];
    network.cut(B, B);
    network.host(B).dial({ host: '127.0.0.1', port: 4369 }, (result) => results.push(result));
    clock.advance(100);
    expect(results).toMatchObject([{ ok: true }]);
  });

  it('that is cut loses what is under way, and nothing that has arrived', () => {
    const { clock, network, clockB, near, farSeen } = connection();
    clockB.freeze();
    near.write(Uint8Array.of(1));
    clock.advance(5);
    near.write(Uint8Array.of(2));
    network.cut(A, B);
    clockB.thaw();
    clock.advance(100);
    expect(farSeen.bytes).toEqual([1]);
    network.heal(A, B);
    clock.advance(200);
    expect(farSeen.bytes).toEqual([1, 2]);
  });

  it('can lose a SYN: the dial takes a second longer', () => {
    const { clock, network } = connection();
    network.setConditions(A, B, { ...ONE_MS, loss: 1 });
    const answeredMs: number[] = [];
    const dialledMs = clock.now();
    network.host(A).dial({ host: B, port: 4369 }, () => answeredMs.push(clock.now() - dialledMs));
    clock.advance(500);
    network.setConditions(A, B);
    clock.advance(2_000);
    expect(answeredMs.map(Math.round)).toEqual([1_002]);
  });

  it('gives up on a dial after two minutes', () => {
    const { clock, network } = connection();
    network.cut(A, B);
    const results: unknown[] = [];
    network.host(A).dial({ host: B, port: 4369 }, (result) => results.push(result));
    clock.advance(126_000);
    expect(results).toEqual([]);
    clock.advance(2_000);
    expect(results).toMatchObject([{ ok: false, failure: 'unreachable' }]);
  });
});

describe('a slow receiver', () => {
  it('reads so many bytes a second, and the sender has to wait', () => {
    const { clock, network, near, farSeen } = connection();
    network.slowReceiver(B, 1_000);
    near.write(new Uint8Array(200_000));
    clock.advance(10_000);
    expect(farSeen.bytes.length).toBeGreaterThan(9_000);
    expect(farSeen.bytes.length).toBeLessThanOrEqual(10_100);
    expect(near.queuedBytes).toBeGreaterThan(100_000);
    network.restore();
    clock.advance(1_000);
    expect(farSeen.bytes.length).toBe(200_000);
  });
});
