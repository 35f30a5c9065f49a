import type { Ref } from './ref.ts';

/** Two nodes had given the same name; the actor here has it no longer. */
export interface NameLost {
  readonly name: string;
  /** Who has the name. */
  readonly winner: Ref;
  /** The actor on this node; it goes on without the name. */
  readonly loser: Ref;
}

export interface DirectoryEvents {
  nameLost(lost: NameLost): void;
  groupChanged(group: string): void;
}

/** Who watches the directory, through the stops and starts of the node. */
export class DirectoryWatch implements DirectoryEvents {
  readonly #onLost = new Set<(lost: NameLost) => void>();
  readonly #onChange = new Map<string, Set<() => void>>();

  onNameLost(watch: (lost: NameLost) => void): () => void {
    this.#onLost.add(watch);
    return () => this.#onLost.delete(watch);
  }

  onGroup(group: string, watch: () => void): () => void {
    const watchers = this.#onChange.get(group) ?? new Set();
    this.#onChange.set(group, watchers.add(watch));
    return () => {
      watchers.delete(watch);
      if (watchers.size === 0 && this.#onChange.get(group) === watchers) {
        this.#onChange.delete(group);
      }
    };
  }

  nameLost(lost: NameLost): void {
    for (const watch of [...this.#onLost]) watch(lost);
  }

  groupChanged(group: string): void {
    for (const watch of [...(this.#onChange.get(group) ?? [])]) watch();
  }
}
