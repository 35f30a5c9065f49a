import { describe, expect, it } from 'vitest';
import { simulate } from './run.ts';

describe('a run', () => {
  // One each: without a secret, with one, and with a heartbeat of 100 ms.
  it.each([1, 3, 7])(
    'is the same again with the seed %i',
    (seed) => {
      expect(simulate(seed)).toEqual(simulate(seed));
    },
    30_000,
  );

  it('is another one with another seed', () => {
    expect(simulate(8).hash).not.toBe(simulate(9).hash);
  });
});

describe('what simulations have found', () => {
  // One of several: which seeds meet it changes with every draw that the node makes.
  it('a deadline that rounds to this very moment does not make the sweep spin', () => {
    expect(simulate(43).events).toBeGreaterThan(0);
  }, 30_000);
});
