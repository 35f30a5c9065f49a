import { describe, expect, it } from 'vitest';
import { DialPace } from '../../src/node/dial-pace.ts';
import { TestClock } from '../../src/testing/clock.ts';

describe('the pace of a node', () => {
  it('slows down after slow handshakes', () => {
    const pace = new DialPace(new TestClock().node(), 8);
    expect([pace.window, pace.turnMs, pace.isSlow]).toEqual([8, 500, false]);
    pace.note(800);
    expect([pace.window, pace.turnMs, pace.isSlow]).toEqual([4, 1_600, true]);
  });

  it('counts in whole dials', () => {
    const pace = new DialPace(new TestClock().node(), 5);
    pace.note(800);
    expect(pace.window).toBe(2);
  });

  it('forgets after ten seconds without a handshake', () => {
    const clock = new TestClock();
    const pace = new DialPace(clock.node(), 8);
    pace.note(800);
    clock.advance(10_000);
    expect(pace.window).toBe(4);
    clock.advance(1);
    expect([pace.window, pace.turnMs, pace.isSlow]).toEqual([8, 500, false]);
  });
});
