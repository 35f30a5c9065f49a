import { isThenable } from '../actors/thenable.ts';
import { HandlerError, HandlerTimeoutError } from '../errors/handlers.ts';
import {
  EnvelopeExpiredError,
  PayloadTooLargeError,
  RequestCancelledError,
  ShardingError,
} from '../errors/sharding.ts';
import { SHARDING } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { toBytes } from './bytes.ts';
import type { Answer, RequestFrame } from './carrier.ts';
import type { Envelope } from './envelope.ts';
import { thrownText, writeFailure } from './failure.ts';
import { isRejection } from './rejections.ts';
import type { Worker } from './slots.ts';
import type { HandlerContext, ServerHandler } from './transport.ts';

export interface CallHost {
  readonly clock: Clock;
  readonly handlerTimeoutMs: number;
  /** A deadline to be woken at. */
  expect(deadline: number): void;
  /** It does not wait any more; it had not started. */
  gaveUp(call: Call): void;
  /** Its handler has really ended. */
  ended(call: Call): void;
}

/**
 * One request on the way through its handler: waiting, working, ended. It is answered once, maybe
 * before its handler has ended, which nobody can force.
 */
export class Call implements Worker, HandlerContext {
  readonly shard: number;
  readonly isNotify: boolean;
  readonly #envelope: Envelope;
  readonly #type: string;
  readonly #handler: ServerHandler;
  readonly #reply: (answer: Answer) => void;
  readonly #host: CallHost;
  /** When nobody waits any more, or the message is over. */
  readonly #wantedUntil: number;
  /** Of its handler. */
  #limitMs = 0;
  #deadline: number;
  #isWorking = false;
  #isAnswered = false;
  #controller: AbortController | null = null;
  #abortedBy: Error | null = null;

  constructor(
    frame: RequestFrame,
    envelope: Envelope,
    handler: ServerHandler,
    reply: (answer: Answer) => void,
    host: CallHost,
  ) {
    this.shard = frame.shard;
    this.isNotify = frame.exchange === 0;
    this.#type = frame.type;
    this.#envelope = envelope;
    this.#handler = handler;
    this.#reply = reply;
    this.#host = host;
    const limitMs = Math.min(frame.ttlMs || Infinity, frame.timeoutMs || Infinity);
    this.#wantedUntil = host.clock.now() + limitMs;
    this.#deadline = this.#wantedUntil;
  }

  /** Infinity when there is nothing to be woken for. */
  get deadline(): number {
    return this.#abortedBy === null ? this.#deadline : Number.POSITIVE_INFINITY;
  }

  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#abortedBy) this.#controller.abort(this.#abortedBy);
    }
    return this.#controller.signal;
  }

  remainingMs(): number {
    return Math.max(0, this.#deadline - this.#host.clock.now());
  }

  start(): void {
    const { clock, handlerTimeoutMs } = this.#host;
    this.#isWorking = true;
    const now = clock.now();
    this.#limitMs = Math.min(this.#wantedUntil - now, handlerTimeoutMs);
    this.#deadline = now + this.#limitMs;
    let result: ReturnType<ServerHandler>;
    try {
      result = this.#handler(this.#envelope, this);
      if (isThenable(result)) return this.#later(result);
    } catch (error) {
      return this.#threw(error);
    }
    this.#gave(result);
  }

  /** Its deadline is over. */
  expire(): void {
    const { shard } = this;
    if (!this.#isWorking) {
      this.#host.gaveUp(this);
      return this.fail(new EnvelopeExpiredError(shard));
    }
    const error = new HandlerTimeoutError(shard, this.#limitMs);
    this.#abort(error);
    // The requester tells itself what it has waited for in vain.
    if (this.#limitMs === this.#host.handlerTimeoutMs || this.isNotify) this.fail(error);
    else this.#isAnswered = true;
  }

  /** Nobody waits for the answer any more. */
  cancel(): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    if (this.#isWorking) this.#abort(new RequestCancelledError(this.shard, 'yes'));
    else this.#host.gaveUp(this);
  }

  /** It is over, whatever the handler does. */
  abandon(error: ShardingError): void {
    if (this.#isWorking) this.#abort(error);
    else this.#host.gaveUp(this);
    this.fail(error);
  }

  fail(error: ShardingError): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    const failure = writeFailure(error);
    if (!this.isNotify) return this.#reply({ failure });
    this.#reply({ failure, about: { shard: this.shard, type: this.#type } });
  }

  #later(result: PromiseLike<unknown>): void {
    this.#host.expect(this.#deadline);
    // Resolved and not called: what only looks like a promise may call back at once, twice, or throw.
    Promise.resolve(result).then(
      (value) => this.#gave(value),
      (error: unknown) => this.#threw(error),
    );
  }

  #gave(value: unknown): void {
    if (this.#isAnswered) return this.#ended();
    if (value !== undefined && typeof value !== 'string' && !(value instanceof Uint8Array)) {
      return this.#threw(new TypeError('a handler gives bytes, text or nothing'));
    }
    const data = toBytes(value);
    const max = SHARDING.maxPayloadBytes;
    if (data.length > max) return this.#threw(new PayloadTooLargeError('answer', data.length, max));
    this.#isAnswered = true;
    if (!this.isNotify) this.#reply({ data });
    this.#ended();
  }

  #threw(error: unknown): void {
    const own = ownFailure(error);
    this.fail(own ?? new HandlerError(this.shard, thrownText(error), { cause: error }));
    this.#ended();
  }

  #ended(): void {
    this.#host.ended(this);
  }

  #abort(error: Error): void {
    if (this.#abortedBy) return;
    this.#abortedBy = error;
    this.#controller?.abort(error);
  }
}

/** What a handler says of its own request; null for everything else that it may throw. */
function ownFailure(thrown: unknown): ShardingError | null {
  try {
    return thrown instanceof ShardingError && !isRejection(thrown) ? thrown : null;
  } catch {
    return null;
  }
}
