import { Ref } from './ref.ts';
import { ReplyTo } from './reply-to.ts';

interface Args<TContext, TEvent> {
  readonly context: TContext;
  readonly event: TEvent;
}

/**
 * An action for `setup` that answers the ask which brought the event, also where another actor has
 * passed the event on; it does nothing for an event without `replyTo`.
 */
export function reply<TContext, TEvent extends { readonly type: string }, TReply>(
  answer: (args: Args<TContext, TEvent>) => TReply,
): (args: Args<TContext, TEvent>) => void {
  return ({ context, event }) => {
    if (!('replyTo' in event)) return;
    const { replyTo } = event;
    // Anybody may send anything as `replyTo`. A reference: the ask was passed on from elsewhere.
    const isKnown = replyTo instanceof ReplyTo || replyTo instanceof Ref;
    if (isKnown) replyTo._send(answer({ context, event }));
  };
}
