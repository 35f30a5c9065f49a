/**
 * Names and groups of actors, on one life of this node. Every node keeps the entries of its own
 * actors and tells them to every other: all of them when they meet, then each change. What another
 * node has told goes with the last session to it.
 */
import type { Limits } from '../limits.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Ports } from '../ports.ts';
import { Stamps } from './claim.ts';
import type { DirectoryEvents, NameLost } from './directory-watch.ts';
import { changeBytes, type Entry, isActorName, keyOf, readChange } from './entry.ts';
import type { Line } from './line.ts';
import { OwnEntries } from './own-entries.ts';
import type { Ref, RefHost } from './ref.ts';
import { type Owner, Registry } from './registry.ts';
import type { ReplyTo } from './reply-to.ts';
import { SERVICE, type ServicePart } from './service.ts';

export interface DirectoryInput {
  readonly self: { readonly id: NodeId; readonly uid: string };
  readonly ports: Pick<Ports, 'clock' | 'random' | 'counters'>;
  readonly limits: Pick<Limits, 'maxNames' | 'maxNamesInAll' | 'maxMessageBytes'>;
  readonly refHost: RefHost;
  /** Whether such an actor runs here. */
  readonly isHosted: (number: number) => boolean;
  readonly events: DirectoryEvents;
}

/** What a request for a name or a membership comes to. */
export type Entered =
  | readonly ['done']
  | readonly ['taken', Ref]
  | readonly ['invalid']
  | readonly ['no_actor']
  | readonly ['full'];

type Fields = readonly unknown[];

/** The verb and the heads of lists around a single entry. */
const MESSAGE_OVERHEAD_BYTES = 32;

export class Directory implements ServicePart {
  readonly #input: DirectoryInput;
  readonly #registry: Registry;
  readonly #own: OwnEntries;
  readonly #peers = new Map<Line, Owner>();
  /** What they have not told again, of what they had told before. */
  readonly #doubtful = new Map<Line, Set<string>>();
  readonly #stamps = new Stamps();
  #lost: NameLost[] = [];

  constructor(input: DirectoryInput) {
    const { self, refHost, ports, limits } = input;
    this.#input = input;
    this.#registry = new Registry(refHost, () => ports.random.float());
    this.#own = new OwnEntries(self, this.#registry, ports.clock, limits);
  }

  get groups(): Registry['groups'] {
    return this.#registry.groups;
  }

  /** Of the cluster, as far as they are known here. */
  get names(): Registry['names'] {
    return this.#registry.names;
  }

  /** On this node alone. */
  get locals(): Registry['locals'] {
    return this.#registry.locals;
  }

  readonly sends = {
    /** A list of changes to what that node has. */
    entries: ([changes]: Fields, from: Line) => this.#told(changes, from),
    /** All that it has follows, since something was lost on the way. */
    'entries.anew': (_: Fields, from: Line) => {
      const peer = this.#peers.get(from);
      if (peer) this.#doubtful.set(from, new Set(peer.entries.keys()));
    },
    /** That was all. */
    'entries.end': (_: Fields, from: Line) => this.#sweep(from),
  };

  readonly asks = {
    /** `scope, name, number` */
    register: ([scope, name, number]: Fields, replyTo: ReplyTo) =>
      replyTo.send(this.#register(kindOf(scope), name, number)),
    /** `scope, name` */
    unregister: ([scope, name]: Fields, replyTo: ReplyTo) =>
      replyTo.send(this.#leave(kindOf(scope), name, 0)),
    /** `name`, on this node alone */
    whereis: ([name]: Fields, replyTo: ReplyTo) =>
      replyTo.send(typeof name === 'string' ? this.locals.get(name) : undefined),
    /** `group, number` */
    join: ([group, number]: Fields, replyTo: ReplyTo) =>
      replyTo.send(this.#enter('member', group, number)),
    /** `group, number` */
    leave: ([group, number]: Fields, replyTo: ReplyTo) =>
      replyTo.send(this.#leave('member', group, number)),
  };

  met(line: Line): void {
    const { nodeId, uid } = line;
    if (nodeId === this.#own.nodeId) return;
    this.#peers.set(line, { nodeId, uid, entries: new Map() });
    this.#own.met(line);
  }

  resync(line: Line): void {
    if (this.#peers.has(line)) this.#own.tellAnew(line);
  }

  lost(line: Line): void {
    const peer = this.#peers.get(line);
    if (!peer) return;
    this.#peers.delete(line);
    this.#doubtful.delete(line);
    this.#own.lost(line);
    this.#registry.clear(peer);
    this.#announce();
  }

  /** An actor of this node has ended. */
  ended(number: number): void {
    if (this.#own.removeOf(number)) this.#settle();
  }

  stop(): void {
    this.#own.stop();
    for (const peer of this.#peers.values()) this.#registry.clear(peer);
    this.#peers.clear();
    this.#doubtful.clear();
    this.#announce();
  }

  #register(kind: 'name' | 'local', name: unknown, number: unknown): Entered {
    if (!isActorName(name)) return ['invalid'];
    const holder = kind === 'name' ? this.names.holder(name) : this.locals.get(name);
    if (!holder) return this.#enter(kind, name, number);
    const isItself = this.#isOwn(holder) && holder.number === number;
    return isItself ? ['done'] : ['taken', holder];
  }

  #enter(kind: Entry['kind'], name: unknown, number: unknown): Entered {
    const { limits, ports, isHosted } = this.#input;
    if (!isActorName(name)) return ['invalid'];
    if (typeof number !== 'number' || number === SERVICE || !isHosted(number)) return ['no_actor'];
    const stamp = kind === 'name' ? this.#stamps.next(ports.clock.wallNow()) : 0;
    const entry: Entry = { kind, name, number, stamp };
    if (this.#own.entries.has(keyOf(entry))) return ['done'];
    // What cannot be told must not be kept either.
    if (changeBytes(entry) + MESSAGE_OVERHEAD_BYTES > limits.maxMessageBytes) return ['invalid'];
    if (this.#own.entries.size >= limits.maxNames) return ['full'];
    this.#own.put(entry);
    // Before the answer to whoever asked for it, who then finds it.
    this.#settle();
    return ['done'];
  }

  #leave(kind: Entry['kind'], name: unknown, number: unknown): boolean {
    if (!isActorName(name) || typeof number !== 'number') return false;
    const removed = this.#own.remove(keyOf({ kind, name, number, stamp: 0 }));
    if (removed) this.#settle();
    return removed !== undefined;
  }

  #told(changes: unknown, from: Line): void {
    const peer = this.#peers.get(from);
    if (!peer || !Array.isArray(changes)) return this.#ignore();
    const doubtful = this.#doubtful.get(from);
    for (const wire of changes) this.#apply(peer, wire, doubtful);
    this.#settle();
  }

  #sweep(from: Line): void {
    const peer = this.#peers.get(from);
    const doubtful = this.#doubtful.get(from);
    this.#doubtful.delete(from);
    if (!peer || !doubtful) return;
    for (const key of doubtful) this.#registry.remove(peer, key);
    this.#settle();
  }

  /** One that is wrong, or too much, does not spoil the others. */
  #apply(peer: Owner, wire: unknown, doubtful: Set<string> | undefined): void {
    const change = readChange(wire);
    if (!change) return this.#ignore();
    const { entry, isThere } = change;
    const key = keyOf(entry);
    doubtful?.delete(key);
    if (!isThere) return void this.#registry.remove(peer, key);
    if (!peer.entries.has(key) && !this.#hasRoomFor(peer)) return this.#ignore();
    this.#registry.put(peer, entry);
    if (entry.kind !== 'name') return;
    this.#stamps.heard(entry.stamp);
    this.#giveWay(key, entry.name);
  }

  /** Of two nodes that have given a name all decide alike who keeps it; the other withdraws. */
  #giveWay(key: string, name: string): void {
    const winner = this.names.holder(name);
    if (!winner || this.#isOwn(winner)) return;
    const entry = this.#own.remove(key);
    if (entry)
      this.#lost.push({ name, winner, loser: this.#registry.refTo(this.#own, entry.number) });
  }

  #isOwn({ nodeId, uid }: Ref): boolean {
    return nodeId === this.#own.nodeId && uid === this.#own.uid;
  }

  #hasRoomFor({ entries }: Owner): boolean {
    const { maxNames, maxNamesInAll } = this.#input.limits;
    const ofOthers = this.#registry.size - this.#own.entries.size;
    return entries.size < maxNames && ofOthers < maxNamesInAll;
  }

  #ignore(): void {
    this.#input.ports.counters.add('names.ignored');
  }

  #settle(): void {
    this.#own.tell();
    this.#announce();
  }

  /** Once everything is as it will be: whoever is told may ask at once. */
  #announce(): void {
    const { events } = this.#input;
    const lost = this.#lost;
    this.#lost = [];
    for (const group of this.#registry.groups.takeChanged()) events.groupChanged(group);
    for (const one of lost) events.nameLost(one);
  }
}

function kindOf(scope: unknown): 'name' | 'local' {
  return scope === 'node' ? 'local' : 'name';
}
