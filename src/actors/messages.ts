/** What is known of the messages of an actor by its behavior. */
import type { AnyActorLogic, EventFromLogic } from 'xstate';
import type { Server } from './behavior.ts';
import type { ReplyTo } from './reply-to.ts';

/** The messages that a behavior takes. */
export type MessageOf<TBehavior> = TBehavior extends AnyActorLogic
  ? EventFromLogic<TBehavior>
  : TBehavior extends Server<infer _State, infer Call, infer Cast>
    ? Call | Cast
    : TBehavior extends (message: infer TMessage, ...rest: never[]) => unknown
      ? TMessage
      : never;

/** A message as it is asked: `replyTo` is added on the way. */
export type Question<TMessage> = TMessage extends { readonly replyTo?: unknown }
  ? Omit<TMessage, 'replyTo'>
  : TMessage;

/** What answers such a question: as the `replyTo` of the message says. */
export type Answer<TMessage, TQuestion> = TQuestion extends { readonly type: infer TType }
  ? Extract<TMessage, { readonly type: TType }> extends { readonly replyTo?: infer TReplyTo }
    ? NonNullable<TReplyTo> extends ReplyTo<infer TReply>
      ? TReply
      : unknown
    : unknown
  : unknown;
