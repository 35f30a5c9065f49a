import { describe, expect, it } from 'vitest';
import {
  fellSilent,
  HEALTHY,
  type Health,
  intervalPassed,
  troubled,
} from '../../src/membership/health.ts';

const times = (count: number, step: (health: Health) => Health, from: Health = HEALTHY) =>
  Array.from({ length: count }).reduce<Health>((health) => step(health), from);

describe('the health score', () => {
  it('grows with each trouble, up to eight', () => {
    expect(times(3, troubled).score).toBe(3);
    expect(times(20, troubled).score).toBe(8);
  });

  it('shrinks by one with each clean interval, down to zero', () => {
    const ill = times(3, troubled);
    // The interval of the trouble itself is not clean.
    const scores = [1, 2, 3, 4, 5].map((count) => times(count, intervalPassed, ill).score);
    expect(scores).toEqual([3, 2, 1, 0, 0]);
  });

  it.each([
    // [peers, silent at once, score]
    [1, 1, 0],
    [2, 1, 0],
    [2, 2, 1],
    [4, 2, 0],
    [4, 3, 1],
    [4, 4, 1],
    [9, 5, 1],
    [9, 9, 1],
  ])('of %d peers %d fall silent in one interval: %d', (peers, silent, expected) => {
    expect(times(silent, (health) => fellSilent(health, peers)).score).toBe(expected);
  });

  it('does not add up the silence of different intervals', () => {
    let health = fellSilent(HEALTHY, 3);
    health = intervalPassed(health);
    health = fellSilent(health, 3);
    expect(health.score).toBe(0);
  });
});
