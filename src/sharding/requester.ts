import { Deadlines } from '../actors/deadlines.ts';
import { PendingAsks, Rounds, type Waiting } from '../actors/pending-asks.ts';
import { Watchers } from '../actors/watchers.ts';
import {
  EnvelopeExpiredError,
  InvalidShardingOptionError,
  RequestCancelledError,
  RequestTimeoutError,
  ShardOverloadedError,
  TransportClosedError,
} from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import { SHARDING } from '../limits.ts';
import type { Clock } from '../ports.ts';
import type { Answer, Carrier, RequestFrame } from './carrier.ts';
import type { Envelope } from './envelope.ts';
import { readFailure } from './failure.ts';
import { markRejection } from './rejections.ts';
import type { HandlerContext, NotifyFailure, RequestOptions } from './transport.ts';
import { bounded, refuseSelf } from './within.ts';

/** Timers hold no more. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

interface PendingRequest extends Waiting {
  readonly shard: number;
  readonly timeoutMs: number;
  readonly resolve: (data: Uint8Array) => void;
  readonly reject: (error: Error) => void;
}

/** The half of a transport that asks: its table of requests that wait for an answer. */
export class Requester {
  readonly notifyFailures = new Watchers<NotifyFailure>();
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  readonly #maxPending: number;
  readonly #pending = new PendingAsks<PendingRequest>(new Rounds());
  readonly #deadlines: Deadlines;
  #lateAnswers = 0;
  #isClosed = false;
  #settled: () => void = () => {};

  constructor(carrier: Carrier, clock: Clock, maxPending: number) {
    this.#carrier = carrier;
    this.#clock = clock;
    this.#maxPending = maxPending;
    this.#deadlines = new Deadlines(clock, (now) => this.#expire(now));
  }

  get pending(): number {
    return this.#pending.size;
  }

  get lateAnswers(): number {
    return this.#lateAnswers;
  }

  /** `own`: the handler of the same transport that makes the request. */
  request(
    envelope: Envelope,
    options: RequestOptions,
    own: HandlerContext | undefined,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject: (error: Error) => void) => {
      try {
        if (own) refuseSelf(envelope, own);
        this.#request(envelope, bounded(envelope.shard, options), resolve, reject);
      } catch (error) {
        reject(markRejection(asError(error)));
      }
    });
  }

  notify(envelope: Envelope): void {
    const stamped = envelope.stamped(this.#clock);
    const refusal = this.#carrier.send(frameOf(stamped, this.#ttlMs(stamped), 0, 0));
    if (refusal) throw refusal;
  }

  answered(exchange: number, answer: Answer): void {
    if (exchange === 0) return this.#notifyFailed(answer);
    const pending = this.#take(exchange);
    if (pending === undefined) {
      this.#lateAnswers += 1;
      return;
    }
    if ('data' in answer) pending.resolve(answer.data);
    else pending.reject(markRejection(readFailure(answer.failure)));
  }

  /** Nothing new is asked; calls back whenever a request has settled. */
  close(settled: () => void): void {
    this.#isClosed = true;
    this.#settled = settled;
  }

  /** For good. */
  giveUp(): void {
    this.#settled = () => {};
    for (const exchange of this.#pending.all()) {
      const pending = this.#take(exchange);
      if (pending === undefined) continue;
      this.#carrier.cancel(exchange, pending.shard);
      pending.reject(markRejection(new TransportClosedError('maybe')));
    }
    this.#deadlines.stop();
  }

  #request(
    unstamped: Envelope,
    { timeoutMs: given, signal }: RequestOptions,
    resolve: (data: Uint8Array) => void,
    reject: (error: Error) => void,
  ): void {
    const envelope = unstamped.stamped(this.#clock);
    const { shard } = envelope;
    const ttlMs = this.#ttlMs(envelope);
    const timeoutMs = timeLimitMs(given, ttlMs);
    if (signal?.aborted) throw new RequestCancelledError(shard, 'no', { cause: signal.reason });
    if (this.#pending.size >= this.#maxPending) throw new ShardOverloadedError(shard, 'requests');
    const deadline = this.#clock.now() + timeoutMs;
    const request = { shard, timeoutMs, deadline, resolve, reject, detach: null };
    const exchange = this.#pending.add(request);
    const refusal = this.#carrier.send(frameOf(envelope, ttlMs, exchange, timeoutMs));
    if (refusal) {
      this.#take(exchange);
      throw refusal;
    }
    this.#deadlines.expect(deadline);
    if (signal) this.#attach(signal, exchange, shard);
  }

  /** What is left of the TTL of what may leave. */
  #ttlMs(envelope: Envelope): number {
    if (this.#isClosed) throw new TransportClosedError();
    envelope.validate();
    if (envelope.ttlMs === 0) return 0;
    const ttlMs = envelope.ttl();
    // At its very end it is not over, but there is no time left to do anything with it.
    if (ttlMs === 0) throw new EnvelopeExpiredError(envelope.shard);
    return ttlMs;
  }

  #attach(signal: AbortSignal, exchange: number, shard: number): void {
    const abort = () => {
      const pending = this.#take(exchange);
      this.#carrier.cancel(exchange, shard);
      const error = new RequestCancelledError(shard, 'maybe', { cause: signal.reason });
      pending?.reject(markRejection(error));
    };
    signal.addEventListener('abort', abort, { once: true });
    this.#pending.attach(exchange, () => signal.removeEventListener('abort', abort));
  }

  #take(exchange: number): PendingRequest | undefined {
    const pending = this.#pending.take(exchange);
    pending?.detach?.();
    if (pending && this.#isClosed) this.#settled();
    return pending;
  }

  #expire(now: number): number {
    const { asks, earliest } = this.#pending.due(now);
    for (const exchange of asks) {
      const pending = this.#take(exchange);
      if (pending === undefined) continue;
      this.#carrier.cancel(exchange, pending.shard);
      const error = new RequestTimeoutError(pending.shard, pending.timeoutMs);
      pending.reject(markRejection(error));
    }
    return earliest;
  }

  #notifyFailed(answer: Answer): void {
    if ('data' in answer || !answer.about) return;
    const { shard, type } = answer.about;
    this.notifyFailures.tell({ shard, type, error: readFailure(answer.failure) });
  }
}

function frameOf(
  { shard, type, data, headers }: Envelope,
  ttlMs: number,
  exchange: number,
  timeoutMs: number,
): RequestFrame {
  return { exchange, shard, type, data, headers, ttlMs, timeoutMs };
}

function timeLimitMs(given: number | undefined, ttlMs: number): number {
  const timeoutMs = given ?? (ttlMs > 0 ? ttlMs : SHARDING.requestTimeoutMs);
  if (!(timeoutMs > 0)) {
    const text = `timeoutMs must be a positive number of ms, and is ${preview(given)}`;
    throw new InvalidShardingOptionError(text);
  }
  return Math.min(timeoutMs, ttlMs > 0 ? ttlMs : MAX_TIMEOUT_MS, MAX_TIMEOUT_MS);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
