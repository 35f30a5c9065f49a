import { describe, expect, it } from 'vitest';
import type { GossipEntry } from '../../src/membership/gossip.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Members } from '../../src/node/members.ts';
import { TestClock } from '../../src/testing/clock.ts';

const SELF = NodeId.parse('a@10.0.0.1:4369');
const B = NodeId.parse('b@10.0.0.2:4369');
const C = NodeId.parse('c@10.0.0.3:4369');

const uid = (digit: string) => digit.repeat(32);

function claim(id: NodeId, claimed: Partial<GossipEntry> = {}): GossipEntry {
  return { id, uid: uid('b'), incarnation: 100, state: 'alive', ageMs: 0, ...claimed };
}

function members({ maxNodes = 100 } = {}) {
  const clock = new TestClock();
  const told: string[] = [];
  const sessions = new Map<NodeId, string>();
  let changes = 0;
  const all = new Members(
    {
      self: { id: SELF, uid: uid('a'), incarnation: 50 },
      maxNodes,
      maxGossipEntries: 256,
      retention: { leftMs: 1_000, downMs: 10_000 },
      now: () => clock.now(),
      sessionUid: (id) => sessions.get(id) ?? null,
    },
    {
      learned: (id) => told.push(`learned ${id}`),
      leftByHearsay: (id) => told.push(`left ${id}`),
      accuse: (id, accused, incarnation) => told.push(`accuse ${id} ${accused[0]} ${incarnation}`),
      refuted: () => told.push('refuted'),
      conflict: (id) => told.push(`conflict ${id}`),
      makeRoom: (id) => {
        all.makeRoomFor(id, false, () => false);
      },
      dropped: () => told.push('dropped'),
      changed: () => {
        changes += 1;
      },
    },
  );
  const hear = (...entries: GossipEntry[]) =>
    all.receive({ after: '', upTo: null, pull: false, entries });
  /** A proven session with the life `b` of a node. */
  const connect = (id: NodeId, incarnation = 100) => {
    sessions.set(id, uid('b'));
    all.proven(id, uid('b'), incarnation);
  };
  return { clock, all, told, sessions, hear, connect, changes: () => changes };
}

describe('hearsay', () => {
  it('yields somebody to dial, once per news', () => {
    const { all, told, hear } = members();
    hear(claim(B));
    hear(claim(B));
    expect(told).toEqual([`learned ${B}`]);
    expect(all.others().map(({ id }) => id)).toEqual([B]);
    hear(claim(B, { uid: uid('c'), incarnation: 200 }));
    expect(told).toEqual([`learned ${B}`, `learned ${B}`]);
  });

  it('of somebody who left ends the dialling; nobody lists him', () => {
    const { all, told, hear } = members();
    hear(claim(B));
    hear(claim(B, { state: 'left' }));
    expect(told).toEqual([`learned ${B}`, `left ${B}`]);
    expect(all.others()).toEqual([]);
    expect(all.get(B)?.state).toBe('left');
  });

  it('of somebody who is down lists him', () => {
    const { all, told, hear } = members();
    hear(claim(B));
    told.length = 0;
    hear(claim(B, { state: 'down' }));
    expect(told).toEqual([]);
    expect(all.others()).toMatchObject([{ id: B, state: 'down' }]);
  });

  it('of somebody who is gone and was never known is not kept, nor told on', () => {
    const { all, hear } = members();
    hear(claim(B, { state: 'down' }), claim(C, { state: 'left' }));
    expect([all.get(B), all.get(C)]).toEqual([undefined, undefined]);
  });

  it('that is older than what is known is ignored', () => {
    const { all, told, hear } = members();
    hear(claim(B), claim(B, { state: 'left', incarnation: 100 }));
    told.length = 0;
    hear(claim(B, { incarnation: 99 }), claim(B, { incarnation: 100 }));
    expect(told).toEqual([]);
    expect(all.get(B)?.state).toBe('left');
  });

  it('that cannot be stored is dropped and counted', () => {
    const { all, told, hear } = members({ maxNodes: 2 });
    hear(claim(B), claim(C), { ...claim(C), id: 'no id' });
    expect(told).toEqual([`learned ${B}`, 'dropped', 'dropped']);
    expect(all.others()).toHaveLength(1);
  });
});

describe('hearsay about a connected node', () => {
  it.each(['down', 'left'] as const)(
    'that says %s changes nothing and goes to the accused',
    (state) => {
      const { all, told, hear, connect } = members();
      connect(B);
      hear(claim(B, { state, incarnation: 100 }));
      expect(told).toEqual([`accuse ${B} b 100`]);
      expect(all.get(B)).toMatchObject({ state: 'alive', uid: uid('b'), incarnation: 100 });
    },
  );

  it('of an older incarnation is not even passed on', () => {
    const { told, hear, connect } = members();
    connect(B);
    hear(claim(B, { state: 'down', incarnation: 99 }));
    expect(told).toEqual([]);
  });

  it('that names another life goes to the connected one', () => {
    const { all, told, hear, connect } = members();
    connect(B);
    hear(claim(B, { uid: uid('c'), incarnation: 300 }));
    expect(told).toEqual([`accuse ${B} c 300`]);
    expect(all.get(B)?.uid).toBe(uid('b'));
  });

  it('that says it is alive may raise its incarnation, quietly', () => {
    const { all, told, hear, connect } = members();
    connect(B);
    hear(claim(B, { incarnation: 300 }));
    expect(told).toEqual([]);
    expect(all.get(B)?.incarnation).toBe(300);
  });
});

describe('hearsay about this node', () => {
  it.each(['down', 'left'] as const)('that says %s is outlived', (state) => {
    const { all, told, hear } = members();
    hear(claim(SELF, { uid: uid('a'), state, incarnation: 50 }));
    expect(all.self.incarnation).toBe(51);
    expect(all.get(SELF)).toMatchObject({ state: 'alive', incarnation: 51 });
    expect(told).toEqual(['refuted']);
  });

  it('of an older incarnation is left alone', () => {
    const { all, hear } = members();
    hear(claim(SELF, { uid: uid('a'), state: 'down', incarnation: 49 }));
    expect(all.self.incarnation).toBe(50);
  });

  it('as another life is a conflict, never answered by a higher incarnation', () => {
    const { all, told, hear } = members();
    hear(claim(SELF, { uid: uid('c'), incarnation: 500 }));
    expect(told).toEqual([`conflict ${SELF}`]);
    expect(all.self.incarnation).toBe(50);
  });

  it('as an earlier life is no news', () => {
    const { told, hear } = members();
    hear(claim(SELF, { uid: uid('c'), incarnation: 49 }));
    expect(told).toEqual([]);
  });
});

describe('what is known first hand', () => {
  it('outdoes every claim', () => {
    const { all, hear, connect } = members();
    hear(claim(B, { state: 'left', incarnation: 900 }));
    connect(B, 100);
    expect(all.get(B)).toMatchObject({ state: 'alive', incarnation: 100 });
  });

  it('grows with what the node says of itself, and never shrinks', () => {
    const { all, connect } = members();
    connect(B);
    all.heard(B, uid('b'), 105);
    all.heard(B, uid('b'), 103);
    expect(all.get(B)?.incarnation).toBe(105);
  });

  it('becomes a tombstone of now when the session ends', () => {
    const { clock, all, sessions, connect } = members();
    connect(B);
    clock.advance(700);
    sessions.delete(B);
    all.lost(B, 'down');
    expect(all.get(B)).toMatchObject({ state: 'down', since: 700 });
    all.lost(C, 'down');
    expect(all.get(C)).toBeUndefined();
  });

  it('names what a peer must exceed, unless it is known alive as this very life', () => {
    const { all, hear } = members();
    hear(claim(B));
    expect(all.heldAgainst(B, uid('b'))).toBe(0);
    expect(all.heldAgainst(B, uid('c'))).toBe(100);
    hear(claim(B, { state: 'down' }));
    expect(all.heldAgainst(B, uid('b'))).toBe(100);
    expect(all.heldAgainst(C, uid('c'))).toBe(0);
  });

  it('tells only changes, not repetitions', () => {
    const { all, connect, changes } = members();
    connect(B);
    const before = changes();
    all.heard(B, uid('b'), 100);
    all.outlive(10);
    expect(changes()).toBe(before);
    all.outlive(50);
    expect(changes()).toBe(before + 1);
  });
});

describe('tombstones', () => {
  it('are forgotten after their time, except those to keep', () => {
    const { clock, all, hear } = members();
    hear(claim(B), claim(C));
    hear(claim(B, { state: 'left' }), claim(C, { state: 'down' }));
    clock.advance(1_001);
    expect(all.reap((id) => id === B)).toEqual([]);
    expect(all.reap(() => false)).toEqual([B]);
    clock.advance(9_000);
    expect(all.reap(() => false)).toEqual([C]);
    expect(all.others()).toEqual([]);
  });

  it('do not change the digest, which compares the living', () => {
    const { all, hear } = members();
    const before = all.digest;
    hear(claim(B, { state: 'down' }), claim(C, { state: 'left' }));
    expect(all.digest).toBe(before);
    hear(claim(B, { incarnation: 101 }));
    expect(all.digest).not.toBe(before);
  });
});

describe('a pull', () => {
  it('is answered with what is newer here, and with nothing when there is no such thing', () => {
    const { all, hear } = members();
    hear(claim(B));
    const ask = (entries: readonly GossipEntry[]) =>
      all.receive({ after: '', upTo: null, pull: true, entries });
    const own = claim(SELF, { uid: uid('a'), incarnation: 50 });
    expect(ask([own, claim(B)])).toEqual([]);
    const answers = ask([own]);
    expect(answers.flatMap(({ entries }) => entries.map(({ id }) => id))).toEqual([B]);
    expect(answers.every(({ pull }) => !pull)).toBe(true);
  });
});

describe('a node that is alive by hearsay alone', () => {
  const doubted = (all: Members) => all.doubtful(1_000).map(({ id }) => id);

  it('is doubted after a while, so that its ghost is not told of for ever', () => {
    const { all, hear, clock } = members();
    hear(claim(B));
    clock.advance(999);
    expect(doubted(all)).toEqual([]);
    clock.advance(1);
    expect(doubted(all)).toEqual([B]);
  });

  it('is believed for as long again when somebody has vouched for it', () => {
    const { all, hear, clock } = members();
    hear(claim(B));
    clock.advance(1_000);
    all.unmet(B);
    clock.advance(999);
    expect(doubted(all)).toEqual([]);
    clock.advance(1);
    expect(doubted(all)).toEqual([B]);
  });

  it('is believed again when it outlives its tombstone, and the time starts anew', () => {
    const { all, hear, clock } = members();
    hear(claim(B));
    clock.advance(1_000);
    all.lost(B, 'down');
    expect(doubted(all)).toEqual([]);
    hear(claim(B, { incarnation: 101 }));
    expect(all.get(B)?.state).toBe('alive');
    clock.advance(999);
    expect(doubted(all)).toEqual([]);
  });

  it('is not doubted once it was met', () => {
    const { all, hear, clock, connect } = members();
    hear(claim(B));
    connect(B);
    all.met(B);
    clock.advance(5_000);
    expect(doubted(all)).toEqual([]);
  });

  it('is doubted too when its session ended before its greeting', () => {
    const { all, clock, connect } = members();
    connect(B);
    clock.advance(1_000);
    expect(doubted(all)).toEqual([B]);
  });
});

describe('a full view', () => {
  it('gives the place of its oldest tombstone to a node that is met', () => {
    const { all, connect, clock } = members({ maxNodes: 3 });
    connect(B);
    all.lost(B, 'left');
    clock.advance(10);
    connect(C);
    all.lost(C, 'down');
    const D = NodeId.parse('d@10.0.0.4:4369');
    expect(all.hasRoomFor(D)).toBe(false);
    expect(all.makeRoomFor(D, false, () => false)).toBe(B);
    expect(all.hasRoomFor(D)).toBe(true);
    expect([all.get(B), all.get(C)?.state]).toEqual([undefined, 'down']);
  });

  it('gives the place of its oldest tombstone to a living node it hears of', () => {
    const { all, told, hear } = members({ maxNodes: 3 });
    hear(claim(B), claim(C));
    hear(claim(B, { state: 'down' }), claim(C, { state: 'left' }));
    const newcomer = NodeId.parse('d@10.0.0.4:4369');
    hear(claim(newcomer));
    expect(told.at(-1)).toBe(`learned ${newcomer}`);
    expect(all.get(newcomer)?.state).toBe('alive');
  });

  it('gives the place of a node known by hearsay to one that is met, not to more hearsay', () => {
    const { clock, all, hear, connect } = members({ maxNodes: 4 });
    connect(B);
    all.met(B);
    hear(claim(C));
    clock.advance(1);
    const [D, E] = [NodeId.parse('d@10.0.0.4:4369'), NodeId.parse('e@10.0.0.5:4369')];
    hear(claim(D), claim(E));
    expect(all.get(E)).toBe(undefined);
    expect(all.makeRoomFor(E, false, () => false)).toBe(null);
    expect(all.makeRoomFor(E, true, () => false)).toBe(C);
    expect(all.hasRoomFor(E)).toBe(true);
    expect([all.get(C), all.get(B)?.state]).toEqual([undefined, 'alive']);
  });

  it('gives up names that nobody here has met before nodes that are out of reach for a while', () => {
    const { clock, all, hear, connect } = members({ maxNodes: 3 });
    connect(B);
    all.met(B);
    all.unmet(B);
    clock.advance(1);
    hear(claim(C));
    const [D, E] = [NodeId.parse('d@10.0.0.4:4369'), NodeId.parse('e@10.0.0.5:4369')];
    expect(all.makeRoomFor(D, true, () => false)).toBe(C);
    connect(D);
    all.met(D);
    expect(all.makeRoomFor(E, true, (id) => id === D)).toBe(B);
  });

  it('keeps the tombstones it is told to keep, and those who live', () => {
    const { all, connect } = members({ maxNodes: 3 });
    connect(B);
    all.met(B);
    connect(C);
    all.lost(C, 'down');
    const D = NodeId.parse('d@10.0.0.4:4369');
    expect(all.makeRoomFor(D, true, (id) => id === C)).toBe(null);
    expect(all.hasRoomFor(D)).toBe(false);
    expect(all.hasRoomFor(B)).toBe(true);
  });
});
