/** Functions that are told of something as it happens; none of them throws. */
export class Watchers<T> {
  readonly #watchers = new Set<{ readonly told: (value: T) => void }>();

  /** Until the returned function is called. */
  add(told: (value: T) => void): () => void {
    const entry = { told };
    this.#watchers.add(entry);
    return () => void this.#watchers.delete(entry);
  }

  tell(value: T): void {
    if (this.#watchers.size === 0) return;
    for (const entry of [...this.#watchers]) if (this.#watchers.has(entry)) entry.told(value);
  }
}
