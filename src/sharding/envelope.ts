import {
  InvalidEnvelopeError,
  InvalidShardingOptionError,
  PayloadTooLargeError,
} from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import { SHARDING } from '../limits.ts';
import type { Clock } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import { type Bytes, toBytes } from './bytes.ts';
import { MAX_SHARDS } from './hash.ts';
import { checkHeaders, type Headers, ownHeaders } from './headers.ts';

export interface EnvelopeInit {
  readonly shard: number;
  readonly type: string;
  readonly data?: Bytes | undefined;
  readonly headers?: Headers | undefined;
  /** Milliseconds; 0, the default, is for ever. */
  readonly ttlMs?: number | undefined;
  /** Milliseconds since 1970; 0, the default, is stamped by the sender if there is a TTL. */
  readonly createdAtMs?: number | undefined;
}

/** Changes what an envelope is made of. */
export type EnvelopeOption = (init: EnvelopeInit) => EnvelopeInit;

/** A later one replaces an earlier one of the same name. */
export function withHeader(name: string, value: string): EnvelopeOption {
  return (init) => ({ ...init, headers: { ...init.headers, [name]: value } });
}

/** In milliseconds, of which a part counts as a whole one; 0 is for ever. @throws InvalidShardingOptionError */
export function withTtl(ttlMs: number): EnvelopeOption {
  if (!(ttlMs >= 0 && ttlMs < Number.POSITIVE_INFINITY)) {
    throw new InvalidShardingOptionError(`a TTL is 0 or more ms, and not ${preview(ttlMs)}`);
  }
  const wholeMs = Math.ceil(ttlMs);
  return (init) => ({ ...init, ttlMs: wholeMs });
}

/** The dates that an envelope is measured by. */
type Dates = Pick<Clock, 'now' | 'wallNow'>;

/**
 * A message to a shard. It ages by the monotonic clock of whoever has it, and its TTL travels as what
 * is left of it, so neither a clock that jumps nor one that is wrong makes it older.
 */
export class Envelope {
  readonly shard: number;
  readonly type: string;
  readonly data: Uint8Array;
  readonly headers: Headers;
  readonly ttlMs: number;
  readonly createdAtMs: number;
  readonly #dates: Dates;
  /** On the monotonic clock. */
  readonly #expiresAt: number;

  constructor(init: EnvelopeInit, dates: Dates = systemClock) {
    const { ttlMs = 0, createdAtMs = 0 } = init;
    this.shard = init.shard;
    this.type = init.type;
    this.data = toBytes(init.data);
    this.headers = ownHeaders(init.headers);
    this.ttlMs = ttlMs;
    this.createdAtMs = createdAtMs;
    this.#dates = dates;
    const ages = ttlMs > 0 && createdAtMs > 0;
    this.#expiresAt = ages
      ? dates.now() + ttlMs - (dates.wallNow() - createdAtMs)
      : Number.POSITIVE_INFINITY;
  }

  getHeader(name: string): string | undefined {
    return Object.hasOwn(this.headers, name) ? this.headers[name] : undefined;
  }

  /** Not yet at the very end of its time; never without a TTL, or before it was stamped. */
  expired(): boolean {
    return this.#expiresAt !== Number.POSITIVE_INFINITY && this.#dates.now() > this.#expiresAt;
  }

  /** What is left, in milliseconds: 0 when nothing is, when it has no TTL, or before it was stamped. */
  ttl(): number {
    if (this.#expiresAt === Number.POSITIVE_INFINITY) return 0;
    return Math.max(0, this.#expiresAt - this.#dates.now());
  }

  /** It ages from now on, if it has a TTL and does not age already. */
  stamped(dates: Dates): Envelope {
    if (this.ttlMs <= 0 || this.createdAtMs > 0) return this;
    return new Envelope({ ...this.#init(), createdAtMs: dates.wallNow() }, dates);
  }

  /** @throws ReservedHeaderError, InvalidEnvelopeError, PayloadTooLargeError */
  validate(): void {
    const { shard, type, data, ttlMs, createdAtMs } = this;
    if (!Number.isInteger(shard) || shard < 0 || shard >= MAX_SHARDS) {
      throw new InvalidEnvelopeError(`its shard is ${preview(shard)}`);
    }
    checkType(type);
    if (!(data instanceof Uint8Array)) throw new InvalidEnvelopeError('its data are not bytes');
    if (!isTime(ttlMs)) throw new InvalidEnvelopeError(`its TTL is ${preview(ttlMs)}`);
    if (!isTime(createdAtMs)) {
      throw new InvalidEnvelopeError(`its time of creation is ${preview(createdAtMs)}`);
    }
    checkHeaders(this.headers);
    if (data.length > SHARDING.maxPayloadBytes) {
      throw new PayloadTooLargeError('request', data.length, SHARDING.maxPayloadBytes);
    }
  }

  #init(): EnvelopeInit {
    const { shard, type, data, headers, ttlMs, createdAtMs } = this;
    return { shard, type, data, headers, ttlMs, createdAtMs };
  }
}

function checkType(type: unknown): void {
  if (typeof type !== 'string' || type === '' || !type.isWellFormed()) {
    throw new InvalidEnvelopeError('its type is no well-formed text, or empty');
  }
  const bytes = Buffer.byteLength(type);
  if (bytes <= SHARDING.maxTypeBytes) return;
  throw new InvalidEnvelopeError(
    `its type has ${bytes} bytes, and may have ${SHARDING.maxTypeBytes}`,
  );
}

function isTime(value: number): boolean {
  return value >= 0 && value < Number.POSITIVE_INFINITY;
}
