import { describe, expect, it } from 'vitest';
import { Offers } from '../../src/node/offers.ts';

/** Peers whose digests differ, heard in the same order in each round of 500 ms. */
function rounds(peers: readonly string[], count: number, perRound: number) {
  const offers = new Offers(500, perRound);
  const toldAt = new Map<string, number>();
  return Array.from({ length: count }, (_, round) =>
    peers.filter((peer, at) => {
      const now = round * 500 + at;
      const mayTell = offers.mayTell(now, toldAt.get(peer) ?? Number.NEGATIVE_INFINITY);
      if (mayTell) toldAt.set(peer, now);
      return mayTell;
    }),
  );
}

describe('offers of the whole view', () => {
  it('go to everybody, once per round, while there are few', () => {
    expect(rounds(['a', 'b'], 3, 2)).toEqual([
      ['a', 'b'],
      ['a', 'b'],
      ['a', 'b'],
    ]);
  });

  it('go to so many per round', () => {
    expect(rounds(['a', 'b', 'c', 'd'], 1, 2)).toEqual([['a', 'b']]);
  });

  it('go to the others next, also when the first ones differ for ever', () => {
    const all = rounds(['a', 'b', 'c', 'd', 'e'], 4, 2);
    expect(all.slice(0, 3)).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  });
});
