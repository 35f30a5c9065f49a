import { NoShardSubscriberError, ShardOverloadedError } from '../../errors/sharding.ts';
import { SHARDING } from '../../limits.ts';
import type { Clock } from '../../ports.ts';
import { systemClock } from '../../system/clock.ts';
import { CarriedTransport, type TransportOptions } from '../carried-transport.ts';
import type { Answer, Answered, Carrier, RequestFrame, ShardSubscriber } from '../carrier.ts';
import { writeFailure } from '../failure.ts';

/** Turns in a row before sockets and timers get theirs. */
const MAX_TURNS = 64;

export type MemoryTransportOptions = TransportOptions;

/**
 * Nodes and clients of one process. What it carries is copied, arrives after the call, and fails as it
 * would on the way to another machine.
 *
 * @throws InvalidShardingOptionError
 */
export function memoryTransport(options: MemoryTransportOptions = {}): CarriedTransport {
  const { clock = systemClock } = options;
  return new CarriedTransport(new MemoryCarrier(clock), options);
}

class MemoryCarrier implements Carrier {
  readonly #clock: Clock;
  readonly #shards = new Map<number, Set<ShardSubscriber>>();
  /** Of requests that are being worked on. */
  readonly #cancels = new Map<number, () => void>();
  /** Cancelled while they wait, or within the call of their handler. */
  readonly #withdrawn = new Set<number>();
  #queue: RequestFrame[] = [];
  #turns = 0;
  #answered: Answered = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(answered: Answered): void {
    this.#answered = answered;
  }

  send(frame: RequestFrame): ShardOverloadedError | null {
    if (this.#queue.length >= SHARDING.maxQueuedFrames) {
      return new ShardOverloadedError(frame.shard, 'carrier');
    }
    if (this.#queue.length === 0) this.#plan();
    const { exchange, shard, type, data, headers, ttlMs, timeoutMs } = frame;
    this.#queue.push({ exchange, shard, type, data: copyOf(data), headers, ttlMs, timeoutMs });
    return null;
  }

  cancel(exchange: number): void {
    const cancel = this.#cancels.get(exchange);
    if (cancel === undefined) {
      this.#withdrawn.add(exchange);
      return;
    }
    this.#cancels.delete(exchange);
    cancel();
  }

  async subscribe(shard: number, subscriber: ShardSubscriber): Promise<() => Promise<void>> {
    const subscribers = this.#shards.get(shard) ?? new Set();
    this.#shards.set(shard, subscribers.add(subscriber));
    return async () => {
      subscribers.delete(subscriber);
      if (subscribers.size === 0 && this.#shards.get(shard) === subscribers) {
        this.#shards.delete(shard);
      }
    };
  }

  async close(): Promise<void> {
    this.#queue = [];
    this.#cancels.clear();
    this.#withdrawn.clear();
  }

  #plan(): void {
    this.#turns = (this.#turns + 1) % MAX_TURNS;
    if (this.#turns === 0) this.#clock.afterPoll(this.#flush);
    else this.#clock.endOfTurn(this.#flush);
  }

  readonly #flush = () => {
    const frames = this.#queue;
    this.#queue = [];
    for (const frame of frames) this.#deliver(frame);
  };

  #deliver(frame: RequestFrame): void {
    const { exchange, shard, type } = frame;
    if (this.#withdrawn.delete(exchange)) return;
    // The one that has been there for longest.
    const [subscriber] = this.#shards.get(shard) ?? [];
    if (subscriber === undefined) {
      const failure = writeFailure(new NoShardSubscriberError(shard));
      this.#answered(exchange, exchange === 0 ? { failure, about: { shard, type } } : { failure });
      return;
    }
    const cancel = subscriber.deliver(frame, (answer) => this.#reply(exchange, answer));
    if (this.#withdrawn.delete(exchange)) cancel?.();
    else if (cancel !== null && exchange !== 0) this.#cancels.set(exchange, cancel);
  }

  #reply(exchange: number, answer: Answer): void {
    this.#cancels.delete(exchange);
    this.#answered(exchange, 'data' in answer ? { data: copyOf(answer.data) } : answer);
  }
}

/** Never a view: what others change in theirs must not show here. */
function copyOf(data: Uint8Array): Uint8Array {
  return new Uint8Array(data);
}
