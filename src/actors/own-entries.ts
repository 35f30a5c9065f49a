/** The names and memberships of the actors of this node, which it tells to the others. */
import type { Limits } from '../limits.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';
import { type Entry, keyOf } from './entry.ts';
import type { Line } from './line.ts';
import type { Owner, Registry } from './registry.ts';
import { Tellings } from './tellings.ts';

export class OwnEntries implements Owner {
  readonly nodeId: NodeId;
  readonly uid: string;
  readonly entries = new Map<string, Entry>();
  readonly #registry: Registry;
  /** Those that are told: all but names on this node alone. */
  readonly #shared = new Map<string, Entry>();
  readonly #tellings: Tellings;
  readonly #byActor = new Map<number, Set<string>>();

  constructor(
    { id, uid }: { readonly id: NodeId; readonly uid: string },
    registry: Registry,
    clock: Clock,
    limits: Pick<Limits, 'maxMessageBytes'>,
  ) {
    this.nodeId = id;
    this.uid = uid;
    this.#registry = registry;
    this.#tellings = new Tellings(clock, limits, this.#shared);
  }

  met(line: Line): void {
    this.#tellings.met(line);
  }

  tellAnew(line: Line): void {
    this.#tellings.tellAnew(line);
  }

  lost(line: Line): void {
    this.#tellings.lost(line);
  }

  /** One that is not there. */
  put(entry: Entry): void {
    const key = keyOf(entry);
    this.#registry.put(this, entry);
    this.#byActor.set(entry.number, (this.#byActor.get(entry.number) ?? new Set()).add(key));
    if (entry.kind === 'local') return;
    this.#shared.set(key, entry);
    this.#tellings.put(key, entry);
  }

  /** What was there. */
  remove(key: string): Entry | undefined {
    const entry = this.#registry.remove(this, key);
    if (!entry) return undefined;
    const keys = this.#byActor.get(entry.number);
    keys?.delete(key);
    if (keys?.size === 0) this.#byActor.delete(entry.number);
    if (this.#shared.delete(key)) this.#tellings.removed(key, entry);
    return entry;
  }

  /** All of one actor; whether there were any. */
  removeOf(number: number): boolean {
    const keys = this.#byActor.get(number);
    for (const key of [...(keys ?? [])]) this.remove(key);
    return keys !== undefined;
  }

  /** Sends what has changed. */
  tell(): void {
    this.#tellings.flush();
  }

  stop(): void {
    this.#tellings.stop();
    this.#registry.clear(this);
    this.#shared.clear();
    this.#byActor.clear();
  }
}
