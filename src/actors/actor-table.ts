import type { Hosted } from './hosted.ts';
import { ReplyDoor } from './reply-door.ts';
import type { ReplyTo } from './reply-to.ts';

/** Of an actor that another node may name: 0 is the service of each node, to which nobody is led. */
export function isActorNumber(number: unknown): number is number {
  return Number.isSafeInteger(number) && typeof number === 'number' && number > 0;
}

/** The actors of this life of the node, by numbers that are used once. */
export class ActorTable {
  readonly #hosted = new Map<number, Hosted>();
  /** XState actors, which know nothing of their numbers. */
  readonly #numbers = new WeakMap<object, number>();
  #last = 0;

  get size(): number {
    return this.#hosted.size;
  }

  nextNumber(): number {
    this.#last += 1;
    return this.#last;
  }

  get(number: number): Hosted | undefined {
    return this.#hosted.get(number);
  }

  set(number: number, hosted: Hosted): void {
    this.#hosted.set(number, hosted);
  }

  /** From now on the XState actor may stand in messages, and arrives as a reference. */
  introduce(actor: object, number: number): void {
    this.#numbers.set(actor, number);
  }

  numberOf(actor: object): number | undefined {
    return this.#numbers.get(actor);
  }

  /** It does not arrive any more. */
  dismiss(actor: object): void {
    this.#numbers.delete(actor);
  }

  /** Whom to answer may stand in messages, too: what is sent to its number is the answer. */
  lend(replyTo: ReplyTo): number {
    const known = this.#numbers.get(replyTo);
    if (known !== undefined) return known;
    const number = this.nextNumber();
    this.#numbers.set(replyTo, number);
    if (replyTo.lend(() => this.#hosted.delete(number))) {
      this.#hosted.set(number, new ReplyDoor(replyTo));
    }
    return number;
  }

  delete(number: number): void {
    this.#hosted.delete(number);
  }

  [Symbol.iterator](): Iterator<Hosted> {
    return this.#hosted.values();
  }
}
