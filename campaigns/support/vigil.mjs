// Watches the event loop of its own process: how long one turn of it can keep the others waiting.

const TICK_MS = 5;

export class Vigil {
  #lastAt = performance.now();
  #lastCpuMs = cpuMs();
  /** The longest time between two ticks, whoever used the processor meanwhile. */
  longestGapMs = 0;
  /** The same, but counting only what this process itself used: no other process adds to it. */
  longestStallMs = 0;

  constructor() {
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** What was seen before does not count from here. */
  reset() {
    this.#lastAt = performance.now();
    this.#lastCpuMs = cpuMs();
    this.longestGapMs = 0;
    this.longestStallMs = 0;
  }

  #tick() {
    const [now, cpu] = [performance.now(), cpuMs()];
    const gapMs = Math.max(0, now - this.#lastAt - TICK_MS);
    this.longestGapMs = Math.max(this.longestGapMs, gapMs);
    this.longestStallMs = Math.max(this.longestStallMs, Math.min(gapMs, cpu - this.#lastCpuMs));
    [this.#lastAt, this.#lastCpuMs] = [now, cpu];
  }
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
