/** What can go wrong with keyed requests on their way: texts, envelopes, transports, nodes. */
import { ClusterError, type ClusterErrorOptions, preview } from '../errors.ts';
import type { Delivered } from './actors.ts';

/** Each of them says whether the message may have been seen by a handler. */
export abstract class ShardingError extends ClusterError {
  abstract readonly delivered: Delivered;
}

/** A key, seed or node id that has no bytes to be hashed, or ambiguous ones. */
export class UnhashableTextError extends ShardingError {
  readonly code = 'UNHASHABLE_TEXT';
  readonly hint = 'Use well-formed text; seeds and node ids hold no NUL.';
  readonly what: 'key' | 'seed' | 'node id';
  readonly reason: string;
  readonly delivered = 'no';

  constructor(what: 'key' | 'seed' | 'node id', text: unknown, reason: string) {
    super(`The ${what} ${safePreview(text)} ${reason}`);
    this.what = what;
    this.reason = reason;
  }
}

export class InvalidShardCountError extends ShardingError {
  readonly code = 'INVALID_SHARD_COUNT';
  readonly hint = 'Give the same whole number of shards to every node and client.';
  readonly delivered = 'no';

  constructor(given: unknown, max: number) {
    super(`The number of shards must be whole and at most ${max}, and is ${preview(given)}`);
  }
}

/** There is no such shard. */
export class InvalidShardError extends ShardingError {
  readonly code = 'INVALID_SHARD';
  readonly hint = 'Shards are whole numbers from 0; compare `numShards` of nodes and clients.';
  readonly shard: unknown;
  readonly delivered = 'no';

  constructor(shard: unknown, numShards: number) {
    super(`There is no shard ${preview(shard)}: they are numbered 0 to ${numShards - 1}`);
    this.shard = shard;
  }
}

/** An option of a node, a client, a transport, a handler or a request is not what it must be. */
export class InvalidShardingOptionError extends ShardingError {
  readonly code = 'INVALID_SHARDING_OPTION';
  readonly hint = 'Correct the named option.';
  /** Names the option and the rule. */
  readonly reason: string;
  readonly delivered = 'no';

  constructor(reason: string) {
    super(`Invalid option: ${reason}`);
    this.reason = reason;
  }
}

/** A header that belongs to the package, whatever the case of its letters. */
export class ReservedHeaderError extends ShardingError {
  readonly code = 'RESERVED_HEADER';
  readonly hint = 'Headers that begin with `x-clstr-` are reserved: use another name.';
  readonly header: string;
  readonly delivered = 'no';

  constructor(header: string) {
    super(`The header ${safePreview(header)} cannot be set: it is reserved`);
    this.header = header;
  }
}

/** A field of an envelope breaks a rule or a limit. */
export class InvalidEnvelopeError extends ShardingError {
  readonly code = 'INVALID_ENVELOPE';
  readonly hint = 'Correct the named field.';
  /** Which field, and what is wrong with it. */
  readonly reason: string;
  readonly delivered = 'no';

  constructor(reason: string) {
    super(`Invalid envelope: ${reason}`);
    this.reason = reason;
  }
}

/** More bytes than a request or an answer may have. An answer's request has been handled. */
export class PayloadTooLargeError extends ShardingError {
  readonly code = 'PAYLOAD_TOO_LARGE';
  readonly hint = 'Send less at once, or a reference to where the rest can be read.';
  readonly of: 'request' | 'answer';
  readonly bytes: number;
  readonly maxBytes: number;
  readonly delivered: Delivered;

  constructor(of: 'request' | 'answer', bytes: number, maxBytes: number) {
    super(`The ${of} has ${bytes} bytes, and may have ${maxBytes}`);
    this.of = of;
    this.bytes = bytes;
    this.maxBytes = maxBytes;
    this.delivered = of === 'request' ? 'no' : 'yes';
  }
}

/** Its time to live was over before a handler saw it. */
export class EnvelopeExpiredError extends ShardingError {
  readonly code = 'ENVELOPE_EXPIRED';
  readonly hint = 'Give it a longer TTL, or look why it waited.';
  override readonly retryable = true;
  readonly shard: number;
  readonly delivered = 'no';

  constructor(shard: number) {
    super(`The envelope for shard ${shard} has expired`);
    this.shard = shard;
  }
}

/** `maybe`: the request had left, and its answer is not waited for any more. */
export class TransportClosedError extends ShardingError {
  readonly code = 'TRANSPORT_CLOSED';
  readonly hint = 'Open another transport.';
  readonly delivered: Delivered;

  constructor(delivered: Delivered = 'no') {
    super('The transport is closed');
    this.delivered = delivered;
  }
}

/** Nobody takes requests for the shard now. */
export class NoShardSubscriberError extends ShardingError {
  readonly code = 'NO_SHARD_SUBSCRIBER';
  readonly hint = 'Start the node that owns the shard; compare `numShards` and seed of all nodes.';
  override readonly retryable = true;
  readonly shard: number;
  readonly delivered = 'no';

  constructor(shard: number) {
    super(`No node takes requests for shard ${shard}`);
    this.shard = shard;
  }
}

export type OverloadedPart = 'requests' | 'carrier' | 'handlers' | 'key';

const OVERLOADED: Record<OverloadedPart, string> = {
  requests: 'as many requests of this transport wait for answers as may',
  carrier: 'it waits for whatever carries it, like as many others as may',
  handlers: 'as many requests wait for a handler as may',
  key: 'as many requests wait for its key as may',
};

/** Too much waits already. No handler has seen the message. */
export class ShardOverloadedError extends ShardingError {
  readonly code = 'SHARD_OVERLOADED';
  readonly hint = 'Send less, or wait before trying again.';
  override readonly retryable = true;
  readonly shard: number;
  /** What is full: the requester's table, the way, the waiting room of the handlers, or of the key. */
  readonly full: OverloadedPart;
  readonly delivered = 'no';

  constructor(shard: number, full: OverloadedPart) {
    super(`A message for shard ${shard} was refused: ${OVERLOADED[full]}`);
    this.shard = shard;
    this.full = full;
  }
}

/** No answer came in time; a handler may have seen the request. */
export class RequestTimeoutError extends ShardingError {
  readonly code = 'REQUEST_TIMEOUT';
  readonly hint = 'Raise `timeoutMs`, or look why the handler does not answer.';
  override readonly retryable = true;
  readonly shard: number;
  readonly timeoutMs: number;
  readonly delivered = 'maybe';

  constructor(shard: number, timeoutMs: number) {
    super(`No answer from shard ${shard} within ${timeoutMs} ms`);
    this.shard = shard;
    this.timeoutMs = timeoutMs;
  }
}

/** The signal was aborted: see `cause`. */
export class RequestCancelledError extends ShardingError {
  readonly code = 'REQUEST_CANCELLED';
  readonly hint = 'The signal was aborted: see `cause`.';
  readonly shard: number;
  readonly delivered: Delivered;

  constructor(shard: number, delivered: Delivered, options?: ClusterErrorOptions) {
    super(`The request to shard ${shard} was cancelled`, options);
    this.shard = shard;
    this.delivered = delivered;
  }
}

/** The node was stopped before it took requests. */
export class NodeStoppedError extends ShardingError {
  readonly code = 'NODE_STOPPED';
  readonly hint = 'A node runs once: make another one.';
  readonly nodeId: string;
  readonly delivered = 'no';

  constructor(nodeId: string) {
    super(`The node ${safePreview(nodeId)} was stopped before it had started`);
    this.nodeId = nodeId;
  }
}

/** A node could not take requests for a shard; it has given back the others. */
export class SubscribeError extends ShardingError {
  readonly code = 'SUBSCRIBE_FAILED';
  readonly hint = 'See `cause`.';
  readonly shard: number;
  readonly delivered = 'no';

  constructor(shard: number, options?: ClusterErrorOptions) {
    super(`Could not subscribe to shard ${shard}`, options);
    this.shard = shard;
  }
}

/** The other side failed in a way that this release does not know. */
export class UnknownFailureError extends ShardingError {
  readonly code = 'UNKNOWN_FAILURE';
  readonly hint = 'The other side runs another release: see `remoteCode`.';
  readonly remoteCode: string;
  readonly delivered: Delivered;

  constructor(remoteCode: string, message: string, delivered: Delivered) {
    super(`${message} (${safePreview(remoteCode)})`);
    this.remoteCode = remoteCode;
    this.delivered = delivered;
  }
}

/** Half of a surrogate pair must not get into a message that travels. */
export function safePreview(text: unknown): string {
  return preview(text).toWellFormed();
}
