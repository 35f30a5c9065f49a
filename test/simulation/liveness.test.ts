/** Rules of failure detection, each in a cluster that would break its promise without it. */
import { afterEach, describe, expect, it } from 'vitest';
import type { ClusterConfig } from '../../src/api/config.ts';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import type { Link, Network } from '../../src/ports.ts';
import { A, B, C, type VirtualNode, virtualWorld, type World } from '../api/virtual-nodes.ts';

const T = 3_000;

type EventOf<K extends ClusterEvent['type']> = Extract<ClusterEvent, { readonly type: K }>;

/** What a node said, and when. */
class Diary {
  readonly events: { readonly atMs: number; readonly event: ClusterEvent }[] = [];
  readonly told: { readonly atMs: number; readonly what: string }[] = [];

  constructor({ cluster, clock }: VirtualNode) {
    cluster.events$.subscribe((event) => this.events.push({ atMs: clock.now(), event }));
    cluster.onNodeUp(({ id }) => this.told.push({ atMs: clock.now(), what: `up ${id}` }));
    cluster.onNodeDown((id, reason) =>
      this.told.push({ atMs: clock.now(), what: `down ${id} ${reason}` }),
    );
  }

  of<K extends ClusterEvent['type']>(type: K): { atMs: number; event: EventOf<K> }[] {
    return this.events.filter((entry): entry is { atMs: number; event: EventOf<K> } => {
      return entry.event.type === type;
    });
  }

  since(atMs: number): string[] {
    return this.told.filter((entry) => entry.atMs >= atMs).map(({ what }) => what);
  }
}

let stop: (() => Promise<void>) | null = null;

afterEach(async () => {
  await stop?.();
  stop = null;
});

async function three(config: Omit<Partial<ClusterConfig>, 'host'> = {}) {
  const world = virtualWorld();
  const nodes = [A, B, C].map((host) => world.node(host));
  const diaries = nodes.map((node) => new Diary(node));
  for (const [index, node] of nodes.entries()) {
    const host = [A, B, C][index] ?? A;
    await world.start(node, { host, seeds: host === A ? [] : [`${A}:4369`], ...config });
  }
  await world.advance(5_000);
  stop = () => stopAll(world, nodes);
  const [a, b, c] = nodes;
  const [ofA, ofB, ofC] = diaries;
  if (!a || !b || !c || !ofA || !ofB || !ofC) throw new Error('three nodes were wanted');
  return { world, a, b, c, ofA, ofB, ofC };
}

async function stopAll(world: World, nodes: readonly VirtualNode[]): Promise<void> {
  world.network.heal();
  for (const { clock } of nodes) clock.thaw();
  const stopped = Promise.all(nodes.map(({ cluster }) => cluster.stop()));
  await world.advance(5_000);
  await stopped;
}

const idOf = (letter: 'a' | 'b' | 'c', host: string) => `${letter}@${host}:4369`;
describe('a bridge partition: two nodes lose each other, a third hears both', () => {
  it('is reported as a fault of the link, and nobody else is told that anybody is down', async () => {
    const { world, a, ofA, ofB, ofC } = await three();
    const cutAt = world.clock.now();
    world.network.cut(A, B);
    await world.advance(20 * T);
    expect(ofA.since(cutAt)).toEqual([`down ${idOf('b', B)} heartbeat_timeout`]);
    expect(ofB.since(cutAt)).toEqual([`down ${idOf('a', A)} heartbeat_timeout`]);
    const [fault] = ofA.of('link.fault');
    expect(fault?.event).toEqual({
      type: 'link.fault',
      nodeId: idOf('b', B),
      witnesses: [idOf('c', C)],
    });
    // It is what the verdict of T is about that changes, not when it comes.
    expect(fault?.atMs).toBeGreaterThanOrEqual(cutAt + T - 1_001);
    expect(fault?.atMs).toBeLessThanOrEqual(cutAt + 1.1 * T);
    expect(ofC.since(cutAt)).toEqual([]);
    // Nobody had to refute its own death: no claim was ever made.
    for (const diary of [ofA, ofB, ofC]) expect(diary.of('health.changed')).toEqual([]);
    expect(a.cluster.getConnectedNodes().map(({ id }) => id)).toEqual([idOf('c', C)]);
  });

  it('keeps the other node alive in the view for as long as somebody hears it', async () => {
    const { world, ofA, ofB, ofC } = await three({ limits: { hearsayRetentionMs: 30_000 } });
    world.network.cut(A, B);
    await world.advance(600_000);
    for (const diary of [ofA, ofB, ofC]) expect(diary.of('health.changed')).toEqual([]);
    const healedAt = world.clock.now();
    world.network.heal();
    await world.advance(40_000);
    expect(ofA.since(healedAt)).toEqual([`up ${idOf('b', B)}`]);
  });

  it('is no excuse for a node that nobody hears', async () => {
    const { world, a, ofA } = await three();
    world.network.vanish(B);
    await world.advance(2 * T);
    expect(ofA.told.at(-1)?.what).toBe(`down ${idOf('b', B)} heartbeat_timeout`);
    expect(ofA.of('link.fault')).toEqual([]);
    expect(a.cluster.isNodeConnected(idOf('b', B))).toBe(false);
  });
});

describe('a one-way partition', () => {
  it('is noticed on both sides within a beat, though one of them hears everything', async () => {
    const { world, ofA, ofB, ofC } = await three();
    const cutAt = world.clock.now();
    world.network.cutOneWay(A, B);
    await world.advance(2_500);
    const [deaf, unheard] = [ofB, ofA].map((diary) => diary.of('peer.suspect').at(-1)?.atMs ?? 0);
    expect(deaf).toBeGreaterThan(cutAt);
    expect(unheard).toBeGreaterThan(cutAt);
    expect(Math.abs((deaf ?? 0) - (unheard ?? 0))).toBeLessThanOrEqual(1_000 + 100);
    await world.advance(3 * T);
    const downs = [ofA, ofB].map((diary) => diary.told.at(-1)?.atMs ?? 0);
    expect(Math.max(...downs) - cutAt).toBeLessThanOrEqual(T + 1_000 + 100);
    // Whoever does not hear cuts the link; the other knew before that it is only the link.
    for (const diary of [ofA, ofB]) expect(diary.of('link.fault')).toHaveLength(1);
    for (const diary of [ofA, ofB, ofC]) expect(diary.of('health.changed')).toEqual([]);
  });
});

describe('a one-way partition that becomes a full one', () => {
  it('still ends on both sides at the same time', async () => {
    const { world, ofA, ofB } = await three();
    const cutAt = world.clock.now();
    world.network.cutOneWay(A, B);
    await world.advance(2_200);
    // From now on not even a reset gets through.
    world.network.cutOneWay(B, A);
    await world.advance(3 * T);
    for (const diary of [ofA, ofB]) {
      const { atMs, what } = diary.told.at(-1) ?? { atMs: 0, what: '' };
      expect(what).toMatch(/heartbeat_timeout$/);
      expect(atMs).toBeLessThanOrEqual(cutAt + T + 1_000);
    }
  });
});

/** Links that exist at the moment deliver nothing any more to this end; later ones do. */
function jamming(network: Network): Network & { jam(): void } {
  let generation = 0;
  const watched = (link: Link): Link => {
    const { open } = link;
    const born = generation;
    link.open = (handlers) =>
      open.call(link, {
        data: (chunk) => born === generation && handlers.data(chunk),
        drain: () => handlers.drain(),
        closed: (error) => handlers.closed(error),
      });
    return link;
  };
  return {
    jam: () => {
      generation += 1;
    },
    dial: (to, done) =>
      network.dial(to, (dialled) =>
        done(dialled.ok ? { ...dialled, link: watched(dialled.link) } : dialled),
      ),
    listen: (at, handlers) =>
      network.listen(at, { ...handlers, link: (link) => handlers.link(watched(link)) }),
  };
}

describe('a link that is held up by lost packets', () => {
  it.each([
    { deaf: A, other: B },
    { deaf: B, other: A },
  ])('to $deaf is replaced by another one before the peer is taken for dead', async (ends) => {
    const world = virtualWorld();
    const network = jamming(world.network.host(ends.deaf));
    const [deaf, other] = [world.node(ends.deaf, { network }), world.node(ends.other)];
    const nodes = [deaf, other];
    const diaries = nodes.map((node) => new Diary(node));
    await world.start(other, { host: ends.other });
    await world.start(deaf, { host: ends.deaf, seeds: [`${ends.other}:4369`] });
    stop = () => stopAll(world, nodes);
    await world.advance(5_000);
    network.jam();
    await world.advance(3 * T);
    for (const diary of diaries) expect(diary.of('node.down')).toEqual([]);
    expect(diaries[0]?.of('peer.suspect')).toHaveLength(1);
    expect(diaries[0]?.of('peer.fresh')).toHaveLength(1);
  });
});

describe('an observer that is itself unwell', () => {
  it('does not blame the next silence on others', async () => {
    const { world, a, ofA } = await three();
    for (let time = 0; time < 10; time += 1) {
      a.clock.freeze();
      await world.advance(500);
      a.clock.thaw();
      await world.advance(200);
    }
    const unwellAt = world.clock.now();
    expect(ofA.of('health.changed').at(-1)?.event.score).toBe(8);
    world.network.stall(B, A);
    await world.advance(1.5 * T);
    world.network.resume(B, A);
    await world.advance(2 * T);
    expect(ofA.since(unwellAt)).toEqual([]);
  });

  it('waits longer before it calls others dead, but not for ever', async () => {
    const { world, a, ofA } = await three();
    // Late again and again, as a process that is starved of processor time.
    const stutter = async (times: number) => {
      for (let time = 0; time < times; time += 1) {
        a.clock.freeze();
        await world.advance(500);
        a.clock.thaw();
        await world.advance(200);
      }
    };
    await stutter(10);
    const lostAt = world.clock.now();
    world.network.vanish(B);
    await stutter(40);
    const down = ofA.told.find(({ what }) => what.startsWith(`down ${idOf('b', B)}`));
    expect(down?.atMs).toBeGreaterThan(lostAt + 1.5 * T);
    expect(down?.atMs).toBeLessThanOrEqual(lostAt + 3 * T + 500);
    expect(ofA.of('health.changed').at(-1)?.event.score).toBe(8);
  });

  it('trusts itself again after a while', async () => {
    const { world, a, ofA } = await three();
    a.clock.freeze();
    await world.advance(500);
    a.clock.thaw();
    await world.advance(5_000);
    expect(ofA.of('health.changed').map(({ event }) => event.score)).toEqual([1, 0]);
  });
});

describe('a node that comes and goes', () => {
  async function flapping(config: Omit<Partial<ClusterConfig>, 'host'> = {}) {
    const { world, a, b, ofA } = await three(config);
    const startedAt = world.clock.now();
    for (let time = 0; time < 6; time += 1) {
      const stopped = b.cluster.stop();
      await world.advance(500);
      await stopped;
      await world.start(b, { host: B, seeds: [`${A}:4369`], ...config });
      await world.advance(500);
    }
    return { world, a, ofA, told: () => ofA.since(startedAt) };
  }

  it('is announced later and later, and only if it lasts', async () => {
    const { world, a, ofA, told } = await flapping();
    // Three ups are normal; of the others none lasted.
    expect(told().filter((what) => what.startsWith('up'))).toHaveLength(2);
    expect(ofA.of('node.held').map(({ event }) => event.holdMs)).toEqual([
      1_000, 2_000, 4_000, 8_000,
    ]);
    expect(a.cluster.isNodeConnected(idOf('b', B))).toBe(true);
    await world.advance(8_000);
    expect(told().at(-1)).toBe(`up ${idOf('b', B)}`);
    expect(told().filter((what) => what.startsWith('up'))).toHaveLength(3);
  });

  it('is announced every time without damping', async () => {
    const { ofA, told } = await flapping({ flapDamping: false });
    expect(told().filter((what) => what.startsWith('up'))).toHaveLength(6);
    expect(ofA.of('node.held')).toEqual([]);
  });
});

describe('phi accrual', () => {
  it('waits for mean, pause and deviations instead of T', async () => {
    const { world, ofA } = await three({ phiAccrual: true });
    await world.advance(300_000);
    const lostAt = world.clock.now();
    world.network.vanish(B);
    await world.advance(10_000);
    const [, ...later] = ofA.since(lostAt);
    expect(later).toEqual([]);
    const silentFor = (ofA.told.at(-1)?.atMs ?? 0) - lostAt;
    // 1,000 + 3,000 + 5.2 x 100, counted from a beat up to a second earlier.
    expect(silentFor).toBeGreaterThan(3_500);
    expect(silentFor).toBeLessThanOrEqual(4_640);
  });
});
