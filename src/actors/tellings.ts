/** Tells the entries of this node to all others, and each change from then on. */
import type { Limits } from '../limits.ts';
import type { Clock, Timer } from '../ports.ts';
import type { Entry } from './entry.ts';
import type { Line } from './line.ts';
import { Telling } from './telling.ts';

/** A node that takes nothing more for now is tried again after this. */
const RETRY_MS = 100;

export class Tellings {
  readonly #clock: Clock;
  readonly #limits: Pick<Limits, 'maxMessageBytes'>;
  /** What there is to tell. */
  readonly #own: ReadonlyMap<string, Entry>;
  readonly #byLine = new Map<Line, Telling>();
  #stalled = new Set<Telling>();
  #timer: Timer = null;

  constructor(
    clock: Clock,
    limits: Pick<Limits, 'maxMessageBytes'>,
    own: ReadonlyMap<string, Entry>,
  ) {
    this.#clock = clock;
    this.#limits = limits;
    this.#own = own;
  }

  met(line: Line): void {
    const telling = new Telling(line, this.#limits.maxMessageBytes);
    this.#byLine.set(line, telling);
    for (const [key, entry] of this.#own) telling.put(key, entry);
    this.flush();
  }

  tellAnew(line: Line): void {
    this.#byLine.get(line)?.tellAnew(this.#own);
    this.flush();
  }

  lost(line: Line): void {
    const telling = this.#byLine.get(line);
    if (telling) this.#stalled.delete(telling);
    this.#byLine.delete(line);
  }

  put(key: string, entry: Entry): void {
    for (const telling of this.#byLine.values()) telling.put(key, entry);
  }

  removed(key: string, entry: Entry): void {
    for (const telling of this.#byLine.values()) telling.removed(key, entry);
  }

  /** Within this turn, unless a node does not keep up. */
  flush(): void {
    for (const telling of this.#byLine.values()) {
      if (this.#stalled.has(telling) || telling.flush(this.#own)) continue;
      this.#stalled.add(telling);
      this.#timer ??= this.#clock.setTimeout(() => this.#again(), RETRY_MS);
    }
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#byLine.clear();
    this.#stalled.clear();
  }

  #again(): void {
    this.#timer = null;
    this.#stalled = new Set();
    this.flush();
  }
}
