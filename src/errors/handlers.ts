/** What can go wrong with whatever handles keyed requests: handlers, keys, actors, their messages. */
import { type ClusterErrorOptions, preview } from '../errors.ts';
import type { Delivered } from './actors.ts';
import { ShardingError, safePreview } from './sharding.ts';

/** The handler works longer than it may; it has been told so by its signal. */
export class HandlerTimeoutError extends ShardingError {
  readonly code = 'HANDLER_TIMEOUT';
  readonly hint = 'Let the handler do less, or raise `handlerTimeoutMs` of its transport.';
  override readonly retryable = true;
  readonly shard: number;
  readonly timeoutMs: number;
  readonly delivered = 'yes';

  constructor(shard: number, timeoutMs: number) {
    super(`The handler of shard ${shard} exceeded its deadline of ${timeoutMs} ms`);
    this.shard = shard;
    this.timeoutMs = timeoutMs;
  }
}

/** The handler threw; `cause` has the name, the message and, if there is one, the code. */
export class HandlerError extends ShardingError {
  readonly code = 'HANDLER_FAILED';
  readonly hint = 'See `cause` for what the handler threw.';
  readonly shard: number;
  readonly delivered = 'yes';

  constructor(shard: number, message: string, options?: ClusterErrorOptions) {
    super(`The handler of shard ${shard} failed: ${message}`, options);
    this.shard = shard;
  }
}

/** A request by key needs one that is not empty. */
export class KeyRequiredError extends ShardingError {
  readonly code = 'KEY_REQUIRED';
  readonly hint = 'Give a key that is not empty.';
  readonly delivered = 'no';

  constructor() {
    super('The key is empty');
  }
}

/** A key handler was asked by something that knows no key. */
export class MissingKeyHeaderError extends ShardingError {
  readonly code = 'MISSING_KEY_HEADER';
  readonly hint = 'Use `requestKey` or `key(...)`, which set the header `x-clstr-key`.';
  readonly delivered = 'no';

  constructor() {
    super('The header x-clstr-key is missing');
  }
}

/** A value does not say of which type of message it is. */
export class MessageTypeError extends ShardingError {
  readonly code = 'MESSAGE_TYPE_UNKNOWN';
  readonly hint =
    'Give its class a static `messageType`, the value a method `messageType()`, or use `message(type)`.';
  readonly delivered = 'no';

  constructor(value: unknown) {
    super(`The message type of ${preview(value)} cannot be told`);
  }
}

/** The node of the shard has no handler for this type of message. */
export class UnknownMessageError extends ShardingError {
  readonly code = 'UNKNOWN_MESSAGE';
  readonly hint = 'Add the type to the handler, or compare the releases of both sides.';
  readonly type: string;
  readonly delivered = 'no';

  constructor(type: string) {
    super(`No handler for messages of the type ${safePreview(type)}`);
    this.type = type;
  }
}

/** What is wrong with a payload. `output`: the request has been handled. */
export class InvalidPayloadError extends ShardingError {
  readonly code = 'INVALID_PAYLOAD';
  readonly hint = 'Compare the message with its schema on both sides.';
  readonly of: 'input' | 'output';
  readonly type: string;
  readonly problem: string;
  readonly delivered: Delivered;

  constructor(
    of: 'input' | 'output',
    type: string,
    problem: string,
    options?: ClusterErrorOptions,
  ) {
    super(`Invalid ${of} of ${safePreview(type)}: ${problem}`, options);
    this.of = of;
    this.type = type;
    this.problem = problem;
    this.delivered = of === 'input' ? 'no' : 'yes';
  }
}

/** A handler of keys was closed. */
export class HandlerClosedError extends ShardingError {
  readonly code = 'HANDLER_CLOSED';
  readonly hint = 'The node is about to stop: try again, another one may have the shard.';
  override readonly retryable = true;
  readonly delivered = 'no';

  constructor() {
    super('The handler is closed');
  }
}

/** The actor of a key ended without an answer; the next message starts another one. */
export class ActorEndedError extends ShardingError {
  readonly code = 'ACTOR_ENDED';
  readonly hint = 'See `cause` if it failed; the next message starts another actor for the key.';
  readonly reason: 'failed' | 'stopped';
  readonly delivered: Delivered;
  override readonly retryable: boolean;

  constructor(reason: 'failed' | 'stopped', delivered: Delivered, options?: ClusterErrorOptions) {
    const cause = options?.cause;
    const detail = cause instanceof Error ? `: ${cause.message}` : '';
    super(`The actor of the key ${reason === 'failed' ? 'failed' : 'ended'}${detail}`, options);
    this.reason = reason;
    this.delivered = delivered;
    this.retryable = delivered === 'no';
  }
}

/** A request to the key whose handler makes it, and which takes one request at a time. */
export class SelfRequestError extends ShardingError {
  readonly code = 'SELF_REQUEST';
  readonly hint = 'A handler that waits for its own key waits for ever: call the function itself.';
  readonly delivered = 'no';

  constructor() {
    super('The handler of a key made a request to the same key');
  }
}
