import type { Link } from '../ports.ts';

/** The links that are not closed yet, so that a stopping node can wait for them or cut them. */
export class LinkSet {
  readonly #links = new Set<Link>();
  #emptied: (() => void) | null = null;

  add(link: Link): void {
    this.#links.add(link);
  }

  delete(link: Link): void {
    if (this.#links.delete(link) && this.#links.size === 0) this.#emptied?.();
  }

  /** Calls at once or later, each time the last link is closed; one caller at a time. */
  whenEmpty(done: () => void): () => void {
    this.#emptied = done;
    if (this.#links.size === 0) done();
    return () => {
      this.#emptied = null;
    };
  }

  get isEmpty(): boolean {
    return this.#links.size === 0;
  }

  destroyAll(): void {
    for (const link of this.#links) link.destroy();
  }
}
