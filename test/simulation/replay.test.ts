import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { simulate } from './run.ts';

const fingerprint = async (seed: number) => {
  const { hash, events, breach } = await simulate(planOf(seed));
  return { hash, events, breach };
};

describe('a run', () => {
  // One each: without a secret, with one, and with a heartbeat of 100 ms.
  it.each([15, 33, 7])(
    'is the same again with the seed %i',
    async (seed) => {
      const once = await fingerprint(seed);
      expect(once.breach).toBeNull();
      expect(await fingerprint(seed)).toEqual(once);
    },
    30_000,
  );

  it('is another one with another seed', async () => {
    const [one, other] = [await fingerprint(34), await fingerprint(41)];
    expect(one.hash).not.toBe(other.hash);
  }, 30_000);
});
