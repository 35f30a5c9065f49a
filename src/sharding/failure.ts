/**
 * Failures as they travel: a code, the message and the fields, never a stack. The same class comes out
 * on the other side, on every carrier, that of memory included.
 */
import type { Delivered } from '../errors/actors.ts';
import {
  ActorEndedError,
  HandlerClosedError,
  HandlerError,
  HandlerTimeoutError,
  InvalidPayloadError,
  KeyRequiredError,
  MessageTypeError,
  MissingKeyHeaderError,
  SelfRequestError,
  UnknownMessageError,
} from '../errors/handlers.ts';
import {
  EnvelopeExpiredError,
  InvalidEnvelopeError,
  InvalidShardCountError,
  InvalidShardError,
  InvalidShardingOptionError,
  NodeStoppedError,
  NoShardSubscriberError,
  PayloadTooLargeError,
  RequestCancelledError,
  RequestTimeoutError,
  ReservedHeaderError,
  ShardingError,
  ShardOverloadedError,
  SubscribeError,
  TransportClosedError,
  UnhashableTextError,
  UnknownFailureError,
} from '../errors/sharding.ts';

/** JSON. */
export interface WireFailure {
  readonly code: string;
  readonly message: string;
  readonly delivered: Delivered;
  readonly fields?: Readonly<Record<string, string | number>> | undefined;
  readonly cause?: WireCause | undefined;
}

/** What was thrown: a failure of this package, or anything else by its name, text and code. */
export type WireCause =
  | WireFailure
  | {
      readonly name: string;
      readonly message: string;
      readonly code?: string | undefined;
      readonly cause?: WireCause | undefined;
    };

/** An error with a whole disk in its text is not sent with all of it. */
const MAX_TEXT = 1_000;
const MAX_CAUSES = 4;

class Fields {
  readonly delivered: Delivered;
  readonly cause: Error | undefined;
  readonly #fields: unknown;

  constructor(fields: unknown, delivered: Delivered, cause: Error | undefined) {
    this.#fields = fields;
    this.delivered = delivered;
    this.cause = cause;
  }

  text(name: string): string {
    const value: unknown = Reflect.get(Object(this.#fields), name);
    return typeof value === 'string' ? value : '';
  }

  number(name: string): number {
    const value: unknown = Reflect.get(Object(this.#fields), name);
    return typeof value === 'number' ? value : 0;
  }

  one<T extends string>(name: string, first: T, ...others: readonly T[]): T {
    return others.find((value) => value === this.text(name)) ?? first;
  }
}

interface Kind {
  readonly fields: readonly string[];
  readonly make: (fields: Fields) => ShardingError;
}

const KINDS: Readonly<Record<string, Kind>> = {
  UNHASHABLE_TEXT: {
    fields: ['what', 'reason'],
    make: (f) =>
      new UnhashableTextError(f.one('what', 'key', 'seed', 'node id'), '', f.text('reason')),
  },
  INVALID_SHARD_COUNT: { fields: [], make: () => new InvalidShardCountError('', 0) },
  INVALID_SHARD: { fields: ['shard'], make: (f) => new InvalidShardError(f.number('shard'), 0) },
  INVALID_SHARDING_OPTION: {
    fields: ['reason'],
    make: (f) => new InvalidShardingOptionError(f.text('reason')),
  },
  RESERVED_HEADER: { fields: ['header'], make: (f) => new ReservedHeaderError(f.text('header')) },
  INVALID_ENVELOPE: { fields: ['reason'], make: (f) => new InvalidEnvelopeError(f.text('reason')) },
  PAYLOAD_TOO_LARGE: {
    fields: ['of', 'bytes', 'maxBytes'],
    make: (f) =>
      new PayloadTooLargeError(
        f.one('of', 'request', 'answer'),
        f.number('bytes'),
        f.number('maxBytes'),
      ),
  },
  ENVELOPE_EXPIRED: {
    fields: ['shard'],
    make: (f) => new EnvelopeExpiredError(f.number('shard')),
  },
  TRANSPORT_CLOSED: { fields: [], make: (f) => new TransportClosedError(f.delivered) },
  NO_SHARD_SUBSCRIBER: {
    fields: ['shard'],
    make: (f) => new NoShardSubscriberError(f.number('shard')),
  },
  SHARD_OVERLOADED: {
    fields: ['shard', 'full'],
    make: (f) =>
      new ShardOverloadedError(
        f.number('shard'),
        f.one('full', 'handlers', 'requests', 'carrier', 'key'),
      ),
  },
  REQUEST_TIMEOUT: {
    fields: ['shard', 'timeoutMs'],
    make: (f) => new RequestTimeoutError(f.number('shard'), f.number('timeoutMs')),
  },
  REQUEST_CANCELLED: {
    fields: ['shard'],
    make: (f) => new RequestCancelledError(f.number('shard'), f.delivered, { cause: f.cause }),
  },
  HANDLER_TIMEOUT: {
    fields: ['shard', 'timeoutMs'],
    make: (f) => new HandlerTimeoutError(f.number('shard'), f.number('timeoutMs')),
  },
  HANDLER_FAILED: {
    fields: ['shard'],
    make: (f) => new HandlerError(f.number('shard'), '', { cause: f.cause }),
  },
  KEY_REQUIRED: { fields: [], make: () => new KeyRequiredError() },
  MISSING_KEY_HEADER: { fields: [], make: () => new MissingKeyHeaderError() },
  MESSAGE_TYPE_UNKNOWN: { fields: [], make: () => new MessageTypeError('') },
  UNKNOWN_MESSAGE: { fields: ['type'], make: (f) => new UnknownMessageError(f.text('type')) },
  INVALID_PAYLOAD: {
    fields: ['of', 'type', 'problem'],
    make: (f) =>
      new InvalidPayloadError(f.one('of', 'input', 'output'), f.text('type'), f.text('problem'), {
        cause: f.cause,
      }),
  },
  HANDLER_CLOSED: { fields: [], make: () => new HandlerClosedError() },
  ACTOR_ENDED: {
    fields: ['reason'],
    make: (f) =>
      new ActorEndedError(f.one('reason', 'stopped', 'failed'), f.delivered, { cause: f.cause }),
  },
  SELF_REQUEST: { fields: [], make: () => new SelfRequestError() },
  NODE_STOPPED: { fields: ['nodeId'], make: (f) => new NodeStoppedError(f.text('nodeId')) },
  SUBSCRIBE_FAILED: {
    fields: ['shard'],
    make: (f) => new SubscribeError(f.number('shard'), { cause: f.cause }),
  },
};

export function writeFailure(error: ShardingError): WireFailure {
  return failureOf(error, 0);
}

/** Whatever came over the wire. */
export function readFailure(wire: unknown): ShardingError {
  return errorOf(wire, 0);
}

/** Short, and well-formed. */
export function thrownText(thrown: unknown): string {
  try {
    return shortened(thrown instanceof Error ? thrown.message : String(thrown));
  } catch {
    return 'something without a text was thrown';
  }
}

function failureOf(error: ShardingError, depth: number): WireFailure {
  const fields: Record<string, string | number> = {};
  for (const name of KINDS[error.code]?.fields ?? []) {
    const value: unknown = Reflect.get(error, name);
    if (typeof value === 'number') fields[name] = value;
    else if (typeof value === 'string') fields[name] = shortened(value);
  }
  return {
    code: error.code,
    message: shortened(error.message),
    delivered: error.delivered,
    ...(Object.keys(fields).length === 0 ? {} : { fields }),
    ...causeIn(error, depth),
  };
}

function causeIn(thrown: Error, depth: number): { readonly cause?: WireCause } {
  if (depth >= MAX_CAUSES) return {};
  try {
    const { cause } = thrown;
    return cause === undefined ? {} : { cause: causeOf(cause, depth + 1) };
  } catch {
    // What was thrown throws when it is looked at.
    return {};
  }
}

function causeOf(thrown: unknown, depth: number): WireCause {
  if (thrown instanceof ShardingError) return failureOf(thrown, depth);
  const message = thrownText(thrown);
  if (!(thrown instanceof Error)) return { name: 'Error', message };
  const code: unknown = Reflect.get(thrown, 'code');
  return {
    name: shortened(String(thrown.name)),
    message,
    ...(typeof code === 'string' ? { code: shortened(code) } : {}),
    ...causeIn(thrown, depth),
  };
}

function errorOf(wire: unknown, depth: number): ShardingError {
  const { code, message, delivered, fields, cause } = partsOf(wire);
  const text = typeof message === 'string' ? shortened(message) : '';
  const reached = readDelivered(delivered);
  const kind = typeof code === 'string' && Object.hasOwn(KINDS, code) ? KINDS[code] : undefined;
  if (!kind) return new UnknownFailureError(codeText(code), text, reached);
  const error = kind.make(new Fields(fields, reached, readCause(cause, depth)));
  // It was made over there, of what did not travel.
  error.message = text;
  return error;
}

function readCause(wire: unknown, depth: number): Error | undefined {
  if (typeof wire !== 'object' || wire === null || depth >= MAX_CAUSES) return undefined;
  if ('delivered' in wire) return errorOf(wire, depth + 1);
  const { name, message, code, cause } = partsOf(wire);
  const below = readCause(cause, depth + 1);
  const error = new Error(
    typeof message === 'string' ? shortened(message) : '',
    below && { cause: below },
  );
  error.name = typeof name === 'string' ? shortened(name) : 'Error';
  if (typeof code === 'string') Object.assign(error, { code: shortened(code) });
  return error;
}

function codeText(code: unknown): string {
  return typeof code === 'string' ? shortened(code) : 'none';
}

function partsOf(wire: unknown): Readonly<Record<string, unknown>> {
  return typeof wire === 'object' && wire !== null ? { ...wire } : {};
}

function readDelivered(value: unknown): Delivered {
  return value === 'no' || value === 'yes' ? value : 'maybe';
}

function shortened(text: string): string {
  return (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text).toWellFormed();
}
