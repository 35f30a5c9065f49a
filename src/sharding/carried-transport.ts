/** A transport over whatever moves the frames: the rules, which are the same for all of them. */
import { TransportClosedError } from '../errors/sharding.ts';
import { SHARDING } from '../limits.ts';
import type { Clock, Timer } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import type { Carrier } from './carrier.ts';
import type { Envelope } from './envelope.ts';
import { guarded } from './guarded.ts';
import { checkShard } from './hash.ts';
import { checkOptionNames, limitOption, timeOption } from './options.ts';
import { Requester } from './requester.ts';
import { Responder } from './responder.ts';
import { ShardSubscription } from './shard-subscription.ts';
import type {
  CloseOptions,
  NotifyFailure,
  RequestOptions,
  ServerHandler,
  SubscribeOptions,
  Subscription,
  Transport,
  TransportLoad,
} from './transport.ts';

/** Of every transport, whatever carries it. */
export interface TransportOptions {
  /** Default 100; Infinity: as many as come. */
  readonly maxConcurrentHandlers?: number | undefined;
  /** Requests that wait for a handler; what is more fails with `ShardOverloadedError`. Default 10,000. */
  readonly maxWaitingRequests?: number | undefined;
  /** Requests that wait for an answer, 65,000 at most. Default 10,000. */
  readonly maxPendingRequests?: number | undefined;
  /** Default 30,000. */
  readonly handlerTimeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

const TRANSPORT_OPTIONS = [
  'maxConcurrentHandlers',
  'maxWaitingRequests',
  'maxPendingRequests',
  'handlerTimeoutMs',
  'clock',
];

/** Slots in the table of pending requests, and some room. */
const MAX_PENDING = 65_000;

export class CarriedTransport implements Transport {
  readonly #carrier: Carrier;
  readonly #clock: Clock;
  readonly #requester: Requester;
  readonly #responder: Responder;
  readonly #subscriptions = new Set<ShardSubscription>();
  #closed: Promise<void> | null = null;

  /** @throws InvalidShardingOptionError */
  constructor(carrier: Carrier, options: TransportOptions = {}) {
    checkOptionNames(options, TRANSPORT_OPTIONS);
    const { clock = systemClock } = options;
    this.#carrier = carrier;
    this.#clock = clock;
    const maxPending = limitOption(options, 'maxPendingRequests', SHARDING, MAX_PENDING);
    this.#requester = new Requester(carrier, clock, maxPending);
    this.#responder = new Responder(clock, {
      maxConcurrentHandlers: limitOption(options, 'maxConcurrentHandlers', SHARDING),
      maxWaitingRequests: limitOption(options, 'maxWaitingRequests', SHARDING),
      handlerTimeoutMs: timeOption(options, 'handlerTimeoutMs', SHARDING),
    });
    carrier.open((exchange, answer) => this.#requester.answered(exchange, answer));
  }

  request(envelope: Envelope, options: RequestOptions = {}): Promise<Uint8Array> {
    const { within } = options;
    const isOwn = within !== undefined && this.#responder.works(within);
    return this.#requester.request(envelope, options, isOwn ? within : undefined);
  }

  notify(envelope: Envelope): void {
    this.#requester.notify(envelope);
  }

  onNotifyFailure(told: (failure: NotifyFailure) => void): () => void {
    return this.#requester.notifyFailures.add(guarded('onNotifyFailure', told));
  }

  async subscribeShard(
    shard: number,
    handler: ServerHandler,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    if (this.#closed) throw new TransportClosedError();
    checkShard(shard);
    const subscription = new ShardSubscription(shard, options, () => {
      this.#subscriptions.delete(subscription);
    });
    this.#subscriptions.add(subscription);
    try {
      await subscription.begin(
        this.#carrier.subscribe(shard, {
          deliver: (frame, reply) =>
            subscription.isOver
              ? this.#responder.refuseUnsubscribed(frame, reply)
              : this.#responder.take(frame, handler, reply),
          ended: () => subscription.end(),
        }),
      );
    } catch (error) {
      this.#subscriptions.delete(subscription);
      throw error;
    }
    if (this.#closed) throw new TransportClosedError();
    return subscription;
  }

  load(): TransportLoad {
    const { pending, lateAnswers } = this.#requester;
    const { working, waiting } = this.#responder;
    return { pending, working, waiting, lateAnswers };
  }

  close(options: CloseOptions = {}): Promise<void> {
    this.#closed ??= this.#close(
      timeOption(options, 'timeoutMs', { timeoutMs: SHARDING.closeTimeoutMs }, 0),
    );
    return this.#closed;
  }

  async #close(timeoutMs: number): Promise<void> {
    // From here on subscriptions take nothing, so nothing new begins.
    const ends = Promise.allSettled(
      [...this.#subscriptions].map((subscription) => subscription.end()),
    );
    const quiet = new Promise<void>((resolve) => {
      let timer: Timer = null;
      const look = () => {
        if (this.#requester.pending + this.#responder.working > 0) return;
        this.#clock.clearTimeout(timer);
        resolve();
      };
      if (timeoutMs === 0) resolve();
      else timer = this.#clock.setTimeout(resolve, timeoutMs);
      this.#requester.close(look);
      this.#responder.close(look);
      look();
    });
    await quiet;
    this.#responder.giveUp();
    this.#requester.giveUp();
    await ends;
    await this.#carrier.close();
  }
}
