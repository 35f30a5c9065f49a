import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';

afterEach(() => {
  vi.useRealTimers();
});

const fired = (delayMs: number) =>
  new Promise<void>((resolve) => {
    systemClock.setTimeout(resolve, delayMs);
  });

describe('the system clock', () => {
  it('is not touched by fake timers', async () => {
    vi.useFakeTimers({
      now: 0,
      toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date', 'performance'],
    });
    const before = systemClock.now();
    await fired(2);
    await new Promise<void>((resolve) => {
      systemClock.afterPoll(() => systemClock.endOfTurn(resolve));
    });
    expect(systemClock.now()).toBeGreaterThan(before);
    expect(systemClock.wallNow()).toBeGreaterThan(1_700_000_000_000);
  });

  it('fires after the deadline, never before it', async () => {
    const before = systemClock.now();
    await fired(5.5);
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(5);
  });

  it('does not fire what is cleared, nor a timer of a month at once', async () => {
    const seen: string[] = [];
    systemClock.clearTimeout(systemClock.setTimeout(() => seen.push('cleared'), 1));
    const month = systemClock.setTimeout(() => seen.push('month'), 30 * 86_400_000);
    systemClock.clearTimeout('not one of its timers');
    await fired(10);
    systemClock.clearTimeout(month);
    expect(seen).toEqual([]);
  });

  it('ends the turn before any timer, and the poll after it', async () => {
    const seen: string[] = [];
    await new Promise<void>((resolve) => {
      systemClock.afterPoll(() => {
        seen.push('poll');
        resolve();
      });
      systemClock.endOfTurn(() => seen.push('turn'));
      seen.push('now');
    });
    expect(seen).toEqual(['now', 'turn', 'poll']);
  });
});
