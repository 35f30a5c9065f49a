/**
 * What lies below the rules: it moves frames between requesters and the subscribers of shards. Headers,
 * limits, times and failures are checked above it, so nothing here is.
 */
import type { ShardingError } from '../errors/sharding.ts';
import type { WireFailure } from './failure.ts';
import type { Headers } from './headers.ts';

export interface RequestFrame {
  /** By which the requester knows the answer; 0: nobody waits for one. */
  readonly exchange: number;
  readonly shard: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  /** What is left of the envelope's TTL; 0: it has none. */
  readonly ttlMs: number;
  /** What the requester will wait; 0: it does not. */
  readonly timeoutMs: number;
}

export type Answer =
  | { readonly data: Uint8Array }
  /** `about`: which notify, since nobody remembers it. */
  | { readonly failure: WireFailure; readonly about?: NotifyId | undefined };

export interface NotifyId {
  readonly shard: number;
  readonly type: string;
}

/** One that comes late, twice or from nowhere is counted and dropped. */
export type Answered = (exchange: number, answer: Answer) => void;

/**
 * Takes a request; `reply` is called at most once, and for a notify only with a failure. What is
 * returned is to be called when the requester does not wait any more; null: it has been answered.
 */
export type Deliver = (frame: RequestFrame, reply: (answer: Answer) => void) => (() => void) | null;

export interface ShardSubscriber {
  readonly deliver: Deliver;
  /** Nothing will ever arrive any more, although nobody unsubscribed. */
  readonly ended: () => void;
}

export interface Carrier {
  /** Called once, before anything else. */
  open(answered: Answered): void;
  /**
   * Hands a request over, copying what it does not send at once; never delivers it within the call.
   * Gives why it cannot. No subscriber is an answer: not everyone knows that at once.
   */
  send(frame: RequestFrame): ShardingError | null;
  /** The requester does not wait any more: told to whoever works on it, as far as possible. */
  cancel(exchange: number, shard: number): void;
  /** One of the subscribers of a shard gets each request. Resolves, once they arrive, to its end. */
  subscribe(shard: number, subscriber: ShardSubscriber): Promise<() => Promise<void>>;
  /** Nothing is under way any more; answers that were given leave before it resolves. */
  close(): Promise<void>;
}
