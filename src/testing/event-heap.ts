/** Something due at a virtual time; ties go to what was scheduled first. */
export interface Due {
  readonly atMs: number;
  readonly order: number;
}

/** A binary heap: the next of tens of thousands of events without looking at all of them. */
export class EventHeap<E extends Due> {
  #events: E[] = [];

  get size(): number {
    return this.#events.length;
  }

  peek(): E | undefined {
    return this.#events[0];
  }

  push(event: E): void {
    const events = this.#events;
    let hole = events.push(event) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = events[parent];
      if (!above || !before(event, above)) break;
      events[hole] = above;
      hole = parent;
    }
    events[hole] = event;
  }

  pop(): E | undefined {
    const first = this.#events[0];
    const last = this.#events.pop();
    if (last && this.#events.length > 0) this.#sink(last);
    return first;
  }

  /** Forgets what is not worth keeping; the order of the rest does not change. */
  keep(wanted: (event: E) => boolean): void {
    const kept = this.#events.filter(wanted);
    // A sorted array is a heap.
    this.#events = kept.sort((a, b) => (before(a, b) ? -1 : 1));
  }

  #sink(event: E): void {
    const events = this.#events;
    let hole = 0;
    for (;;) {
      const left = events[2 * hole + 1];
      const right = events[2 * hole + 2];
      if (!left) break;
      const smaller = right && before(right, left) ? right : left;
      if (!before(smaller, event)) break;
      events[hole] = smaller;
      hole = smaller === left ? 2 * hole + 1 : 2 * hole + 2;
    }
    events[hole] = event;
  }
}

function before(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
