import { describe, expect, test } from 'vitest';
import {
  judgeEnd,
  RESTART_DEFAULTS,
  type RestartPolicy,
  restartProblem,
} from '../../src/actors/restart-policy.ts';

/** Three restarts in ten seconds; delays that are easy to add. */
const POLICY: RestartPolicy = {
  when: 'onError',
  maxRestarts: 3,
  withinMs: 10_000,
  minDelayMs: 100,
  maxDelayMs: 500,
};

/** Times up to that of the end. */
function judged(policy: Partial<RestartPolicy>, times: readonly number[], random01 = 0) {
  const past = times.slice(0, -1);
  return judgeEnd({ ...POLICY, ...policy }, past, 'error', times.at(-1) ?? 0, random01);
}

describe('an actor that ended', () => {
  test.each([
    ['never', 'error', 'end'],
    ['never', 'normal', 'end'],
    ['onError', 'error', 'restart'],
    ['onError', 'normal', 'end'],
    ['onError', 'stopped', 'end'],
    ['always', 'error', 'restart'],
    ['always', 'normal', 'restart'],
    ['always', 'stopped', 'end'],
  ] as const)('with the policy %s for the reason %s: %s', (when, reason, does) => {
    expect(judgeEnd({ ...POLICY, when }, [], reason, 0, 0).does).toBe(does);
  });

  test.each([
    [0, 0, 100],
    [0, 0.5, 150],
    [0, 0.999, 199],
    [1, 0, 100],
    [1, 0.999, 399],
    [2, 0.999, 499],
  ])('for the time %i + 1 waits, with chance at %f, %i ms', (earlier, random01, delayMs) => {
    const times = [...new Array<number>(earlier).fill(0), 1];
    expect(judged({}, times, random01)).toMatchObject({ does: 'restart', delayMs });
  });

  test('waits no longer than it may, however often it has ended', () => {
    const often = { maxRestarts: 1_000, minDelayMs: 1, maxDelayMs: 3_600_000 };
    const times = new Array<number>(1_000).fill(0);
    expect(judged(often, times, 0.5)).toMatchObject({ delayMs: 1_800_000 });
    expect(judged({ minDelayMs: 500 }, [0], 0.9)).toMatchObject({ delayMs: 500 });
  });

  test('is given up with one end too many within the time', () => {
    expect(judged({}, [0, 4_000, 9_999])).toMatchObject({ does: 'restart' });
    expect(judged({}, [0, 4_000, 8_000, 9_999])).toEqual({ does: 'give_up' });
  });

  test('is forgiven what lies longer back', () => {
    expect(judged({}, [0, 4_000, 8_000, 10_000])).toEqual({
      does: 'restart',
      delayMs: 100,
      restarts: [4_000, 8_000, 10_000],
    });
    expect(judged({}, [0, 4_000, 8_000, 100_000], 0.999)).toEqual({
      does: 'restart',
      delayMs: 199,
      restarts: [100_000],
    });
  });
});

describe('a policy', () => {
  test('is fine by default, and at its limits', () => {
    expect(restartProblem(RESTART_DEFAULTS)).toBeNull();
    expect(RESTART_DEFAULTS).toEqual({
      when: 'never',
      maxRestarts: 5,
      withinMs: 30_000,
      minDelayMs: 100,
      maxDelayMs: 5_000,
    });
    const widest = {
      when: 'always',
      maxRestarts: 1_000,
      withinMs: 86_400_000,
      minDelayMs: 3_600_000,
      maxDelayMs: 3_600_000,
    } as const;
    expect(restartProblem(widest)).toBeNull();
  });

  test.each([
    [{ maxRestarts: 0 }, 'maxRestarts must be an integer from 1 to 1000'],
    [{ maxRestarts: 1_001 }, 'maxRestarts must be an integer from 1 to 1000'],
    [{ withinMs: 1.5 }, 'withinMs must be an integer from 1 to 86400000'],
    [{ minDelayMs: Number.NaN }, 'minDelayMs must be an integer from 1 to 3600000'],
    [{ maxDelayMs: 3_600_001 }, 'maxDelayMs must be an integer from 1 to 3600000'],
    [{ minDelayMs: 501 }, 'maxDelayMs must not be below minDelayMs'],
  ])('%j is refused', (wrong, problem) => {
    expect(restartProblem({ ...POLICY, ...wrong })).toBe(problem);
  });
});
