/** Who may work now, who waits for it, and who is refused. */

export interface SlotLimits {
  /** Infinity: as many as come. */
  readonly maxConcurrentHandlers: number;
  readonly maxWaitingRequests: number;
}

/** What works in a slot. */
export interface Worker {
  /** Has a slot from now on; `leave` is owed when the work has really ended. */
  start(): void;
}

/** A slot is held until the work in it has ended, whoever still waits for it. First come, first served. */
export class Slots<T extends Worker> {
  readonly #limits: SlotLimits;
  readonly #waiting = new Set<T>();
  #working = 0;
  #isFilling = false;

  constructor(limits: SlotLimits) {
    this.#limits = limits;
  }

  get working(): number {
    return this.#working;
  }

  get waiting(): ReadonlySet<T> {
    return this.#waiting;
  }

  /** False when even the waiting room is full. */
  enter(worker: T): boolean {
    if (this.#working < this.#limits.maxConcurrentHandlers) {
      this.#working += 1;
      worker.start();
      return true;
    }
    if (this.#waiting.size >= this.#limits.maxWaitingRequests) return false;
    this.#waiting.add(worker);
    return true;
  }

  /** It does not wait any more. */
  giveUp(worker: T): void {
    this.#waiting.delete(worker);
  }

  /** The work of somebody has ended, and the next one has the slot. */
  leave(): void {
    this.#working -= 1;
    // Work that ends at once comes back here, once for each that waits.
    if (this.#isFilling) return;
    this.#isFilling = true;
    for (const next of this.#waiting) {
      if (this.#working >= this.#limits.maxConcurrentHandlers) break;
      this.#waiting.delete(next);
      this.#working += 1;
      next.start();
    }
    this.#isFilling = false;
  }
}
