import type { Hosted, HostedOwner } from './hosted.ts';
import type { ReplyTo } from './reply-to.ts';
import { isThenable } from './thenable.ts';

/**
 * A plain function for each message; several may be under way at once. What it returns, or its
 * promise resolves to, answers an ask. `replyTo` is undefined for a message that was only sent.
 */
export type Handler = (message: unknown, replyTo: ReplyTo | undefined) => unknown;

export class HandlerActor implements Hosted {
  readonly #handler: Handler;
  readonly #owner: HostedOwner;
  readonly #open = new Set<ReplyTo>();

  constructor(handler: Handler, owner: HostedOwner) {
    this.#handler = handler;
    this.#owner = owner;
  }

  send(message: unknown): void {
    try {
      const result = this.#handler(message, undefined);
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#owner.threw(error));
    } catch (error) {
      this.#owner.threw(error);
    }
  }

  ask(message: unknown, replyTo: ReplyTo): void {
    let result: unknown;
    try {
      result = this.#handler(message, replyTo);
    } catch (error) {
      return replyTo.fail('failed', 'yes', error);
    }
    if (isThenable(result)) this.#later(result, replyTo);
    else replyTo.send(result);
  }

  #later(result: PromiseLike<unknown>, replyTo: ReplyTo): void {
    this.#open.add(replyTo);
    replyTo.hold(() => this.#open.delete(replyTo));
    result.then(
      (value) => replyTo.send(value),
      (error: unknown) => replyTo.fail('failed', 'yes', error),
    );
  }

  stop(error?: unknown): void {
    for (const replyTo of [...this.#open]) replyTo.fail('stopped', 'yes', error);
    this.#owner.ended(error === undefined ? 'stopped' : 'error', error);
  }
}
