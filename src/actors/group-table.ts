import { compareActors } from './actor-order.ts';
import type { Ref } from './ref.ts';

interface Members {
  readonly byId: Map<string, Ref>;
  /** Null after a change, until somebody asks. */
  sorted: readonly Ref[] | null;
  turn: number;
}

const NOBODY: readonly Ref[] = Object.freeze([]);

/** The groups that have members. */
export class GroupTable {
  readonly #groups = new Map<string, Members>();
  readonly #random: () => number;
  #changed = new Set<string>();

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** How many there are. */
  get size(): number {
    return this.#groups.size;
  }

  add(group: string, ref: Ref): void {
    const members = this.#groups.get(group) ?? this.#found(group);
    members.byId.set(ref.id, ref);
    members.sorted = null;
    this.#changed.add(group);
  }

  remove(group: string, ref: Ref): void {
    const members = this.#groups.get(group);
    if (!members?.byId.delete(ref.id)) return;
    members.sorted = null;
    if (members.byId.size === 0) this.#groups.delete(group);
    this.#changed.add(group);
  }

  /** In the same order on every node; the same list until something changes. */
  members(group: string): readonly Ref[] {
    const members = this.#groups.get(group);
    if (!members) return NOBODY;
    members.sorted ??= Object.freeze([...members.byId.values()].sort(compareActors));
    return members.sorted;
  }

  /** Whose turn it is, as an index among so many. */
  turn(group: string): number {
    const members = this.#groups.get(group);
    if (!members) return 0;
    members.turn = (members.turn + 1) % members.byId.size;
    return members.turn;
  }

  /** The groups that have changed since this was called last. */
  takeChanged(): ReadonlySet<string> {
    const changed = this.#changed;
    if (changed.size > 0) this.#changed = new Set();
    return changed;
  }

  /** It begins anywhere: else the nodes that ask it would all begin with the same member. */
  #found(group: string): Members {
    const turn = Math.floor(this.#random() * Number.MAX_SAFE_INTEGER);
    const members: Members = { byId: new Map(), sorted: null, turn };
    this.#groups.set(group, members);
    return members;
  }
}
