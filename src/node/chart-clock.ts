import type { Clock } from '../ports.ts';

export interface ChartClock {
  setTimeout(fire: (...args: unknown[]) => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The clock that is passed in, as XState asks for one. */
export function chartClock(clock: Clock): ChartClock {
  return {
    setTimeout: (fire: (...args: unknown[]) => void, delayMs: number) =>
      clock.setTimeout(() => fire(), delayMs),
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer),
  };
}
