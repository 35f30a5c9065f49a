import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  answersTo,
  type GossipEntry,
  type GossipView,
  toGossipEntry,
  toViewEntry,
  wholeView,
} from '../../src/membership/gossip.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { View, type ViewEntry } from '../../src/membership/view.ts';

const NOW = 1_000;
const OPTIONS = { maxEntries: 2, retention: { leftMs: 10, downMs: 100 } };
const PULL = { ...OPTIONS, pull: true };

const entry = (name: string, part: Partial<ViewEntry> = {}): ViewEntry => ({
  id: NodeId.parse(`${name}@h:1`),
  uid: 'u',
  incarnation: 1,
  state: 'alive',
  since: 0,
  ...part,
});

const viewOf = (...entries: readonly ViewEntry[]) => {
  const view = new View(10_000);
  for (const item of entries) view.put(item);
  return view;
};

const shape = (chunk: GossipView) => [
  chunk.after,
  chunk.upTo,
  chunk.pull,
  chunk.entries.map((item) => item.id),
];

const everything = (entries: readonly GossipEntry[]): GossipView => ({
  after: '',
  upTo: null,
  pull: true,
  entries,
});

describe('the whole view', () => {
  it('is one empty chunk when nothing is known', () => {
    expect(wholeView(new View(1), NOW, PULL).map(shape)).toEqual([['', null, true, []]]);
  });

  it('is cut into ranges without a gap', () => {
    const view = viewOf(...['e', 'b', 'a', 'd', 'c'].map((name) => entry(name)));
    expect(wholeView(view, NOW, PULL).map(shape)).toEqual([
      ['', 'b@h:1', true, ['a@h:1', 'b@h:1']],
      ['b@h:1', 'd@h:1', true, ['c@h:1', 'd@h:1']],
      ['d@h:1', null, true, ['e@h:1']],
    ]);
  });

  it('ends with the last id when it fits exactly', () => {
    const view = viewOf(entry('a'), entry('b'));
    expect(wholeView(view, NOW, { ...PULL, pull: false }).map(shape)).toEqual([
      ['', null, false, ['a@h:1', 'b@h:1']],
    ]);
  });

  it('has no tombstone older than half its retention', () => {
    const view = viewOf(
      entry('a', { state: 'left', since: NOW - 5 }),
      entry('b', { state: 'left', since: NOW - 6 }),
      entry('c', { state: 'down', since: NOW - 50 }),
      entry('d', { state: 'down', since: NOW - 51 }),
    );
    expect(wholeView(view, NOW, PULL)).toEqual([
      everything([
        { id: 'a@h:1', uid: 'u', incarnation: 1, state: 'left', ageMs: 5 },
        { id: 'c@h:1', uid: 'u', incarnation: 1, state: 'down', ageMs: 50 },
      ]),
    ]);
  });

  it('keeps chunks of the longest ids below a record', () => {
    const label = 'x'.repeat(61);
    const ids = Array.from({ length: 256 }, (_, index) =>
      entry('a', { id: NodeId.parse(`n${1_000 + index}@${label}.${label}.${label}.${label}:1`) }),
    );
    const chunks = wholeView(viewOf(...ids), NOW, { ...PULL, maxEntries: 256 });
    expect(chunks.map((chunk) => chunk.entries.length)).toEqual([162, 94]);
  });
});

describe('an answer', () => {
  it('is empty between equal views, even when the tombstones differ in age', () => {
    const view = viewOf(entry('a'), entry('b', { state: 'down', since: NOW - 9 }));
    const other = viewOf(entry('a'), entry('b', { state: 'down', since: NOW - 3 }));
    const [chunk] = wholeView(other, NOW, PULL);
    expect(chunk && answersTo(view, chunk, NOW, OPTIONS)).toEqual([]);
  });

  it('holds what is newer or missing there, and asks for nothing', () => {
    const view = viewOf(entry('a'), entry('b', { incarnation: 2 }), entry('c'), entry('d'));
    const theirs = [entry('a'), entry('b'), entry('d', { incarnation: 2 })];
    const chunk = everything(theirs.map((item) => toGossipEntry(item, NOW)));
    expect(answersTo(view, chunk, NOW, OPTIONS)).toEqual([
      {
        after: '',
        upTo: null,
        pull: false,
        entries: [
          { id: 'b@h:1', uid: 'u', incarnation: 2, state: 'alive', ageMs: 0 },
          { id: 'c@h:1', uid: 'u', incarnation: 1, state: 'alive', ageMs: 0 },
        ],
      },
    ]);
  });

  it('stays within the range that was told', () => {
    const view = viewOf(...['a', 'b', 'c', 'd'].map((name) => entry(name)));
    const chunk = { after: 'a@h:1', upTo: 'c@h:1', pull: true, entries: [] };
    expect(answersTo(view, chunk, NOW, OPTIONS).map(shape)).toEqual([
      ['a@h:1', 'c@h:1', false, ['b@h:1', 'c@h:1']],
    ]);
  });

  it('has no old tombstone', () => {
    const view = viewOf(entry('a', { state: 'left', since: NOW - 6 }));
    expect(answersTo(view, everything([]), NOW, OPTIONS)).toEqual([]);
  });

  it('comes in chunks when much is missing', () => {
    const view = viewOf(...['a', 'b', 'c'].map((name) => entry(name)));
    expect(answersTo(view, everything([]), NOW, OPTIONS).map(shape)).toEqual([
      ['', 'b@h:1', false, ['a@h:1', 'b@h:1']],
      ['b@h:1', null, false, ['c@h:1']],
    ]);
  });
});

it('makes two views equal in one exchange', () => {
  const arbitrary = fc.array(
    fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      uid: fc.constantFrom('u', 'v'),
      incarnation: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom<ViewEntry['state'][]>('alive', 'down', 'left'),
    }),
    { maxLength: 30, size: 'max' },
  );
  const filled = (list: readonly (Partial<ViewEntry> & { readonly name: string })[]) => {
    const view = new View(100);
    for (const { name, ...part } of list) view.merge({ ...entry(name, part), since: NOW });
    return view;
  };
  const take = (view: View, chunk: GossipView) => {
    for (const told of chunk.entries) {
      const taken = toViewEntry(told, NOW);
      if (taken !== null) view.merge(taken);
    }
  };
  fc.assert(
    fc.property(arbitrary, arbitrary, (mine, theirs) => {
      const here = filled(mine);
      const there = filled(theirs);
      for (const chunk of wholeView(here, NOW, PULL)) {
        const answers = answersTo(there, chunk, NOW, OPTIONS);
        take(there, chunk);
        for (const answer of answers) take(here, answer);
      }
      expect(here.entries()).toEqual(there.entries());
      expect(here.digest()).toBe(there.digest());
    }),
  );
});

describe('conversion', () => {
  it('turns an age into a moment of the own clock and back', () => {
    const told: GossipEntry = { id: 'a@h:1', uid: 'u', incarnation: 3, state: 'down', ageMs: 40 };
    const taken = toViewEntry(told, NOW);
    expect(taken).toEqual(entry('a', { incarnation: 3, state: 'down', since: 960 }));
    expect(taken && toGossipEntry(taken, NOW + 2.5)).toEqual({ ...told, ageMs: 42 });
  });

  it('knows no age of the living', () => {
    const told: GossipEntry = { id: 'a@h:1', uid: 'u', incarnation: 3, state: 'alive', ageMs: 40 };
    expect(toViewEntry(told, NOW)?.since).toBe(0);
    expect(toGossipEntry(entry('a', { since: 7 }), NOW).ageMs).toBe(0);
  });

  test.each<[string, Partial<GossipEntry>]>([
    ['an id that does not parse', { id: 'a@h' }],
    ['an id that is not canonical', { id: 'a@H:1' }],
    ['no uid', { uid: '' }],
    ['a negative incarnation', { incarnation: -1 }],
    ['a fractional incarnation', { incarnation: 1.5 }],
    ['an incarnation nobody could raise', { incarnation: 2 ** 53 }],
    ['a negative age', { ageMs: -1 }],
    ['no age', { ageMs: Number.NaN }],
    ['an endless age', { ageMs: Number.POSITIVE_INFINITY }],
  ])('refuses %s', (_, part) => {
    const sound: GossipEntry = { id: 'a@h:1', uid: 'u', incarnation: 1, state: 'down', ageMs: 0 };
    expect(toViewEntry(sound, NOW)).not.toBeNull();
    expect(toViewEntry({ ...sound, ...part }, NOW)).toBeNull();
  });
});
