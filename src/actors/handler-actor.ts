import type { Hosted, HostedOwner, Present } from './hosted.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { isThenable } from './thenable.ts';

/**
 * A plain function for each message; several may be under way at once. What it returns, or its
 * promise resolves to, answers an ask. `replyTo` is undefined for a message that was only sent.
 */
export type Handler = (message: unknown, replyTo: ReplyTo | undefined) => unknown;

export class HandlerActor implements Hosted {
  readonly #handler: Handler;
  readonly #maxMailbox: number;
  readonly #owner: HostedOwner;
  readonly #open = new Set<ReplyTo>();
  /** Promises that have not settled, whether somebody waits for them or not. */
  #underWay = 0;

  constructor(handler: Handler, maxMailbox: number, owner: HostedOwner) {
    this.#handler = handler;
    this.#maxMailbox = maxMailbox;
    this.#owner = owner;
  }

  get #isFull(): boolean {
    return this.#underWay >= this.#maxMailbox;
  }

  send(message: unknown, from: Line): void {
    if (this.#isFull) return this.#owner.dead('mailbox_full', message, from);
    const threw = (error: unknown) => this.#owner.dead('threw', message, from, error);
    try {
      const result = this.#handler(message, undefined);
      if (isThenable(result)) this.#wait(result, () => {}, threw);
    } catch (error) {
      threw(error);
    }
  }

  ask(message: unknown, replyTo: ReplyTo): void {
    if (this.#isFull) return replyTo.fail('busy', 'no');
    try {
      const result = this.#handler(message, replyTo);
      if (isThenable(result)) this.#later(result, replyTo);
      else replyTo.send(result);
    } catch (error) {
      replyTo.fail('failed', 'yes', error);
    }
  }

  #later(result: PromiseLike<unknown>, replyTo: ReplyTo): void {
    this.#open.add(replyTo);
    replyTo.hold(() => this.#open.delete(replyTo));
    this.#wait(
      result,
      (value) => replyTo.send(value),
      (error) => replyTo.fail('failed', 'yes', error),
    );
  }

  /** Settles once, whatever the `then` of something like a promise does. */
  #wait(
    result: PromiseLike<unknown>,
    done: (value: unknown) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#underWay += 1;
    Promise.resolve(result).then(
      (value) => {
        this.#underWay -= 1;
        done(value);
      },
      (error: unknown) => {
        this.#underWay -= 1;
        failed(error);
      },
    );
  }

  /** It has no state that anybody could see. */
  snapshot(): Present {
    return { state: undefined };
  }

  observe(): () => void {
    return () => {};
  }

  stop(error?: unknown): void {
    for (const replyTo of [...this.#open]) replyTo.fail('stopped', 'yes', error);
    this.#owner.ended(error === undefined ? 'stopped' : 'error', error);
  }
}
