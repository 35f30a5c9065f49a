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
  readonly #owner: HostedOwner;
  readonly #open = new Set<ReplyTo>();

  constructor(handler: Handler, owner: HostedOwner) {
    this.#handler = handler;
    this.#owner = owner;
  }

  send(message: unknown, from: Line): void {
    const threw = (error: unknown) => this.#owner.dead('threw', message, from, error);
    try {
      const result = this.#handler(message, undefined);
      if (isThenable(result)) result.then(undefined, threw);
    } catch (error) {
      threw(error);
    }
  }

  ask(message: unknown, replyTo: ReplyTo): void {
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
    result.then(
      (value) => replyTo.send(value),
      (error: unknown) => replyTo.fail('failed', 'yes', error),
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
