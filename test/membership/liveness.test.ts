import { describe, expect, it, test } from 'vitest';
import {
  challengeTimeoutMs,
  isPause,
  isPlainlyFresh,
  judge,
  overAfterMs,
  silenceLimitMs,
  suspectAfterMs,
  sweepTickMs,
} from '../../src/membership/liveness.ts';

it('limits silence to interval times threshold', () => {
  expect(silenceLimitMs(5_000, 3)).toBe(15_000);
});

test.each([
  [5_000, 15_000, 6_000],
  [1_000, 2_000, 1_200],
  [900, 900, 600],
  [100, 300, 120],
])('suspects at interval %d and limit %d after %d ms', (intervalMs, limitMs, expected) => {
  expect(suspectAfterMs(intervalMs, limitMs)).toBe(expected);
});

test.each([
  [100, 20],
  [200, 20],
  [1_000, 100],
  [2_500, 250],
  [60_000, 250],
])('sweeps at interval %d every %d ms', (intervalMs, expected) => {
  expect(sweepTickMs(intervalMs)).toBe(expected);
});

test.each([
  [100, 100, false],
  [101, 100, true],
  [1_250, 5_000, false],
  [1_251, 5_000, true],
])('a tick %d ms late at interval %d is a pause: %s', (lagMs, intervalMs, expected) => {
  expect(isPause(lagMs, intervalMs)).toBe(expected);
});

test.each([
  [15_000, 1_000],
  [2_000, 1_000],
  [300, 150],
])('an old session has at limit %d to answer within %d ms', (limitMs, expected) => {
  expect(challengeTimeoutMs(limitMs)).toBe(expected);
});

const NO_PAUSES = { longestMs: 0, sumMs: 0 };
const HEALTHY = { intervalMs: 5_000, limitMs: 15_000, score: 0 };

test.each([
  [0, 'fresh'],
  [5_999.9, 'fresh'],
  [6_000, 'suspect'],
  [9_999.9, 'suspect'],
  [10_000, 'doubtful'],
  [14_999.9, 'doubtful'],
  [15_000, 'over'],
  [99_999, 'over'],
] as const)('%d ms of silence are %s', (silenceMs, expected) => {
  expect(judge({ silenceMs, pauses: NO_PAUSES, unheardMs: 0 }, HEALTHY)).toBe(expected);
});

test.each([
  // [sum, longest, score, over after]
  [0, 0, 0, 15_000],
  [0, 0, 1, 18_750],
  [0, 0, 8, 45_000],
  [4_000, 4_000, 0, 19_000],
  [4_000, 4_000, 4, 34_000],
  [40_000, 1_000, 0, 45_000],
  [40_000, 1_000, 8, 45_000],
  // One pause counts in full: the whole machine may have been suspended.
  [100_000, 100_000, 0, 115_000],
])(
  'pauses of %d ms, the longest of %d, at score %d: over after %d',
  (sumMs, longestMs, score, expected) => {
    expect(overAfterMs(15_000, { sumMs, longestMs }, score)).toBe(expected);
  },
);

describe('a peer that does not hear this node', () => {
  const judged = (unheardMs: number, silenceMs: number, intervalMs = 5_000) =>
    judge({ silenceMs, pauses: NO_PAUSES, unheardMs }, { ...HEALTHY, intervalMs });

  it('is doubtful though it speaks', () => {
    expect(judged(5_999, 0)).toBe('fresh');
    expect(judged(6_000, 0)).toBe('doubtful');
  });

  it('has given the link up once it misses a beat itself, and T has passed for it', () => {
    expect(judged(9_000, 5_999)).toBe('doubtful');
    expect(judged(9_000, 6_000)).toBe('over');
    expect(judged(8_999, 6_000)).toBe('doubtful');
  });

  it('has given nothing up when it would have spoken once more before T', () => {
    expect(judged(6_500, 8_500)).toBe('doubtful');
    expect(judged(8_999, 14_999)).toBe('doubtful');
    expect(judged(8_999, 15_000)).toBe('over');
  });

  it('is not blamed for what a pause here has caused', () => {
    const pauses = { longestMs: 4_000, sumMs: 4_000 };
    expect(judge({ silenceMs: 6_000, pauses, unheardMs: 9_000 }, HEALTHY)).toBe('doubtful');
  });

  it('means nothing with a threshold of one, where T is shorter than a missed beat', () => {
    expect(
      judge(
        { silenceMs: 900, pauses: NO_PAUSES, unheardMs: 950 },
        { intervalMs: 1_000, limitMs: 1_000, score: 0 },
      ),
    ).toBe('doubtful');
  });
});

it('calls a silence plainly fresh only if nobody would judge it otherwise', () => {
  const patience = { intervalMs: 1_000, limitMs: 3_000 };
  const grid = [0, 1, 599, 600, 1_199, 1_200, 1_999, 2_000, 2_999, 3_000, 9_000];
  let fresh = 0;
  for (const silenceMs of grid) {
    for (const unheardMs of grid) {
      if (!isPlainlyFresh(silenceMs, unheardMs, patience)) continue;
      for (const sumMs of [0, 400, 5_000]) {
        for (const score of [0, 3, 8]) {
          fresh += 1;
          const pauses = { longestMs: sumMs, sumMs };
          const verdict = judge({ silenceMs, pauses, unheardMs }, { ...patience, score });
          expect(verdict).toBe('fresh');
        }
      }
    }
  }
  expect(fresh).toBe(5 * 5 * 3 * 3);
});
