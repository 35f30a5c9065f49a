import { describe, expect, it } from 'vitest';
import { DialPace } from '../../src/node/dial-pace.ts';
import { TestClock } from '../../src/testing/clock.ts';

/** Handshakes one after the other: how long TCP took, the first answer, and the proof. */
function paceAfter(...handshakes: readonly (readonly [number, number, number])[]) {
  const clock = new TestClock();
  const pace = new DialPace(clock.node(), 8);
  for (const [tcpMs, challengeMs, proofMs] of handshakes) {
    const watch = pace.begin();
    clock.advance(tcpMs);
    watch.answered();
    clock.advance(challengeMs);
    watch.challenged(1);
    clock.advance(proofMs);
    watch.proven();
  }
  return { clock, pace };
}

describe('the pace of a node', () => {
  it('slows down after a first answer that came late', () => {
    const { pace } = paceAfter([1, 401, 1]);
    expect([pace.window, pace.turnMs, pace.isSlow]).toEqual([8, 800, false]);
    const { pace: slower } = paceAfter([1, 801, 1]);
    expect([slower.window, slower.turnMs, slower.isSlow]).toEqual([4, 1_000, true]);
  });

  it('does not take a long way for a slow machine', () => {
    const { pace } = paceAfter([2_000, 2_400, 2_000]);
    expect([pace.window, pace.isSlow]).toEqual([8, false]);
  });

  it('does not take the way that TLS goes first for a slow machine', () => {
    const clock = new TestClock();
    const pace = new DialPace(clock.node(), 8);
    const watch = pace.begin();
    clock.advance(600);
    watch.answered();
    clock.advance(1_200);
    watch.challenged(2);
    watch.proven();
    expect([pace.window, pace.isSlow]).toEqual([8, false]);
  });

  it('is no longer slow after one quick handshake, though it does not yet dial as fast', () => {
    const { pace } = paceAfter([1, 900, 1], [1, 1, 1]);
    expect([pace.window, pace.isSlow]).toEqual([4, false]);
  });

  it('does not mind how long the other side asks others before it answers the proof', () => {
    const { pace } = paceAfter([1, 1, 2_500]);
    expect([pace.window, pace.turnMs]).toEqual([8, 500]);
  });

  it('believes nobody who has not proven itself', () => {
    const { clock, pace } = paceAfter();
    const watch = pace.begin();
    watch.answered();
    clock.advance(2_000);
    watch.challenged(1);
    expect([pace.window, pace.turnMs]).toEqual([8, 500]);
  });

  it('forgets after ten seconds without a handshake', () => {
    const { clock, pace } = paceAfter([0, 800, 0]);
    clock.advance(10_000);
    expect(pace.window).toBe(4);
    clock.advance(1);
    expect([pace.window, pace.turnMs, pace.isSlow]).toEqual([8, 500, false]);
  });
});
