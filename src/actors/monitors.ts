/** Who wants to hear of the end of which actor here: nodes, this one among them. */
import type { ActorTable } from './actor-table.ts';
import { ThrownText } from './failure.ts';
import type { EndReason } from './hosted.ts';
import type { Line } from './line.ts';
import type { Owed } from './owed.ts';
import type { ServicePart } from './service.ts';

interface Watcher {
  readonly line: Line;
  /** The watching node's own number for it. */
  readonly token: number;
  readonly actor: number;
}

export class Monitors implements ServicePart {
  readonly #table: ActorTable;
  readonly #owed: Owed;
  /** Of one node, with what it is owed. */
  readonly #maxMonitors: number;
  readonly #byLine = new Map<Line, Map<number, Watcher>>();
  readonly #byActor = new Map<number, Set<Watcher>>();

  constructor(table: ActorTable, owed: Owed, maxMonitors: number) {
    this.#table = table;
    this.#owed = owed;
    this.#maxMonitors = maxMonitors;
  }

  readonly sends = {
    /** `token, number` */
    watch: ([token, number]: readonly unknown[], line: Line) => {
      if (typeof token !== 'number' || typeof number !== 'number') return;
      this.#watch({ line, token, actor: number });
    },
    /** `token` */
    unwatch: ([token]: readonly unknown[], line: Line) => {
      if (typeof token !== 'number') return;
      const watcher = this.#byLine.get(line)?.get(token);
      if (watcher) this.#forget(watcher);
    },
  };

  get size(): number {
    return [...this.#byActor.values()].reduce((sum, watchers) => sum + watchers.size, 0);
  }

  isWatchedBy(line: Line, actor: number): boolean {
    return [...(this.#byActor.get(actor) ?? [])].some((watcher) => watcher.line === line);
  }

  /** Behind everything that the actor has sent to those nodes. */
  ended(number: number, reason: EndReason, detail?: unknown): void {
    for (const watcher of this.#byActor.get(number) ?? []) {
      this.#forget(watcher);
      const news = ['down', watcher.token, reason];
      if (detail === undefined) this.#owed.send(watcher.line, news);
      else if (reason === 'normal') this.#owed.send(watcher.line, [...news, detail], news);
      else this.#owed.send(watcher.line, [...news, detail], [...news, new ThrownText(detail)]);
    }
  }

  lost(line: Line): void {
    for (const watcher of this.#byLine.get(line)?.values() ?? []) this.#forget(watcher);
    this.#byLine.delete(line);
  }

  stop(): void {
    this.#byLine.clear();
    this.#byActor.clear();
  }

  #watch(watcher: Watcher): void {
    const { line, token, actor } = watcher;
    const ofLine = this.#byLine.get(line) ?? new Map<number, Watcher>();
    // Who counts as we do never comes so far; whoever does not read either is not answered.
    if (ofLine.has(token) || this.#owed.count(line) >= this.#maxMonitors) return;
    if (!this.#table.get(actor)) return this.#owed.send(line, ['down', token, 'no_actor']);
    if (ofLine.size >= this.#maxMonitors) return this.#owed.send(line, ['down', token, 'full']);
    this.#byLine.set(line, ofLine.set(token, watcher));
    const ofActor = this.#byActor.get(actor) ?? new Set();
    this.#byActor.set(actor, ofActor.add(watcher));
  }

  #forget(watcher: Watcher): void {
    this.#byLine.get(watcher.line)?.delete(watcher.token);
    const ofActor = this.#byActor.get(watcher.actor);
    ofActor?.delete(watcher);
    if (ofActor?.size === 0) this.#byActor.delete(watcher.actor);
  }
}
