/**
 * The view, kept true: what this node knows first hand, what others tell, and what it says
 * about itself. Gossip never connects anybody; it yields addresses to try.
 */
import { answersTo, type GossipView, toViewEntry, wholeView } from '../membership/gossip.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Retention, ViewEntry } from '../membership/view.ts';
import { View } from '../membership/view.ts';

/** This node: one life under one id. The incarnation grows when others know a later one. */
export interface LocalIdentity {
  readonly id: NodeId;
  readonly uid: string;
  readonly incarnation: number;
}

export interface MembersInput {
  readonly self: LocalIdentity;
  readonly maxNodes: number;
  readonly maxGossipEntries: number;
  readonly retention: Retention;
  readonly now: () => number;
  /** The uid of the life with which a session is open. */
  readonly sessionUid: (id: NodeId) => string | null;
}

/** Alive as others say, or as they said when the link to it ended. */
interface Unmet {
  readonly since: number;
  readonly wasMet: boolean;
}

/** What to do about news; the members decide, the node obeys. */
export interface MembersOwner {
  /** A node is alive by hearsay and not connected; urgent while this node is joining. */
  learned(id: NodeId, isUrgent: boolean): void;
  /** A node left by hearsay: there is nobody to dial. */
  leftByHearsay(id: NodeId): void;
  /** Somebody says `down` about a node that is connected here: pass it on to the accused. */
  accuse(id: NodeId, uid: string, incarnation: number): void;
  /** This node was said to be dead and has said that it is not. */
  refuted(): void;
  /** Another life claims this node's id. */
  conflict(id: NodeId): void;
  /** One more node is to be known: an old tombstone may have to go. */
  makeRoom(id: NodeId): void;
  dropped(): void;
  changed(): void;
}

export class Members {
  readonly #input: MembersInput;
  readonly #owner: MembersOwner;
  readonly #view: View;
  #self: LocalIdentity;
  /** Nodes alive by hearsay alone, and since when. */
  readonly #unmet = new Map<NodeId, Unmet>();

  constructor(input: MembersInput, owner: MembersOwner) {
    this.#input = input;
    this.#owner = owner;
    this.#self = input.self;
    this.#view = new View(input.maxNodes);
    this.#putSelf();
  }

  get self(): LocalIdentity {
    return this.#self;
  }

  get digest(): string {
    return this.#view.digest();
  }

  /** Tombstones included. */
  get size(): number {
    return this.#view.size;
  }

  /** The digest once this life is known to be alive. */
  digestWith(life: LocalIdentity): string {
    return this.#view.digestWith(life);
  }

  get(id: NodeId): ViewEntry | undefined {
    return this.#view.get(id);
  }

  /** Everybody but this node and those that left, sorted by id. */
  others(): readonly ViewEntry[] {
    return this.#view.entries().filter(({ id, state }) => id !== this.#self.id && state !== 'left');
  }

  /** Raises the own incarnation above one that others hold against this life. */
  outlive(incarnation: number): void {
    if (incarnation < this.#self.incarnation) return;
    // Nothing is above the highest number there is, and a liar must not make us send more.
    if (incarnation >= Number.MAX_SAFE_INTEGER) return;
    this.#self = { ...this.#self, incarnation: incarnation + 1 };
    this.#putSelf();
    this.#owner.changed();
  }

  /** Others say that this very life is over. */
  refute(incarnation: number): void {
    if (incarnation < this.#self.incarnation) return;
    this.outlive(incarnation);
    this.#owner.refuted();
  }

  /** What the receiver must exceed to be taken for alive here; 0 when it need not. */
  heldAgainst(id: NodeId, uid: string): number {
    const known = this.#view.get(id);
    if (!known || (known.uid === uid && known.state === 'alive')) return 0;
    return known.incarnation;
  }

  /** A proven session is the best evidence there is. */
  proven(id: NodeId, uid: string, incarnation: number): void {
    if (!this.#unmet.has(id)) this.#hear(id);
    this.#view.put({ id, uid, incarnation, state: 'alive', since: 0 });
    this.#owner.changed();
  }

  /** It has greeted: from now on its end will be noticed here. */
  met(id: NodeId): void {
    this.#unmet.delete(id);
  }

  /** Heard from the node itself: its incarnation may have grown. */
  heard(id: NodeId, uid: string, incarnation: number): void {
    const known = this.#view.get(id);
    if (known?.uid === uid && known.state === 'alive' && known.incarnation >= incarnation) return;
    if (known && known.uid === uid && known.incarnation > incarnation) return;
    this.#view.put({ id, uid, incarnation, state: 'alive', since: 0 });
    this.#owner.changed();
  }

  /** First-hand: the session ended without a goodbye, or with one. */
  lost(id: NodeId, state: 'down' | 'left'): void {
    const known = this.#view.get(id);
    this.#unmet.delete(id);
    if (!known) return;
    this.#view.put({ ...known, state, since: this.#input.now() });
    this.#owner.changed();
  }

  /** Not connected here, but alive as others say: to be met, or asked about again. */
  unmet(id: NodeId): void {
    const wasMet = this.#unmet.get(id)?.wasMet ?? true;
    this.#unmet.set(id, { since: this.#input.now(), wasMet });
  }

  /**
   * Nobody may be left who has ever met a node that died young, and it would be told of for
   * ever. Returns who has been alive by hearsay alone for so long.
   */
  doubtful(limitMs: number): readonly ViewEntry[] {
    const now = this.#input.now();
    return [...this.#unmet].flatMap(([id, { since }]) => {
      const entry = this.#view.get(id);
      return entry?.state === 'alive' && now - since >= limitMs ? [entry] : [];
    });
  }

  hasRoomFor(id: NodeId): boolean {
    return this.#view.get(id) !== undefined || this.#view.size < this.#input.maxNodes;
  }

  /**
   * Drops the oldest tombstone if there is no room otherwise, and returns whose it was. Somebody who
   * is met also gets the place of a node that is not, or a list of names that do not exist would keep
   * newcomers out: first of one that never was met here, so that those names go before nodes that
   * cannot be reached for a while.
   */
  makeRoomFor(id: NodeId, isMet: boolean, isKept: (id: NodeId) => boolean): NodeId | null {
    if (this.hasRoomFor(id)) return null;
    const goes = this.#oldestTombstone(isKept) ?? (isMet ? this.#oldestHearsay(isKept) : null);
    if (goes === null) return null;
    this.#view.delete(goes);
    this.#unmet.delete(goes);
    return goes;
  }

  #oldestTombstone(isKept: (id: NodeId) => boolean): NodeId | null {
    const tombstones = this.#view
      .entries()
      .filter(({ id, state }) => state !== 'alive' && !isKept(id));
    return oldestOf(tombstones.map(({ id, since }) => [id, since]));
  }

  #oldestHearsay(isKept: (id: NodeId) => boolean): NodeId | null {
    const mayGo = [...this.#unmet].filter(([id]) => !isKept(id));
    const neverMet = mayGo.filter(([, { wasMet }]) => !wasMet);
    const first = neverMet.length > 0 ? neverMet : mayGo;
    return oldestOf(first.map(([id, { since }]) => [id, since]));
  }

  /** Takes in what another node tells; returns what is to be told in return. */
  receive(chunk: GossipView, isJoining = false): GossipView[] {
    const now = this.#input.now();
    for (const gossiped of chunk.entries) {
      if (gossiped.state === 'alive' && this.#view.holds(gossiped)) continue;
      const entry = toViewEntry(gossiped, now);
      if (entry) this.#weigh(entry, isJoining);
      else this.#owner.dropped();
    }
    return chunk.pull ? answersTo(this.#view, chunk, now, this.#gossipOptions()) : [];
  }

  /** What has become known since these chunks were told. */
  newsSince(told: readonly GossipView[]): GossipView[] {
    const now = this.#input.now();
    return told.flatMap((chunk) => answersTo(this.#view, chunk, now, this.#gossipOptions()));
  }

  whole(pull: boolean): GossipView[] {
    return wholeView(this.#view, this.#input.now(), { ...this.#gossipOptions(), pull });
  }

  /** Forgets old tombstones; returns the ids that are gone. */
  reap(keep: (id: NodeId) => boolean): NodeId[] {
    const reaped = this.#view.reap(this.#input.now(), this.#input.retention, keep);
    for (const { id } of reaped) this.#unmet.delete(id);
    if (reaped.length > 0) this.#owner.changed();
    return reaped.map(({ id }) => id);
  }

  #weigh(entry: ViewEntry, isJoining: boolean): void {
    if (entry.id === this.#self.id) return this.#answerFor(entry);
    const connectedUid = this.#input.sessionUid(entry.id);
    if (connectedUid !== null) return this.#weighAgainstSession(entry, connectedUid);
    // A tombstone of somebody unknown protects nothing here, and would be told on for ever.
    if (entry.state !== 'alive' && !this.#view.get(entry.id)) return;
    if (entry.state === 'alive') this.#owner.makeRoom(entry.id);
    const change = this.#view.merge(entry);
    if (change === 'full') return this.#owner.dropped();
    if (change === null) return;
    this.#owner.changed();
    this.#unmet.delete(entry.id);
    if (change.after.state === 'alive') {
      this.#hear(entry.id);
      this.#owner.learned(entry.id, isJoining);
    } else if (change.after.state === 'left') this.#owner.leftByHearsay(entry.id);
  }

  #hear(id: NodeId): void {
    this.#unmet.set(id, { since: this.#input.now(), wasMet: false });
  }

  /** Somebody speaks of this node: a wrong `down` is outlived, another life is reported. */
  #answerFor(entry: ViewEntry): void {
    const { uid, incarnation } = this.#self;
    if (entry.incarnation < incarnation) return;
    if (entry.uid !== uid) {
      if (entry.state === 'alive') this.#owner.conflict(entry.id);
    } else if (entry.state !== 'alive') this.refute(entry.incarnation);
    else if (entry.incarnation > incarnation) this.outlive(entry.incarnation);
  }

  #weighAgainstSession(entry: ViewEntry, connectedUid: string): void {
    const known = this.#view.get(entry.id);
    if (known && entry.incarnation < known.incarnation) return;
    if (entry.uid === connectedUid && entry.state === 'alive') {
      if (this.#view.merge(entry) !== null) this.#owner.changed();
      return;
    }
    this.#owner.accuse(entry.id, entry.uid, entry.incarnation);
  }

  #putSelf(): void {
    this.#view.put({ ...this.#self, state: 'alive', since: 0 });
  }

  #gossipOptions() {
    return { maxEntries: this.#input.maxGossipEntries, retention: this.#input.retention };
  }
}

function oldestOf(ids: readonly (readonly [id: NodeId, since: number])[]): NodeId | null {
  const start: readonly [NodeId | null, number] = [null, Number.POSITIVE_INFINITY];
  return ids.reduce((oldest, one) => (one[1] < oldest[1] ? one : oldest), start)[0];
}
