import type { Clock } from '../ports.ts';

/** The clock that is passed in, as XState asks for one. */
export function chartClock(clock: Clock) {
  return {
    setTimeout: (fire: (...args: unknown[]) => void, delayMs: number) =>
      clock.setTimeout(() => fire(), delayMs),
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
  };
}
