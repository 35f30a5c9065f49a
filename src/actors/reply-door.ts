import type { Hosted, Present } from './hosted.ts';
import type { ReplyTo } from './reply-to.ts';

/** Whom to answer, for actors elsewhere to whom an ask was passed on: the first message is the answer. */
export class ReplyDoor implements Hosted {
  readonly #replyTo: ReplyTo;

  constructor(replyTo: ReplyTo) {
    this.#replyTo = replyTo;
  }

  send(answer: unknown): void {
    this.#replyTo.send(answer);
  }

  ask(_message: unknown, replyTo: ReplyTo): void {
    replyTo.fail('failed', 'no', new TypeError('it takes an answer, and answers nothing'));
  }

  snapshot(): Present {
    return { state: undefined };
  }

  observe(): () => void {
    return () => {};
  }

  /** It ends with the ask. */
  stop(): void {}
}
