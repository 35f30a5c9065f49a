import type { Observable } from 'rxjs';
import { KeyRequiredError } from '../errors/handlers.ts';
import { InvalidShardError, InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import type { Bytes } from './bytes.ts';
import { applied, type ClientOption, checkClientOptions, requestOptions } from './call-options.ts';
import { Envelope, type EnvelopeOption } from './envelope.ts';
import { checkShardCount } from './hash.ts';
import { checkPart } from './hashable-text.ts';
import { headersOfKey } from './headers.ts';
import { KeyShards } from './key-shards.ts';
import { told } from './observe.ts';
import { checkOptionNames } from './options.ts';
import { ScopedClient } from './scoped-client.ts';
import type { ClientTransport, NotifyFailure } from './transport.ts';

const OPTIONS = ['transport', 'numShards', 'seed', 'envelopeOptions', 'timeoutMs', 'clock'];

export interface ClientOptions {
  readonly transport: ClientTransport;
  /** The same for all nodes and clients, like the seed: else keys are looked for where they are not. */
  readonly numShards: number;
  /** Default: none. */
  readonly seed?: string | undefined;
  /** Of all messages; what a scope or a call says goes before it. */
  readonly envelopeOptions?: readonly EnvelopeOption[] | undefined;
  /** Of all requests; default: their TTL, and without one 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** To which key or shard, and whatever was said of all messages there. */
export interface Scope {
  readonly shard: number;
  readonly key?: string | undefined;
  readonly options: readonly ClientOption[];
}

/** Finds the shard of a key, and sends there. */
export class Client {
  readonly numShards: number;
  readonly seed: string;
  /** Notifies that came to nothing, over its transport, from now on. */
  readonly failures$: Observable<NotifyFailure>;
  readonly #transport: ClientTransport;
  readonly #options: readonly ClientOption[];
  readonly #keyShards: KeyShards;
  readonly #clock: Clock;

  /** @throws InvalidShardingOptionError, InvalidShardCountError, UnhashableTextError */
  constructor(options: ClientOptions) {
    checkOptionNames(options, OPTIONS);
    const { transport, numShards, seed = '', clock = systemClock } = options;
    const { envelopeOptions = [], timeoutMs } = options;
    if (typeof transport?.request !== 'function') {
      throw new InvalidShardingOptionError(`transport is required, and is ${preview(transport)}`);
    }
    checkShardCount(numShards);
    if (numShards === 0) throw new InvalidShardingOptionError('numShards must be 1 or more');
    checkPart('seed', seed);
    if (!Array.isArray(envelopeOptions) || !envelopeOptions.every(isFunction)) {
      throw new InvalidShardingOptionError('envelopeOptions must be an array of functions');
    }
    if (timeoutMs !== undefined && !(timeoutMs > 0)) {
      throw new InvalidShardingOptionError(`timeoutMs must be more than 0, and is ${timeoutMs}`);
    }
    this.numShards = numShards;
    this.seed = seed;
    this.#transport = transport;
    this.#clock = clock;
    this.#keyShards = new KeyShards(numShards, seed);
    this.#options = timeoutMs === undefined ? envelopeOptions : [...envelopeOptions, { timeoutMs }];
    this.failures$ = told((listener) => transport.onNotifyFailure(listener));
  }

  /** @throws KeyRequiredError, UnhashableTextError */
  shardOf(key: string): number {
    if (key === '') throw new KeyRequiredError();
    return this.#keyShards.shardOf(key);
  }

  /** Always settles; rejects with a `ShardingError`. */
  requestShard(
    shard: number,
    type: string,
    data?: Bytes,
    ...options: readonly ClientOption[]
  ): Promise<Uint8Array> {
    return attempted(() => this.#send(this.#checked(shard), undefined, type, data, options));
  }

  /**
   * Waits for nothing: what is known at once is thrown, and what comes to nothing later is told by
   * `failures$`.
   *
   * @throws ShardingError
   */
  notifyShard(
    shard: number,
    type: string,
    data?: Bytes,
    ...options: readonly EnvelopeOption[]
  ): void {
    this.#tell(this.#checked(shard), undefined, type, data, options);
  }

  /** Always settles; rejects with a `ShardingError`. */
  requestKey(
    key: string,
    type: string,
    data?: Bytes,
    ...options: readonly ClientOption[]
  ): Promise<Uint8Array> {
    return attempted(() => this.#send(this.shardOf(key), key, type, data, options));
  }

  /** As `notifyShard`. @throws ShardingError */
  notifyKey(key: string, type: string, data?: Bytes, ...options: readonly EnvelopeOption[]): void {
    this.#tell(this.shardOf(key), key, type, data, options);
  }

  /** @throws KeyRequiredError, UnhashableTextError, InvalidShardingOptionError */
  key(key: string, ...options: readonly ClientOption[]): ScopedClient {
    checkClientOptions(options);
    return new ScopedClient(this, { shard: this.shardOf(key), key, options });
  }

  /** @throws InvalidShardError, InvalidShardingOptionError */
  shard(shard: number, ...options: readonly ClientOption[]): ScopedClient {
    checkClientOptions(options);
    return new ScopedClient(this, { shard: this.#checked(shard), options });
  }

  /** For `ScopedClient`. */
  send(
    { shard, key, options }: Scope,
    type: string,
    data: Bytes | undefined,
    more: readonly ClientOption[],
  ): Promise<Uint8Array> {
    return this.#send(shard, key, type, data, [...options, ...more]);
  }

  /** For `ScopedClient`. */
  tell(
    { shard, key, options }: Scope,
    type: string,
    data: Bytes | undefined,
    more: readonly ClientOption[],
  ): void {
    this.#tell(shard, key, type, data, [...options, ...more]);
  }

  #send(
    shard: number,
    key: string | undefined,
    type: string,
    data: Bytes | undefined,
    options: readonly ClientOption[],
  ): Promise<Uint8Array> {
    checkClientOptions(options);
    const all = this.#options.length === 0 ? options : [...this.#options, ...options];
    const envelope = this.#envelope(shard, key, type, data, all);
    return this.#transport.request(envelope, requestOptions(all));
  }

  #tell(
    shard: number,
    key: string | undefined,
    type: string,
    data: Bytes | undefined,
    options: readonly ClientOption[],
  ): void {
    checkClientOptions(options);
    const all = this.#options.length === 0 ? options : [...this.#options, ...options];
    this.#transport.notify(this.#envelope(shard, key, type, data, all));
  }

  #envelope(
    shard: number,
    key: string | undefined,
    type: string,
    data: Bytes | undefined,
    options: readonly ClientOption[],
  ): Envelope {
    const init = applied({ shard, type, data }, options);
    const headers = key === undefined ? init.headers : headersOfKey(init.headers, key);
    // An option may change all but where it goes.
    const { ttlMs, createdAtMs } = init;
    const own = { shard, type: init.type, data: init.data, headers, ttlMs, createdAtMs };
    return new Envelope(own, this.#clock);
  }

  #checked(shard: number): number {
    if (Number.isInteger(shard) && shard >= 0 && shard < this.numShards) return shard;
    throw new InvalidShardError(shard, this.numShards);
  }
}

/** What is thrown at once is a rejection, too. */
function attempted<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return attempt();
  } catch (error) {
    return Promise.reject(error);
  }
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}
