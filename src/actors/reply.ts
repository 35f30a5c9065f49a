import type { ReplyTo } from './reply-to.ts';

interface Args<TContext, TEvent> {
  readonly context: TContext;
  readonly event: TEvent;
}

/**
 * An action for `setup` that answers the ask which brought the event; it does nothing for an event
 * that was only sent.
 */
export function reply<TContext, TEvent extends { readonly type: string }, TReply>(
  answer: (args: Args<TContext, TEvent>) => TReply,
): (args: Args<TContext, TEvent>) => void {
  return ({ context, event }) => {
    if ('replyTo' in event) (event.replyTo as ReplyTo).send(answer({ context, event }));
  };
}
