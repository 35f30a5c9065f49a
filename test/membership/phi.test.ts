import { describe, expect, it, test } from 'vitest';
import {
  ArrivalHistory,
  deviationsAt,
  PHI_DEFAULTS,
  phiLimitMs,
  phiOf,
} from '../../src/membership/phi.ts';

// The tail of the normal distribution: 15.87 % beyond one deviation, 2.28 % beyond two.
test.each([
  [0, 0.301],
  [1, 0.8],
  [2, 1.643],
  [3, 2.871],
])('%d deviations late are phi %d', (deviations, expected) => {
  expect(phiOf(deviations)).toBeCloseTo(expected, 1);
});

test.each([1, 3, 8, 12])('deviationsAt is the inverse of phiOf at %d', (phi) => {
  expect(phiOf(deviationsAt(phi))).toBeCloseTo(phi, 6);
});

describe('the limit', () => {
  const limitOf = (samples: readonly number[], options = PHI_DEFAULTS) => {
    const history = new ArrivalHistory(1_000);
    for (const sample of samples) history.add(sample);
    return phiLimitMs(history.arrivals, options);
  };
  const steady = Array.from({ length: 300 }, () => 1_000);
  const uneven = Array.from({ length: 300 }, (_, index) => (index % 2 === 0 ? 500 : 1_500));

  it('is mean plus pause plus 5.2 deviations at phi 8', () => {
    expect(limitOf(steady)).toBeCloseTo(1_000 + 3_000 + 5.226 * 100, -1);
  });

  it('is longer for a peer that beats unevenly', () => {
    expect(limitOf(uneven)).toBeGreaterThan(limitOf(steady) + 2_000);
  });

  it('grows with the threshold', () => {
    expect(limitOf(steady, { ...PHI_DEFAULTS, threshold: 12 })).toBeGreaterThan(limitOf(steady));
  });

  it('starts from the interval agreed on', () => {
    expect(limitOf([])).toBeCloseTo(1_000 + 3_000 + 5.226 * 250, -1);
  });

  it('forgets what is long ago', () => {
    expect(limitOf([...uneven, ...steady])).toBeCloseTo(limitOf(steady), 6);
  });
});
