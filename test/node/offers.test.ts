import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/membership/node-id.ts';
import { Offers } from '../../src/node/offers.ts';

const OWN = 'own digest';
const everybodyIsHere = () => true;

/** Rounds of 500 ms; in each, some peers are heard with another digest, and some are told. */
function rounds(perRound: number, heard: readonly (readonly string[])[], digest = 'another') {
  const offers = new Offers(500, perRound);
  return heard.map((names, round) => {
    for (const name of names) offers.want(round * 500, name as NodeId, digest);
    const told: string[] = [];
    const next = () => offers.next(round * 500, OWN, everybodyIsHere);
    for (let id = next(); id; id = next()) told.push(id);
    return told;
  });
}

describe('offers of the whole view', () => {
  it('go to everybody while there are few', () => {
    expect(rounds(2, [['a', 'b'], ['a']])).toEqual([['a', 'b'], ['a']]);
  });

  it('go to each once per round, however often it is heard', () => {
    const offers = new Offers(500, 8);
    const told: (string | null)[] = [];
    for (const now of [0, 100, 200, 499, 500]) {
      offers.want(now, 'a' as NodeId, 'another');
      told.push(offers.next(now, OWN, everybodyIsHere));
    }
    expect(told).toEqual(['a', null, null, null, 'a']);
  });

  it('go to whoever waits longest, also when others differ for ever', () => {
    const liars = ['x', 'y'];
    expect(rounds(2, [[...liars, 'a', 'b'], liars, liars, liars])).toEqual([
      ['x', 'y'],
      ['a', 'b'],
      ['x', 'y'],
      ['x', 'y'],
    ]);
  });

  it('do not go to somebody who has been told the same by others', () => {
    expect(rounds(2, [['a', 'b']], OWN)).toEqual([[]]);
  });

  it('keep no turn for whoever has gone, however many they are', () => {
    const offers = new Offers(500, 1);
    for (let index = 0; index < 10_000; index += 1) {
      offers.want(0, `gone${index}` as NodeId, 'another');
    }
    offers.want(0, 'a' as NodeId, 'another');
    expect(offers.next(0, OWN, (id) => id === 'a')).toBe('a');
    offers.want(0, 'b' as NodeId, 'another');
    offers.drop('b' as NodeId);
    expect(offers.next(500, OWN, everybodyIsHere)).toBe(null);
  });
});
