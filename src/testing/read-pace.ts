/** How fast the processes of one machine read, all connections together. */
export class ReadPace {
  readonly #bytesPerSecond: number;
  #freeAtMs = 0;

  constructor(bytesPerSecond: number) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** When the next read can be made. */
  get freeAtMs(): number {
    return this.#freeAtMs;
  }

  /** How many of so many bytes are read now; ten reads a second, if all are full. */
  take(nowMs: number, available: number): number {
    const most = Math.max(1, Math.floor(this.#bytesPerSecond / 10));
    const taken = Math.min(available, most);
    this.#freeAtMs = nowMs + (taken / this.#bytesPerSecond) * 1_000;
    return taken;
  }
}
