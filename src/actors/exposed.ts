/** The user's own XState actors, as far as others may reach them. */
import type { AnyActorRef } from 'xstate';
import { ActorLimitError } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ActorTable } from './actor-table.ts';
import { ExposedActor } from './exposed-actor.ts';
import type { HostedOwner } from './hosted.ts';
import type { Letters } from './letters.ts';
import type { Ended } from './resident.ts';
import type { ServicePart } from './service.ts';
import { Shell } from './shell.ts';

export class Exposed implements ServicePart {
  readonly #self: NodeId;
  readonly #table: ActorTable;
  readonly #letters: Letters;
  readonly #maxActors: number;
  readonly #ended: Ended;
  readonly #present = new Map<AnyActorRef, ExposedActor>();

  constructor(self: NodeId, table: ActorTable, letters: Letters, maxActors: number, ended: Ended) {
    this.#self = self;
    this.#table = table;
    this.#letters = letters;
    this.#maxActors = maxActors;
    this.#ended = ended;
  }

  /** The same number for the same actor. @throws ActorLimitError, TypeError */
  expose(actor: AnyActorRef): number {
    checkActor(actor);
    // Also of one that was spawned here, or has ended.
    const known = this.#table.numberOf(actor);
    if (known !== undefined) return known;
    if (this.#table.size > this.#maxActors) throw new ActorLimitError(this.#self, 'maxActors');
    const number = this.#table.nextNumber();
    this.#table.introduce(actor, number);
    // One that has ended is an actor that is not there any more.
    if (actor.getSnapshot().status === 'active') this.#host(actor, number);
    return number;
  }

  /** Whether it was exposed and has not ended. */
  conceal(actor: AnyActorRef): boolean {
    const hosted = this.#present.get(actor);
    if (!hosted) return false;
    this.#table.dismiss(actor);
    hosted.withdraw();
    return true;
  }

  /** They are the user's, and go on. */
  stop(): void {
    for (const hosted of [...this.#present.values()]) hosted.withdraw();
  }

  #host(actor: AnyActorRef, number: number): void {
    const owner: HostedOwner = {
      ended: (reason, detail) => {
        this.#present.delete(actor);
        this.#table.delete(number);
        this.#ended(number, reason, detail);
      },
      dead: (why, message, from, error) =>
        this.#letters.undelivered(why, number, from.nodeId, message, error),
      threw: (error) => this.#letters.threw('terminate', error),
    };
    const hosted = new ExposedActor(actor, owner);
    this.#present.set(actor, hosted);
    this.#table.set(number, hosted);
  }
}

function checkActor(actor: unknown): void {
  if (actor instanceof Shell) throw new TypeError('a reference can be sent as it is');
  const isActor =
    typeof actor === 'object' &&
    actor !== null &&
    ['send', 'subscribe', 'getSnapshot'].every((name) => has(actor, name));
  if (!isActor) throw new TypeError('expose takes an XState actor');
}

function has(value: object, name: string): boolean {
  return typeof Reflect.get(value, name) === 'function';
}
