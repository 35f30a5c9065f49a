import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import { type Claim, precedes, Stamps } from '../../src/actors/claim.ts';
import { NameTable } from '../../src/actors/name-table.ts';
import { Ref } from '../../src/actors/ref.ts';
import { NodeId } from '../../src/membership/node-id.ts';

const A = NodeId.parse('a@10.0.0.1:1');
const B = NodeId.parse('b@10.0.0.2:1');
const [U, V] = ['0'.repeat(32), 'f'.repeat(32)];
const host = new Actors();

const claim = (nodeId: NodeId, uid: string, number: number, stamp: number): Claim<Ref> => ({
  ref: new Ref(host, nodeId, uid, number),
  stamp,
});

const arbitraryClaim = fc
  .tuple(
    fc.constantFrom(A, B, NodeId.parse('c@10.0.0.3:1')),
    fc.constantFrom(U, V),
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 0, max: 3 }),
  )
  .map((parts) => claim(...parts));

describe('of two claims', () => {
  test.each([
    ['the older', claim(B, V, 9, 1), claim(A, U, 1, 2)],
    ['at the same time the one of the smaller node', claim(A, V, 9, 1), claim(B, U, 1, 1)],
    ['on one node the one of the smaller uid', claim(A, U, 9, 1), claim(A, V, 1, 1)],
    ['in one life the one of the smaller number', claim(A, U, 1, 1), claim(A, U, 2, 1)],
  ])('%s precedes', (_, first, second) => {
    expect([precedes(first, second), precedes(second, first)]).toEqual([true, false]);
  });

  test('exactly one precedes, unless they are of the same actor at the same time', () => {
    fc.assert(
      fc.property(arbitraryClaim, arbitraryClaim, (a, b) => {
        const isSame = a.ref.equals(b.ref) && a.stamp === b.stamp;
        expect([precedes(a, b), precedes(b, a)].filter(Boolean)).toHaveLength(isSame ? 0 : 1);
      }),
    );
  });
});

describe('the table of names', () => {
  test('gives a name to the claim that precedes all others, in whatever order they came', () => {
    const lists = fc.uniqueArray(arbitraryClaim, {
      minLength: 1,
      size: 'max',
      maxLength: 6,
      // A node has one claim to a name.
      selector: ({ ref }) => `${ref.nodeId} ${ref.uid}`,
    });
    fc.assert(
      fc.property(lists, (claims) => {
        const table = new NameTable();
        for (const one of claims) table.add('x', one);
        const holder = table.holder('x');
        const winner = claims.find((one) => claims.every((other) => !precedes(other, one)));
        expect(winner && holder?.equals(winner.ref)).toBe(true);
      }),
    );
  });

  test('gives it to the next when that one withdraws, and forgets it with the last', () => {
    const table = new NameTable();
    const [first, second] = [claim(A, U, 1, 1), claim(B, U, 2, 2)];
    table.add('x', second);
    table.add('x', first);
    expect(table.holder('x')).toBe(first.ref);
    table.remove('x', first.ref);
    expect([...table.all()]).toEqual([['x', second.ref]]);
    table.remove('x', second.ref);
    expect(table.all().size).toBe(0);
  });

  test('keeps one claim of a node, the latest', () => {
    const table = new NameTable();
    table.add('x', claim(A, U, 1, 1));
    table.add('x', claim(A, U, 2, 5));
    const other = claim(B, U, 3, 4);
    table.add('x', other);
    expect(table.holder('x')).toBe(other.ref);
  });
});

describe('stamps', () => {
  test('are the time, and still grow when it does not', () => {
    const stamps = new Stamps();
    expect([stamps.next(1_000.7), stamps.next(1_000.9), stamps.next(500)]).toEqual([
      1_000, 1_001, 1_002,
    ]);
  });

  test('are later than all that were heard, whatever the clock says', () => {
    const stamps = new Stamps();
    stamps.heard(5_000);
    stamps.heard(3_000);
    expect(stamps.next(1_000)).toBe(5_001);
  });

  test('end where numbers do, when somebody claims so', () => {
    const stamps = new Stamps();
    stamps.heard(Number.MAX_SAFE_INTEGER);
    expect(stamps.next(1_000)).toBe(Number.MAX_SAFE_INTEGER);
  });
});
