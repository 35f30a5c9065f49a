/**
 * What one node has told, with the time of each entry, and ways to wait for more of it.
 *
 * Times are `performance.timeOrigin + performance.now()`: on one machine they compare across
 * processes. Whoever waits gives a deadline, and a missed one prints the whole journal.
 */
import type { ClusterEvent, ClusterStatus, NodeDownReason } from '../../src/index.ts';

export type Entry =
  | { readonly type: 'status'; readonly at: number; readonly status: ClusterStatus }
  | { readonly type: 'up'; readonly at: number; readonly nodeId: string }
  | {
      readonly type: 'down';
      readonly at: number;
      readonly nodeId: string;
      readonly reason: NodeDownReason;
      /** Wall time from the node's last heartbeat to this very moment, in whole milliseconds. */
      readonly silenceMs: number | null;
    }
  /** A heartbeat came in, as the node's info tells. */
  | { readonly type: 'beat'; readonly at: number; readonly nodeId: string }
  | { readonly type: 'event'; readonly at: number; readonly event: ClusterEvent }
  | { readonly type: 'stderr'; readonly at: number; readonly text: string };

export type Up = Extract<Entry, { type: 'up' }>;
export type Down = Extract<Entry, { type: 'down' }>;
export type EventOf<T extends ClusterEvent['type']> = Extract<ClusterEvent, { type: T }>;

type Pick<T> = (entry: Entry) => T | undefined;

export function timeNow(): number {
  return performance.timeOrigin + performance.now();
}

export class Journal {
  readonly #owner: string;
  readonly #entries: Entry[] = [];
  readonly #readers = new Set<(entry: Entry) => void>();

  constructor(owner: string) {
    this.#owner = owner;
  }

  add(entry: Entry): void {
    this.#entries.push(entry);
    for (const read of [...this.#readers]) read(entry);
  }

  /** Where the next entry goes: what was told before is not looked at from here. */
  get mark(): number {
    return this.#entries.length;
  }

  all<T>(pick: Pick<T>, from = 0): T[] {
    return this.#entries.slice(from).flatMap((entry) => pick(entry) ?? []);
  }

  downs(from = 0): Down[] {
    return this.all((entry) => (entry.type === 'down' ? entry : undefined), from);
  }

  events<T extends ClusterEvent['type']>(type: T, from = 0): EventOf<T>[] {
    return this.all((entry) => eventOf(entry, type), from);
  }

  waitForUp(nodeId: string, withinMs: number, from = 0): Promise<Up> {
    const pick: Pick<Up> = (entry) =>
      entry.type === 'up' && entry.nodeId === nodeId ? entry : undefined;
    return this.first(pick, `nodeUp of ${nodeId}`, withinMs, from);
  }

  waitForDown(nodeId: string, withinMs: number, from = 0): Promise<Down> {
    const pick: Pick<Down> = (entry) =>
      entry.type === 'down' && entry.nodeId === nodeId ? entry : undefined;
    return this.first(pick, `nodeDown of ${nodeId}`, withinMs, from);
  }

  /** A heartbeat after the one that made the node come up. */
  waitForBeat(nodeId: string, withinMs: number): Promise<Entry> {
    const pick: Pick<Entry> = (entry) =>
      entry.type === 'beat' && entry.nodeId === nodeId ? entry : undefined;
    return this.first(pick, `heartbeat of ${nodeId}`, withinMs, this.mark);
  }

  waitForEvent<T extends ClusterEvent['type']>(
    type: T,
    withinMs: number,
    options: { readonly from?: number; readonly where?: (event: EventOf<T>) => boolean } = {},
  ): Promise<EventOf<T>> {
    const { from = 0, where = () => true } = options;
    const pick: Pick<EventOf<T>> = (entry) => {
      const event = eventOf(entry, type);
      return event && where(event) ? event : undefined;
    };
    return this.first(pick, `event ${type}`, withinMs, from);
  }

  /** The first entry that fits, told already or still to come. */
  first<T>(pick: Pick<T>, what: string, withinMs: number, from = 0): Promise<T> {
    const [told] = this.all(pick, from);
    if (told !== undefined) return Promise.resolve(told);
    return new Promise((resolve, reject) => {
      const read = (entry: Entry) => {
        const found = pick(entry);
        if (found === undefined) return;
        finish();
        resolve(found);
      };
      const finish = () => {
        this.#readers.delete(read);
        clearTimeout(timer);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`${this.#owner}: no ${what} within ${withinMs} ms\n${this.print()}`));
      }, withinMs);
      this.#readers.add(read);
    });
  }

  /** Watches for the whole time, and fails as soon as an entry fits. */
  async never<T>(pick: Pick<T>, what: string, forMs: number): Promise<void> {
    const missed = Symbol('missed');
    const seen = this.first(pick, what, forMs + 60_000, this.mark);
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<typeof missed>((resolve) => {
      timer = setTimeout(resolve, forMs, missed);
    });
    const winner = await Promise.race([seen, over]);
    clearTimeout(timer);
    if (winner !== missed) throw new Error(`${this.#owner}: unwanted ${what}\n${this.print()}`);
  }

  print(): string {
    const start = this.#entries[0]?.at ?? 0;
    const lines = this.#entries.map(({ at, ...rest }) => {
      return `  ${(at - start).toFixed(1).padStart(9)} ms ${JSON.stringify(rest)}`;
    });
    return `journal of ${this.#owner}:\n${lines.join('\n')}`;
  }
}

function eventOf<T extends ClusterEvent['type']>(entry: Entry, type: T): EventOf<T> | undefined {
  return entry.type === 'event' && isOf(entry.event, type) ? entry.event : undefined;
}

function isOf<T extends ClusterEvent['type']>(event: ClusterEvent, type: T): event is EventOf<T> {
  return event.type === type;
}
