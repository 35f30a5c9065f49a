/**
 * Names, monitors, observed states: what nodes tell each other once only, and must not get lost. A link
 * that was given up for another one may have taken messages along; where that is noticed, both sides
 * tell all anew.
 */
import type { Clock, Timer } from '../ports.ts';
import type { Line } from './line.ts';
import type { Owed } from './owed.ts';
import type { ServicePart } from './service.ts';

/** So often at most, whatever the other side says that is missing. */
const PAUSE_MS = 100;

export interface Resynced {
  /** The other side may lack anything that it was told, and hold what was taken back. */
  resync(line: Line): void;
}

export class Resync implements ServicePart {
  readonly #clock: Clock;
  readonly #owed: Owed;
  readonly #parts: readonly Resynced[];
  /** To whom all is to be told anew, and who is to do so, too. */
  readonly #due = new Map<Line, { isAsked: boolean }>();
  #timer: Timer = null;

  constructor(clock: Clock, owed: Owed, parts: readonly Resynced[]) {
    this.#clock = clock;
    this.#owed = owed;
    this.#parts = parts;
  }

  readonly sends = {
    resync: (_: readonly unknown[], line: Line) => this.#plan(line, false),
  };

  /** Messages of that node are missing. What is sent here may be lost, too: it will see that. */
  missed(line: Line): void {
    this.#plan(line, true);
  }

  lost(line: Line): void {
    this.#due.delete(line);
  }

  stop(): void {
    this.#due.clear();
    this.#clock.clearTimeout(this.#timer);
  }

  #plan(line: Line, isAsked: boolean): void {
    const due = this.#due.get(line) ?? { isAsked };
    due.isAsked ||= isAsked;
    this.#due.set(line, due);
    this.#timer ??= this.#clock.setTimeout(() => this.#run(), PAUSE_MS);
  }

  #run(): void {
    this.#timer = null;
    for (const [line, { isAsked }] of [...this.#due]) {
      // What is owed first has to leave, or there would be no end to it.
      if (this.#owed.count(line) > 0) {
        this.#plan(line, isAsked);
        continue;
      }
      this.#due.delete(line);
      if (isAsked) this.#owed.send(line, ['resync']);
      for (const part of this.#parts) part.resync(line);
    }
  }
}
