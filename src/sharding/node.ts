import type { Observable } from 'rxjs';
import { isThenable } from '../actors/thenable.ts';
import { Watchers } from '../actors/watchers.ts';
import {
  InvalidShardingOptionError,
  NodeStoppedError,
  SubscribeError,
} from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import { SHARDING } from '../limits.ts';
import type { Clock, Logger, Random } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import { systemRandom } from '../system/random.ts';
import type { Envelope } from './envelope.ts';
import { thrownText } from './failure.ts';
import { guarded } from './guarded.ts';
import { checkShard } from './hash.ts';
import { checkPart } from './hashable-text.ts';
import { NODE_INFO_TYPE, type ShardNodeInfo, writeNodeInfo } from './node-info.ts';
import { randomNodeId } from './node-name.ts';
import { told } from './observe.ts';
import { checkOptionNames, timeOption } from './options.ts';
import type { HandlerContext, ServerHandler, ServerTransport, Subscription } from './transport.ts';

const OPTIONS = [
  ...['nodeId', 'transport', 'shards', 'handler', 'drainTimeoutMs'],
  ...['logger', 'clock', 'random'],
];

export interface NodeOptions {
  /** Default: `node-` and six random characters. */
  readonly nodeId?: string | undefined;
  readonly transport: ServerTransport;
  /** Which it owns; none is a node that does nothing. */
  readonly shards: readonly number[];
  readonly handler: ServerHandler;
  /** Until a node that stops does not wait for its handlers any more. Default 5,000. */
  readonly drainTimeoutMs?: number | undefined;
  /** Told of handlers that fail, without what they were given. */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
}

/** A handler of this node has failed; whoever asked is told by the answer. */
export interface HandlerFailure {
  readonly nodeId: string;
  readonly shard: number;
  readonly type: string;
  readonly isNotify: boolean;
  readonly error: unknown;
}

export type ShardNodeStatus = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped';

/** Takes the requests for some shards, from when it is run until it is stopped. It has one life. */
export class Node {
  readonly nodeId: string;
  /** Ascending, each once. */
  readonly shards: readonly number[];
  /** Resolves once all its shards are subscribed; rejects when it does not come to that. */
  readonly started: Promise<void>;
  /** Of handlers, from now on. */
  readonly failures$: Observable<HandlerFailure>;
  readonly #transport: ServerTransport;
  readonly #handler: ServerHandler;
  readonly #drainTimeoutMs: number;
  readonly #log: (fields: object) => void;
  readonly #clock: Clock;
  readonly #failures = new Watchers<HandlerFailure>();
  readonly #stopping = new AbortController();
  #settleStart: { resolve(): void; reject(error: Error): void } = {
    resolve: () => {},
    reject: () => {},
  };
  #status: ShardNodeStatus = 'idle';
  #run: Promise<void> | null = null;
  #working = 0;
  #idle: () => void = () => {};

  /** @throws InvalidShardingOptionError, InvalidShardError, UnhashableTextError */
  constructor(options: NodeOptions) {
    checkOptionNames(options, OPTIONS);
    const { transport, handler, logger, clock = systemClock, random = systemRandom } = options;
    if (typeof transport?.subscribeShard !== 'function') throw missing('transport', transport);
    if (typeof handler !== 'function') throw missing('handler', handler);
    this.nodeId = nodeIdOf(options.nodeId, random);
    this.shards = shardsOf(options.shards);
    this.#transport = transport;
    this.#handler = handler;
    this.#log = guarded('logger', (fields) =>
      logger?.warn(fields, 'the handler of a shard failed'),
    );
    this.#clock = clock;
    const defaults = { drainTimeoutMs: SHARDING.closeTimeoutMs };
    this.#drainTimeoutMs = timeOption(options, 'drainTimeoutMs', defaults, 0);
    this.failures$ = told((listener) => this.#failures.add(listener));
    this.started = new Promise((resolve, reject) => {
      this.#settleStart = { resolve, reject };
    });
    // Whoever runs it hears of it from there.
    this.started.catch(() => {});
  }

  get status(): ShardNodeStatus {
    return this.#status;
  }

  /**
   * Resolves when the node has stopped: by `stop`, by the signal, or because its transport closed. The
   * same promise each time. When it cannot have all its shards it gives back those it has.
   *
   * @throws SubscribeError
   */
  run({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#run) return this.#run;
    const stop = () => this.#stopping.abort();
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    this.#run = this.#live().finally(() => signal?.removeEventListener('abort', stop));
    return this.#run;
  }

  /** Takes nothing new, and resolves when its handlers have ended or their time is over. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.run().catch(() => {});
  }

  info(): ShardNodeInfo {
    return { nodeId: this.nodeId, shards: this.shards };
  }

  async #live(): Promise<void> {
    const stopped = new Promise<void>((resolve) => {
      if (this.#stopping.signal.aborted) resolve();
      this.#stopping.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    let subscriptions: readonly Subscription[] = [];
    try {
      if (!this.#stopping.signal.aborted) {
        this.#status = 'starting';
        subscriptions = await this.#subscribe();
      }
      if (this.#stopping.signal.aborted) {
        this.#settleStart.reject(new NodeStoppedError(this.nodeId));
      } else {
        this.#status = 'running';
        this.#settleStart.resolve();
        await stopped;
      }
      this.#status = 'stopping';
      await this.#leave(subscriptions);
    } catch (error) {
      if (error instanceof Error) this.#settleStart.reject(error);
      throw error;
    } finally {
      this.#status = 'stopped';
    }
  }

  async #subscribe(): Promise<readonly Subscription[]> {
    let open = this.shards.length;
    const onEnd = () => {
      open -= 1;
      if (open === 0) this.#stopping.abort();
    };
    const results = await Promise.allSettled(
      this.shards.map((shard) => this.#transport.subscribeShard(shard, this.#handle, { onEnd })),
    );
    const begun = results.flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    );
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') continue;
      await Promise.allSettled(begun.map((subscription) => subscription.unsubscribe()));
      throw new SubscribeError(this.shards[index] ?? 0, { cause: result.reason });
    }
    return begun;
  }

  async #leave(subscriptions: readonly Subscription[]): Promise<void> {
    await Promise.allSettled(subscriptions.map((subscription) => subscription.unsubscribe()));
    if (this.#working === 0 || this.#drainTimeoutMs === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(resolve, this.#drainTimeoutMs);
      this.#idle = () => {
        this.#clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  readonly #handle: ServerHandler = (envelope, context) => {
    if (envelope.type === NODE_INFO_TYPE) return writeNodeInfo(this.info());
    this.#working += 1;
    try {
      const result = this.#handler(envelope, context);
      if (isThenable(result)) return this.#later(envelope, context, Promise.resolve(result));
      this.#ended();
      return result;
    } catch (error) {
      this.#failed(envelope, context, error);
      throw error;
    }
  };

  #later<T>(envelope: Envelope, context: HandlerContext, result: Promise<T>): Promise<T> {
    result.then(
      () => this.#ended(),
      (error: unknown) => this.#failed(envelope, context, error),
    );
    return result;
  }

  #failed({ shard, type }: Envelope, { isNotify }: HandlerContext, error: unknown): void {
    const { nodeId } = this;
    this.#log({ nodeId, shard, type, error: thrownText(error) });
    this.#failures.tell({ nodeId, shard, type, isNotify, error });
    this.#ended();
  }

  #ended(): void {
    this.#working -= 1;
    if (this.#working === 0) this.#idle();
  }
}

function nodeIdOf(given: string | undefined, random: Random): string {
  if (given === undefined) return randomNodeId(random);
  checkPart('node id', given);
  if (given !== '') return given;
  throw new InvalidShardingOptionError('nodeId must not be empty');
}

function shardsOf(given: readonly number[]): readonly number[] {
  if (!Array.isArray(given)) throw missing('shards', given);
  for (const shard of given) checkShard(shard);
  return [...new Set(given)].sort((a, b) => a - b);
}

function missing(option: string, value: unknown): InvalidShardingOptionError {
  return new InvalidShardingOptionError(`${option} is required, and is ${preview(value)}`);
}
