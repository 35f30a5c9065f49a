/** This node's table of nodes. Merging is a maximum, so the order of news does not matter. */
import { createHash } from 'node:crypto';
import type { NodeId } from './node-id.ts';

export type NodeState = 'alive' | 'down' | 'left';

export interface ViewEntry {
  readonly id: NodeId;
  readonly uid: string;
  readonly incarnation: number;
  readonly state: NodeState;
  /** Monotonic ms at which it became a tombstone (age 0); meaningless while alive. */
  readonly since: number;
}

export interface ViewChange {
  readonly before: ViewEntry | undefined;
  readonly after: ViewEntry;
}

export interface Retention {
  readonly leftMs: number;
  readonly downMs: number;
}

const STATE_RANK = { alive: 0, down: 1, left: 2 } as const;

/** What is claimed about a node, without when: incarnation, then uid, then state. */
export function compareClaims(
  a: Pick<ViewEntry, 'incarnation' | 'uid' | 'state'>,
  b: Pick<ViewEntry, 'incarnation' | 'uid' | 'state'>,
): number {
  if (a.incarnation !== b.incarnation) return a.incarnation < b.incarnation ? -1 : 1;
  if (a.uid !== b.uid) return a.uid < b.uid ? -1 : 1;
  return STATE_RANK[a.state] - STATE_RANK[b.state];
}

/** Total order of entries about one node: the claim, then the greater age of a tombstone. */
export function compareEntries(a: ViewEntry, b: ViewEntry): number {
  const claims = compareClaims(a, b);
  if (claims !== 0 || a.state === 'alive' || a.since === b.since) return claims;
  return a.since < b.since ? 1 : -1;
}

/** How long a tombstone is remembered; for ever while alive. */
export function retentionMs(state: NodeState, retention: Retention): number {
  if (state === 'alive') return Number.POSITIVE_INFINITY;
  return state === 'left' ? retention.leftMs : retention.downMs;
}

export class View {
  readonly #maxNodes: number;
  readonly #entries = new Map<NodeId, ViewEntry>();
  #sorted: readonly ViewEntry[] | null = null;
  #live: readonly ViewEntry[] | null = null;
  #digest: string | null = null;

  constructor(maxNodes: number) {
    this.#maxNodes = maxNodes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(id: NodeId): ViewEntry | undefined {
    return this.#entries.get(id);
  }

  /** Whether this is known already, word for word; then it needs no checking either. */
  holds(claim: Pick<ViewEntry, 'uid' | 'incarnation'> & { readonly id: string }): boolean {
    const known = this.#entries.get(claim.id as NodeId);
    if (known?.state !== 'alive') return false;
    return known.uid === claim.uid && known.incarnation === claim.incarnation;
  }

  /** Keeps the newer. Returns what changed, a mere age aside; 'full' when there is no room. */
  merge(entry: ViewEntry): ViewChange | 'full' | null {
    const before = this.#entries.get(entry.id);
    if (before === undefined && this.#entries.size >= this.#maxNodes) return 'full';
    if (before !== undefined && compareEntries(entry, before) <= 0) return null;
    const after = this.#store(entry);
    return before !== undefined && compareClaims(before, after) === 0 ? null : { before, after };
  }

  /** Unconditional, for first-hand knowledge: a proven session outdoes every claim. */
  put(entry: ViewEntry): void {
    this.#store(entry);
  }

  delete(id: NodeId): void {
    if (this.#entries.delete(id)) this.#forgetDerived();
  }

  /** Sorted by id. */
  entries(): readonly ViewEntry[] {
    this.#sorted ??= [...this.#entries.values()].sort(byId);
    return this.#sorted;
  }

  live(): readonly ViewEntry[] {
    this.#live ??= this.entries().filter((entry) => entry.state === 'alive');
    return this.#live;
  }

  /** 16 hex digits. Tombstones do not count: nodes forget them at different times. */
  digest(): string {
    this.#digest ??= digestOf(this.live());
    return this.#digest;
  }

  /** The digest once this life is known to be alive. */
  digestWith(life: Pick<ViewEntry, 'id' | 'uid' | 'incarnation'>): string {
    if (this.holds(life)) return this.digest();
    const others = this.live().filter(({ id }) => id !== life.id);
    return digestOf([...others, life].sort(byId));
  }

  /** Removes and returns tombstones older than their retention, except those to keep. */
  reap(now: number, retention: Retention, keep: (id: NodeId) => boolean): readonly ViewEntry[] {
    const reaped = this.entries().filter(
      (entry) =>
        entry.state !== 'alive' &&
        now - entry.since > retentionMs(entry.state, retention) &&
        !keep(entry.id),
    );
    for (const entry of reaped) this.delete(entry.id);
    return reaped;
  }

  #store(entry: ViewEntry): ViewEntry {
    // One form for what is meaningless, so that equal views are equal in every field.
    const stored = entry.state === 'alive' ? { ...entry, since: 0 } : entry;
    this.#entries.set(entry.id, stored);
    this.#forgetDerived();
    return stored;
  }

  #forgetDerived(): void {
    this.#sorted = null;
    this.#live = null;
    this.#digest = null;
  }
}

function byId(a: Pick<ViewEntry, 'id'>, b: Pick<ViewEntry, 'id'>): number {
  return a.id < b.id ? -1 : 1;
}

function digestOf(live: readonly Pick<ViewEntry, 'id' | 'uid' | 'incarnation'>[]): string {
  const claims = live.map((entry) => [entry.id, entry.uid, entry.incarnation]);
  return createHash('sha256').update(JSON.stringify(claims)).digest('hex').slice(0, 16);
}
