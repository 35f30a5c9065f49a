/** Messages that came to nothing, of which their sender is not told in another way. */
import type { NodeId } from '../membership/node-id.ts';

export type DeadLetterReason =
  /** The life of the node that was meant is over, or not known: nothing was sent. */
  | 'node_down'
  /**
   * It was to be sent, and still waited when the node was lost; or it was on a link that was given up
   * for another one, and never came: then the receiver tells, and `count` is of messages of every kind.
   */
  | 'lost'
  /** There is no such actor any more. */
  | 'no_actor'
  /** The actor ended before the message had its turn. */
  | 'stopped'
  /** As many wait for the actor as `limits.maxMailbox` allows. */
  | 'mailbox_full'
  /** A machine takes events only: objects with a `type`. */
  | 'not_an_event'
  /** The actor is about to be started again. */
  | 'restarting'
  /** The schema of its behavior refused it: see `error`. */
  | 'invalid'
  /** The actor threw while it took the message: see `error`. */
  | 'threw'
  /** No room on the way: for an answer, or for what a machine sends by `sendTo`, which must not throw. */
  | 'overloaded'
  /** What a machine sends by `sendTo` holds something that cannot be sent: see `error`. */
  | 'not_serializable';

export interface DeadLetter {
  /** As the reference to the actor prints; of `lost` ones only the node and its life. */
  readonly target: string;
  /** The node that had sent it. */
  readonly from: NodeId;
  readonly reason: DeadLetterReason;
  /**
   * What kind of message it was, and no more of it: the `type` of an event, up to 100 characters, or
   * else what `typeof` says. Null for `lost` ones.
   */
  readonly message: string | null;
  /** Greater than 1 for `lost` ones only: they are told of together. */
  readonly count: number;
  /** What was thrown, or why it was refused. */
  readonly error?: unknown;
}

/** Whoever reads logs needs to find the place in the code, and must not find what users wrote. */
const MAX_TYPE_LENGTH = 100;

/** Never throws, whatever the getters of the message do. */
export function kindOf(message: unknown): string {
  if (message === null) return 'null';
  if (typeof message !== 'object') return typeof message;
  try {
    const type: unknown = Reflect.get(message, 'type');
    if (typeof type === 'string') return type.slice(0, MAX_TYPE_LENGTH);
    return Array.isArray(message) ? 'array' : 'object';
  } catch {
    return 'object';
  }
}
