/** Names and groups as they are known here: what each node has told of its actors, joined. */
import type { NodeId } from '../membership/node-id.ts';
import { type Entry, keyOf } from './entry.ts';
import { GroupTable } from './group-table.ts';
import { NameTable } from './name-table.ts';
import { Ref, type RefHost } from './ref.ts';

/** One life of a node. An entry lives with the node of its actor, so that none outlives either. */
export interface Owner {
  readonly nodeId: NodeId;
  readonly uid: string;
  readonly entries: Map<string, Entry>;
}

export class Registry {
  readonly names = new NameTable();
  readonly groups: GroupTable;
  /** Names on this node alone. */
  readonly locals = new Map<string, Ref>();
  readonly #refHost: RefHost;
  #size = 0;

  /** `random`: uniform in [0, 1). */
  constructor(refHost: RefHost, random: () => number) {
    this.#refHost = refHost;
    this.groups = new GroupTable(random);
  }

  /** Entries of all owners. */
  get size(): number {
    return this.#size;
  }

  put(owner: Owner, entry: Entry): void {
    const key = keyOf(entry);
    const present = owner.entries.get(key);
    if (present?.number === entry.number && present.stamp === entry.stamp) return;
    if (!present) this.#size += 1;
    owner.entries.set(key, entry);
    const ref = this.refTo(owner, entry.number);
    if (entry.kind === 'member') this.groups.add(entry.name, ref);
    else if (entry.kind === 'name') this.names.add(entry.name, { ref, stamp: entry.stamp });
    else this.locals.set(entry.name, ref);
  }

  /** What was there. */
  remove(owner: Owner, key: string): Entry | undefined {
    const entry = owner.entries.get(key);
    if (!entry) return undefined;
    this.#size -= 1;
    owner.entries.delete(key);
    const ref = this.refTo(owner, entry.number);
    if (entry.kind === 'member') this.groups.remove(entry.name, ref);
    else if (entry.kind === 'name') this.names.remove(entry.name, ref);
    else this.locals.delete(entry.name);
    return entry;
  }

  clear(owner: Owner): void {
    for (const key of [...owner.entries.keys()]) this.remove(owner, key);
  }

  refTo({ nodeId, uid }: Owner, number: number): Ref {
    return new Ref(this.#refHost, nodeId, uid, number);
  }
}
