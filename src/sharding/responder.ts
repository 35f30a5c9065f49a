import { Deadlines } from '../actors/deadlines.ts';
import {
  NoShardSubscriberError,
  ShardingError,
  ShardOverloadedError,
  TransportClosedError,
} from '../errors/sharding.ts';
import type { Clock } from '../ports.ts';
import { Call, type CallHost } from './call.ts';
import type { Answer, RequestFrame } from './carrier.ts';
import { Envelope } from './envelope.ts';
import { writeFailure } from './failure.ts';
import { type SlotLimits, Slots } from './slots.ts';
import type { HandlerContext, ServerHandler } from './transport.ts';

export interface ResponderLimits extends SlotLimits {
  readonly handlerTimeoutMs: number;
}

type Reply = (answer: Answer) => void;

/** The half of a transport that answers: its handlers at work, and what waits for one. */
export class Responder {
  readonly #clock: Clock;
  readonly #slots: Slots<Call>;
  /** Waiting or at work. */
  readonly #calls = new Set<Call>();
  readonly #deadlines: Deadlines;
  readonly #host: CallHost;
  #ended: () => void = () => {};

  constructor(clock: Clock, { handlerTimeoutMs, ...limits }: ResponderLimits) {
    this.#clock = clock;
    this.#slots = new Slots(limits);
    this.#deadlines = new Deadlines(clock, (now) => this.#expire(now));
    this.#host = {
      clock,
      handlerTimeoutMs,
      expect: (deadline) => this.#deadlines.expect(deadline),
      gaveUp: (call) => {
        this.#slots.giveUp(call);
        this.#calls.delete(call);
      },
      ended: (call) => {
        this.#calls.delete(call);
        this.#slots.leave();
        this.#ended();
      },
    };
  }

  get working(): number {
    return this.#slots.working;
  }

  get waiting(): number {
    return this.#slots.waiting.size;
  }

  /** Whether it is what a handler here was given, which works on. */
  works(context: HandlerContext): boolean {
    return context instanceof Call && this.#calls.has(context);
  }

  /** Gives the way to cancel it, unless it is over. */
  take(frame: RequestFrame, handler: ServerHandler, reply: Reply): (() => void) | null {
    const refuse = (error: ShardingError) => this.refuse(frame, error, reply);
    const envelope = this.#envelope(frame);
    try {
      // Whoever sent it may run another release, or none of this package.
      envelope.validate();
    } catch (error) {
      if (!(error instanceof ShardingError)) throw error;
      return refuse(error);
    }
    const call = new Call(frame, envelope, handler, reply, this.#host);
    this.#calls.add(call);
    if (!this.#slots.enter(call)) {
      this.#calls.delete(call);
      return refuse(new ShardOverloadedError(frame.shard, 'handlers'));
    }
    if (call.isAnswered) return null;
    this.#deadlines.expect(call.deadline);
    return () => call.cancel();
  }

  /** Nobody takes requests for the shard any more. */
  refuseUnsubscribed(frame: RequestFrame, reply: Reply): null {
    return this.refuse(frame, new NoShardSubscriberError(frame.shard), reply);
  }

  refuse({ exchange, shard, type }: RequestFrame, error: ShardingError, reply: Reply): null {
    const failure = writeFailure(error);
    reply(exchange === 0 ? { failure, about: { shard, type } } : { failure });
    return null;
  }

  /** What waits does not begin; calls back whenever a handler has ended. */
  close(ended: () => void): void {
    this.#ended = ended;
    for (const call of [...this.#slots.waiting]) call.abandon(new TransportClosedError());
  }

  /** For good. What works on is told so. */
  giveUp(): void {
    this.#ended = () => {};
    for (const call of [...this.#calls]) call.abandon(new TransportClosedError('yes'));
    this.#deadlines.stop();
  }

  #envelope(frame: RequestFrame): Envelope {
    const createdAtMs = frame.ttlMs > 0 ? this.#clock.wallNow() : 0;
    const { shard, type, data, headers, ttlMs } = frame;
    return new Envelope({ shard, type, data, headers, ttlMs, createdAtMs }, this.#clock);
  }

  #expire(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const call of [...this.#calls]) {
      if (call.deadline <= now) call.expire();
      else earliest = Math.min(earliest, call.deadline);
    }
    return earliest;
  }
}
