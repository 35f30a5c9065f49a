/** User callbacks: one that throws, unsubscribes or subscribes while being called harms nobody. */
export class Callbacks<Args extends readonly unknown[]> {
  readonly #failed: (error: unknown) => void;
  readonly #callbacks = new Set<{ readonly call: (...args: Args) => unknown }>();

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  /** The same function may be added twice and is then called twice. */
  add(callback: (...args: Args) => unknown): () => void {
    if (typeof callback !== 'function') throw new TypeError('the handler must be a function');
    const entry = { call: callback };
    this.#callbacks.add(entry);
    return () => {
      this.#callbacks.delete(entry);
    };
  }

  call(...args: Args): void {
    for (const entry of [...this.#callbacks]) {
      // Unsubscribed by an earlier one in this very round.
      if (!this.#callbacks.has(entry)) continue;
      try {
        const returned = entry.call(...args);
        if (returned instanceof Promise) returned.catch(this.#failed);
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
