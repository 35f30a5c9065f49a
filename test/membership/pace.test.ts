import { describe, expect, it } from 'vitest';
import { fullPace, paced } from '../../src/membership/pace.ts';

const MAX_DIALS = 8;
const paceAfter = (...lags: readonly number[]) =>
  lags.reduce((pace, lagMs) => paced(pace, lagMs, MAX_DIALS), fullPace(MAX_DIALS));

describe('the pace of dials', () => {
  it('is as fast as allowed at first', () => {
    expect(fullPace(MAX_DIALS)).toEqual({ window: 8, turnMs: 500, isSlow: false });
  });

  it('is halved by each handshake that lags by more than half a second', () => {
    expect(paceAfter(501).window).toBe(4);
    expect(paceAfter(501, 2_000).window).toBe(2);
    expect(paceAfter(500).window).toBe(8);
  });

  it('never stops', () => {
    expect(paceAfter(900, 900, 900, 900, 900, 900).window).toBe(1);
  });

  it('gives a dial twice the time that the last one needed before the next may begin', () => {
    expect(paceAfter(400).turnMs).toBe(800);
    expect(paceAfter(400, 100).turnMs).toBe(500);
  });

  it('never lets one that hangs keep the others waiting for more than a second', () => {
    expect(paceAfter(2_900).turnMs).toBe(1_000);
  });

  it('rises by one with as many quick handshakes as it allows at once', () => {
    expect(paceAfter(501, 501, 0, 0).window).toBe(2.9);
    expect(paceAfter(501, 501, 0, 0, 0).window).toBeGreaterThan(3);
  });

  it('rises to the maximum, not above it', () => {
    expect(paceAfter(600, ...Array.from({ length: 100 }, () => 10)).window).toBe(8);
  });
});
