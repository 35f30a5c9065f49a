import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/membership/node-id.ts';
import { Offers } from '../../src/node/offers.ts';

/** Who is told in each round of 500 ms, asked in the given order. */
function rounds(perRound: number, asked: readonly (readonly string[])[]): string[][] {
  const offers = new Offers(500, perRound);
  return asked.map((names, round) =>
    names.filter((name, at) => offers.mayTell(round * 500 + at, name as NodeId)),
  );
}

describe('offers of the whole view', () => {
  it('go to everybody, once per round, while there are few', () => {
    const asked = ['a', 'b', 'a'];
    expect(rounds(2, [asked, asked])).toEqual([
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('go first to whoever waited longest, also when others differ for ever', () => {
    const all = ['a', 'b', 'c', 'd', 'e'];
    expect(rounds(2, [all, all, all, all])).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['a', 'e'],
      ['b', 'c'],
    ]);
  });

  it('keep no place for somebody who differs no more', () => {
    expect(
      rounds(1, [
        ['a', 'b', 'c'],
        ['a', 'c'],
        ['a', 'c'],
        ['a', 'c'],
      ]),
    ).toEqual([['a'], [], ['c'], ['a']]);
  });
});
