/**
 * How requests reach shards: what a client needs, what a node needs, and both. Whatever carries the
 * messages, the same rules hold, and the same failures come out.
 */
import type { ShardingError } from '../errors/sharding.ts';
import type { Bytes } from './bytes.ts';
import type { Envelope } from './envelope.ts';

export interface RequestOptions {
  /** Positive. Default: what is left of the envelope's TTL, and without one 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /**
   * The context of the handler that makes the request: it ends with that handler, and has no more
   * time than is left to it.
   */
  readonly within?: HandlerContext | undefined;
}

/** A notify that came to nothing after it had left. */
export interface NotifyFailure {
  readonly shard: number;
  readonly type: string;
  readonly error: ShardingError;
}

export interface CloseOptions {
  /** Until handlers and requests that are under way are given up; default 5,000. */
  readonly timeoutMs?: number | undefined;
}

export interface ClientTransport {
  /**
   * Asks one owner of the envelope's shard; always settles. Rejects with a `ShardingError`, of the
   * class that was thrown wherever it was thrown.
   */
  request(envelope: Envelope, options?: RequestOptions): Promise<Uint8Array>;
  /**
   * Hands the envelope over and waits for nothing. What is known at once is thrown; whatever comes to
   * nothing later is told by `onNotifyFailure`, as far as the way back leads.
   *
   * @throws ShardingError
   */
  notify(envelope: Envelope): void;
  /** Until the returned function is called. */
  onNotifyFailure(told: (failure: NotifyFailure) => void): () => void;
  /** See `Transport.close`. */
  close(options?: CloseOptions): Promise<void>;
}

/** What a handler knows of a request beside the envelope. */
export interface HandlerContext {
  /** Aborted when nobody waits for the answer any more, or the handler has taken too long. */
  readonly signal: AbortSignal;
  /** Nobody waits for an answer. */
  readonly isNotify: boolean;
  /** What is left of the handler's time, in milliseconds. */
  remainingMs(): number;
}

/** Also of functions that are declared to return nothing. */
type Nothing = undefined | ReturnType<() => void>;

/** What it gives is the answer, nothing being an empty one; what it throws fails the request. */
export type ServerHandler = (
  envelope: Envelope,
  context: HandlerContext,
) => Bytes | Nothing | PromiseLike<Bytes | Nothing>;

export interface Subscription {
  readonly shard: number;
  /** Nothing arrives any more from the call on; handlers that work go on. Harmless the second time. */
  unsubscribe(): Promise<void>;
}

export interface SubscribeOptions {
  /** Unsubscribes. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the transport is closed, or can no longer carry requests to the subscriber. */
  readonly onEnd?: (() => void) | undefined;
}

export interface ServerTransport {
  /**
   * Resolves once requests for the shard arrive. When several subscribe to it, one of them gets each
   * request.
   *
   * @throws TransportClosedError, InvalidShardError
   */
  subscribeShard(
    shard: number,
    handler: ServerHandler,
    options?: SubscribeOptions,
  ): Promise<Subscription>;
  /** See `Transport.close`. */
  close(options?: CloseOptions): Promise<void>;
}

export interface Transport extends ClientTransport, ServerTransport {
  /**
   * Refuses what is new, and lets what is under way end for a time; then handlers are told to end by
   * their signals, and requests fail with `TransportClosedError`. The same promise each time.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** How much is under way. */
export interface TransportLoad {
  /** Requests that wait for an answer. */
  readonly pending: number;
  /** Handlers that have not ended, those that nobody waits for included. */
  readonly working: number;
  /** Requests that wait for a handler. */
  readonly waiting: number;
  /** Answers that nobody waited for, since the start. */
  readonly lateAnswers: number;
}
