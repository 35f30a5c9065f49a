/**
 * What an actor tells the node that it runs on. There is one for each actor for as long as it runs:
 * it holds nothing of how the actor came to be started.
 */
import type { DeadLetterReason } from '../inspect/dead-letter.ts';
import type { Counters } from '../ports.ts';
import type { ActorTable } from './actor-table.ts';
import type { EndReason, Hosted, HostedOwner } from './hosted.ts';
import type { Letters } from './letters.ts';
import type { Line } from './line.ts';

/** Of every actor that was started, exactly once. `detail`: the error, or the output. */
export type Ended = (number: number, reason: EndReason, detail?: unknown) => void;

/** Of the node. */
export interface House {
  readonly table: ActorTable;
  readonly counters: Counters;
  readonly letters: Letters;
  readonly ended: Ended;
}

/** Who waits for the actor to start is told one of these. */
export interface Starting {
  ready(): void;
  failed(error: unknown): void;
}

export class Resident implements HostedOwner {
  readonly #house: House;
  readonly #number: number;
  /** Null once it runs. */
  #starting: Starting | null;

  constructor(house: House, number: number, starting: Starting) {
    this.#house = house;
    this.#number = number;
    this.#starting = starting;
  }

  runs(hosted: Hosted): void {
    const starting = this.#starting;
    this.#starting = null;
    this.#house.table.set(this.#number, hosted);
    this.#house.counters.add('processes');
    starting?.ready();
  }

  ended(reason: EndReason, detail?: unknown): void {
    // What is done at once has run.
    if (this.#starting && reason === 'normal') return this.#starting.ready();
    if (this.#starting) return this.#starting.failed(detail);
    this.#house.table.delete(this.#number);
    this.#house.counters.add('processes', -1);
    this.#house.ended(this.#number, reason, detail);
  }

  dead(reason: DeadLetterReason, message: unknown, from: Line, error?: unknown): void {
    this.#house.letters.undelivered(reason, this.#number, from.nodeId, message, error);
  }

  threw(error: unknown): void {
    this.#house.letters.threw('terminate', error);
  }
}
