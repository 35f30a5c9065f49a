import type { Clock } from '../ports.ts';

// Taken once, at import: fake timers that a test installs later belong to the test's own code.
const { setTimeout, clearTimeout, setImmediate } = globalThis;
const monotonicMs = performance.now.bind(performance);
const wallMs = Date.now;
const nextTick = process.nextTick.bind(process);

/** Node fires a longer timer after 1 ms instead. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. Its timers keep the process alive: a running node is not a background job. */
export const systemClock: Clock = {
  now: () => monotonicMs(),
  wallNow: () => wallMs(),
  setTimeout: (fire, delayMs) => new SystemTimer(fire, delayMs),
  clearTimeout: (timer) => {
    if (timer instanceof SystemTimer) timer.clear();
  },
  endOfTurn: (run) => nextTick(run),
  // What the poll phase reads may ask for one more round: the second one has seen it all.
  afterPoll: (run) => {
    setImmediate(() => setImmediate(run));
  },
};

class SystemTimer {
  #handle: NodeJS.Timeout;

  constructor(fire: () => void, delayMs: number) {
    this.#handle = this.#start(fire, Math.max(0, delayMs));
  }

  clear(): void {
    clearTimeout(this.#handle);
  }

  #start(fire: () => void, delayMs: number): NodeJS.Timeout {
    // Rounded up, so that the deadline has passed when the timer fires.
    if (!(delayMs > MAX_DELAY_MS)) return setTimeout(fire, Math.ceil(delayMs));
    return setTimeout(() => {
      this.#handle = this.#start(fire, delayMs - MAX_DELAY_MS);
    }, MAX_DELAY_MS);
  }
}
