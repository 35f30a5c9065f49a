import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/random.ts';
import { simulatedKeys } from '../../src/testing/simulated-keys.ts';

describe('seeded randomness', () => {
  it('repeats itself for one seed and differs for another', () => {
    const draw = (seed: number) => {
      const random = seededRandom(seed);
      return [random.float(), random.float(), ...random.bytes(7)];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it('forks into streams that do not depend on what was drawn before', () => {
    const one = seededRandom(1);
    const other = seededRandom(1);
    other.float();
    expect(one.fork('a').float()).toBe(other.fork('a').float());
    expect(one.fork('a').float()).not.toBe(one.fork('b').float());
    expect(one.fork('a').fork('b').float()).not.toBe(one.fork('b').fork('a').float());
  });

  it('is spread evenly', () => {
    const random = seededRandom(42);
    const floats = Array.from({ length: 20_000 }, () => random.float());
    const mean = floats.reduce((sum, x) => sum + x, 0) / floats.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(floats.every((x) => x >= 0 && x < 1)).toBe(true);
    expect(new Set(random.bytes(10_000)).size).toBe(256);
  });

  it('gives keys that agree and that are the same in the next run', () => {
    const [one, two] = [simulatedKeys(seededRandom(1)), simulatedKeys(seededRandom(2))];
    const [a, b] = [one.pair(), two.pair()];
    expect(a.agree(b.publicKey)).toEqual(b.agree(a.publicKey));
    expect(simulatedKeys(seededRandom(1)).pair().publicKey).toEqual(a.publicKey);
    expect(one.pair().publicKey).not.toEqual(a.publicKey);
  });
});
