import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { compareEntries, View, type ViewEntry } from '../../src/membership/view.ts';

const A = NodeId.parse('a@h:1');
const B = NodeId.parse('b@h:1');
const C = NodeId.parse('c@h:1');

const entry = (part: Partial<ViewEntry>): ViewEntry => ({
  id: A,
  uid: 'u',
  incarnation: 1,
  state: 'alive',
  since: 0,
  ...part,
});

const viewOf = (...entries: readonly ViewEntry[]) => {
  const view = new View(100);
  for (const item of entries) view.put(item);
  return view;
};

// Few values of each, so that equal incarnations, uids and states meet often.
const arbitraryEntry: fc.Arbitrary<ViewEntry> = fc.record({
  id: fc.constantFrom(A, B, C),
  uid: fc.constantFrom('u', 'v'),
  incarnation: fc.integer({ min: 1, max: 3 }),
  state: fc.constantFrom('alive', 'down', 'left'),
  since: fc.integer({ min: -2, max: 2 }),
});
const arbitraryEntries = fc.array(arbitraryEntry, { maxLength: 60, size: 'max' });

const merged = (...lists: readonly (readonly ViewEntry[])[]) => {
  const view = new View(100);
  for (const item of lists.flat()) view.merge(item);
  return view;
};

describe('merging', () => {
  it('does not depend on the order of news', () => {
    const shuffled = arbitraryEntries.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        expect(merged(other).entries()).toEqual(merged(list).entries());
      }),
    );
  });

  it('is associative', () => {
    fc.assert(
      fc.property(arbitraryEntries, arbitraryEntries, arbitraryEntries, (a, b, c) => {
        const left = merged(merged(a, b).entries(), c);
        const right = merged(a, merged(b, c).entries());
        expect(left.entries()).toEqual(right.entries());
      }),
    );
  });

  it('is idempotent: news told twice change nothing', () => {
    fc.assert(
      fc.property(arbitraryEntries, (list) => {
        const view = merged(list);
        const before = view.entries();
        expect(list.map((item) => view.merge(item)).filter((change) => change !== null)).toEqual(
          [],
        );
        expect(view.entries()).toEqual(before);
      }),
    );
  });

  test.each<[string, Partial<ViewEntry>, Partial<ViewEntry>]>([
    ['a higher incarnation, even of a tombstone', { incarnation: 2 }, { state: 'left' }],
    ['a higher incarnation whatever the uid', { incarnation: 2, uid: 'a' }, { uid: 'z' }],
    ['at equal incarnation the greater uid', { uid: 'v' }, { uid: 'u', state: 'left' }],
    ['down over alive', { state: 'down' }, { state: 'alive' }],
    ['left over down', { state: 'left' }, { state: 'down' }],
    ['left over alive', { state: 'left' }, { state: 'alive' }],
    ['the older tombstone', { state: 'down', since: 1 }, { state: 'down', since: 2 }],
  ])('prefers %s', (_, newer, older) => {
    expect(Math.sign(compareEntries(entry(newer), entry(older)))).toBe(1);
    expect(Math.sign(compareEntries(entry(older), entry(newer)))).toBe(-1);
    expect(merged([entry(older), entry(newer)]).get(A)).toEqual(entry(newer));
    expect(merged([entry(newer), entry(older)]).get(A)).toEqual(entry(newer));
  });

  it('knows no age of the living', () => {
    expect(compareEntries(entry({ since: 1 }), entry({ since: 2 }))).toBe(0);
    expect(merged([entry({ since: 7 })]).get(A)).toEqual(entry({ since: 0 }));
  });

  it('tells what changed', () => {
    const view = new View(100);
    expect(view.merge(entry({}))).toEqual({ before: undefined, after: entry({}) });
    const down = entry({ state: 'down', since: 5 });
    expect(view.merge(down)).toEqual({ before: entry({}), after: down });
    expect(view.merge(entry({}))).toBeNull();
  });

  it('takes over a greater age without calling it a change', () => {
    const view = viewOf(entry({ state: 'down', since: 5 }));
    expect(view.merge(entry({ state: 'down', since: 3 }))).toBeNull();
    expect(view.get(A)?.since).toBe(3);
    expect(view.merge(entry({ state: 'down', since: 4 }))).toBeNull();
    expect(view.get(A)?.since).toBe(3);
  });

  it('takes no further node when full, but news of those it has', () => {
    const view = new View(2);
    view.merge(entry({ id: A }));
    view.merge(entry({ id: B }));
    expect(view.merge(entry({ id: C }))).toBe('full');
    expect(view.size).toBe(2);
    expect(view.get(C)).toBeUndefined();
    expect(view.merge(entry({ id: A, incarnation: 2 }))).not.toBe('full');
    view.delete(B);
    expect(view.merge(entry({ id: C }))).not.toBe('full');
  });
});

it('puts first-hand knowledge over any claim, and past the limit', () => {
  const view = new View(1);
  view.merge(entry({ incarnation: 9, state: 'down' }));
  view.put(entry({ incarnation: 2 }));
  view.put(entry({ id: B }));
  expect(view.get(A)).toEqual(entry({ incarnation: 2 }));
  expect(view.size).toBe(2);
});

it('lists by id, and the living apart', () => {
  const view = viewOf(entry({ id: C }), entry({ id: A, state: 'left' }), entry({ id: B }));
  expect(view.entries().map((item) => item.id)).toEqual([A, B, C]);
  expect(view.live().map((item) => item.id)).toEqual([B, C]);
  view.delete(B);
  expect(view.entries().map((item) => item.id)).toEqual([A, C]);
  expect(view.live().map((item) => item.id)).toEqual([C]);
});

describe('digest', () => {
  it('has known answers', () => {
    expect(new View(1).digest()).toBe('4f53cda18c2baa0c');
    expect(viewOf(entry({}), entry({ id: B })).digest()).toBe('58e358dcd8f49651');
  });

  it('ignores tombstones and the order of arrival', () => {
    const view = viewOf(entry({ id: B }), entry({ id: C, state: 'down' }), entry({}));
    expect(view.digest()).toBe('58e358dcd8f49651');
  });

  test.each<[string, Partial<ViewEntry>]>([
    ['uid', { uid: 'v' }],
    ['incarnation', { incarnation: 2 }],
    ['state', { state: 'down' }],
    ['id', { id: C }],
  ])('changes with %s', (_, part) => {
    const view = viewOf(entry({}), entry({ id: B }));
    const before = view.digest();
    view.put(entry(part));
    expect(view.digest()).not.toBe(before);
  });
});

describe('reaping', () => {
  const retention = { leftMs: 10, downMs: 100 };
  const all = [
    entry({ id: A, state: 'left', since: 0 }),
    entry({ id: B, state: 'down', since: 0 }),
    entry({ id: C }),
  ];
  const reapedAt = (now: number, keep: (id: NodeId) => boolean = () => false) =>
    viewOf(...all)
      .reap(now, retention, keep)
      .map((item) => item.id);

  test.each([
    [10, []],
    [10.5, [A]],
    [100, [A]],
    [101, [A, B]],
    [1e12, [A, B]],
  ])('at age %d', (now, expected) => {
    expect(reapedAt(now)).toEqual(expected);
  });

  it('spares those to keep', () => {
    expect(reapedAt(1e12, (id) => id === A)).toEqual([B]);
  });

  it('removes what it returns', () => {
    const view = viewOf(...all);
    view.reap(1e12, retention, () => false);
    expect(view.entries().map((item) => item.id)).toEqual([C]);
    expect(view.size).toBe(1);
  });
});
