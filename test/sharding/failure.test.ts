import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Delivered } from '../../src/errors/actors.ts';
import * as handlerErrors from '../../src/errors/handlers.ts';
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
} from '../../src/errors/handlers.ts';
import * as errors from '../../src/errors/sharding.ts';
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
} from '../../src/errors/sharding.ts';
import { ClusterError } from '../../src/errors.ts';
import { readFailure, thrownText, writeFailure } from '../../src/sharding/failure.ts';

const cause = new RangeError('below');

const ALL: readonly (readonly [error: ShardingError, delivered: Delivered, retryable: boolean])[] =
  [
    [new UnhashableTextError('node id', 'a\0', 'holds a NUL'), 'no', false],
    [new UnhashableTextError('key', '\ud800', 'is broken'), 'no', false],
    [new InvalidShardCountError(-1, 16), 'no', false],
    [new InvalidShardError(16, 16), 'no', false],
    [new InvalidShardingOptionError('x must be y'), 'no', false],
    [new ReservedHeaderError('x-clstr-a'), 'no', false],
    [new InvalidEnvelopeError('its type is 5'), 'no', false],
    [new PayloadTooLargeError('request', 5, 4), 'no', false],
    [new PayloadTooLargeError('answer', 5, 4), 'yes', false],
    [new EnvelopeExpiredError(3), 'no', true],
    [new TransportClosedError(), 'no', false],
    [new TransportClosedError('maybe'), 'maybe', false],
    [new NoShardSubscriberError(3), 'no', true],
    [new ShardOverloadedError(3, 'requests'), 'no', true],
    [new ShardOverloadedError(3, 'carrier'), 'no', true],
    [new ShardOverloadedError(3, 'key'), 'no', true],
    [new RequestTimeoutError(3, 100), 'maybe', true],
    [new RequestCancelledError(3, 'no', { cause }), 'no', false],
    [new RequestCancelledError(3, 'maybe'), 'maybe', false],
    [new HandlerTimeoutError(3, 100), 'yes', true],
    [new HandlerError(3, 'boom', { cause }), 'yes', false],
    [new KeyRequiredError(), 'no', false],
    [new MissingKeyHeaderError(), 'no', false],
    [new MessageTypeError({}), 'no', false],
    [new UnknownMessageError('add'), 'no', false],
    [new InvalidPayloadError('input', 'add', 'by is missing'), 'no', false],
    [new InvalidPayloadError('output', 'add', 'sum is missing', { cause }), 'yes', false],
    [new HandlerClosedError(), 'no', true],
    [new ActorEndedError('failed', 'yes', { cause }), 'yes', false],
    [new ActorEndedError('stopped', 'no'), 'no', true],
    [new SelfRequestError(), 'no', false],
    [new NodeStoppedError('node-1'), 'no', false],
    [new SubscribeError(3, { cause }), 'no', false],
  ];

describe('an error', () => {
  test.each(ALL)(
    '%s says what is to be done, and crosses the wire',
    (error, delivered, retryable) => {
      expect(error).toBeInstanceOf(ClusterError);
      expect(error).toMatchObject({ delivered, retryable, name: error.constructor.name });
      expect(error.hint).toMatch(/^[A-Z].*\.$/);
      expect(error.code).toMatch(/^[A-Z_]+$/);
      const wire: unknown = JSON.parse(JSON.stringify(writeFailure(error)));
      const arrived = readFailure(wire);
      expect(arrived.constructor).toBe(error.constructor);
      expect(plain(arrived)).toEqual(plain(error));
    },
  );

  test('of each class is among them', () => {
    const classes = Object.values({ ...errors, ...handlerErrors }).filter(
      (value) => value !== ShardingError && value.prototype instanceof ShardingError,
    );
    const known = new Set<unknown>(ALL.map(([error]) => error.constructor));
    // It only arises from what is not known.
    known.add(UnknownFailureError);
    expect(classes.filter((value) => !known.has(value))).toEqual([]);
    expect(new Set(ALL.map(([{ code }]) => code)).size).toBe(known.size - 1);
  });

  test('of a later release arrives as one that is not known', () => {
    const failure = { code: 'MOVED', message: 'the shard has moved', delivered: 'no' };
    const error = readFailure(failure);
    expect(error).toBeInstanceOf(UnknownFailureError);
    expect(error).toMatchObject({
      ...{ remoteCode: 'MOVED', delivered: 'no', retryable: false },
      message: 'the shard has moved ("MOVED")',
    });
  });
});

describe('a cause', () => {
  test('of this package keeps its class, with its own cause', () => {
    const inner = new HandlerError(4, 'boom', { cause: new RangeError('far') });
    const arrived = readFailure(writeFailure(new HandlerError(3, 'nested', { cause: inner })));
    expect(arrived.cause).toBeInstanceOf(HandlerError);
    expect(arrived.cause).toMatchObject({
      shard: 4,
      cause: { name: 'RangeError', message: 'far' },
    });
  });

  test('has its name, text and code, and no stack', () => {
    const thrown = Object.assign(new TypeError('bad'), { code: 'E_BAD', secret: 'x' });
    const wire = writeFailure(new HandlerError(3, 'bad', { cause: thrown }));
    expect(wire.cause).toEqual({ name: 'TypeError', message: 'bad', code: 'E_BAD' });
    expect(JSON.stringify(wire)).not.toContain('.ts:');
  });

  test('that leads back to itself ends somewhere', () => {
    const loop: Error & { cause?: unknown } = new Error('loop');
    loop.cause = loop;
    const wire = writeFailure(new HandlerError(3, 'loop', { cause: loop }));
    expect(JSON.stringify(wire).split('"loop"').length).toBe(5);
    expect(readFailure(wire)).toBeInstanceOf(HandlerError);
  });

  test.each<readonly [string, unknown]>([
    ['has a name without a text', Object.assign(new Error('x'), { name: { toString: 5 } })],
    ['has a message that is none', Object.assign(new Error('x'), { message: 5n })],
    [
      'throws when it is looked at',
      new Proxy(new Error('x'), {
        get: () => {
          throw new Error('no');
        },
        getPrototypeOf: () => {
          throw new Error('no');
        },
      }),
    ],
    [
      'has a cause that throws',
      Object.defineProperty(new Error('x'), 'cause', {
        get: () => {
          throw new Error('no');
        },
      }),
    ],
    ['is a symbol', Symbol('x')],
    ['is null', null],
  ])('that %s does no harm', (_name, thrown) => {
    const error = new HandlerError(3, thrownText(thrown), { cause: thrown });
    const arrived = readFailure(JSON.parse(JSON.stringify(writeFailure(error))));
    expect(arrived).toBeInstanceOf(HandlerError);
    expect(arrived.message).toMatch(/^The handler of shard 3 failed: ./);
  });

  test('and a message are as long as they may be, and well-formed', () => {
    const thrown = new Error(`${'ž'.repeat(2_000)}`);
    const failure = writeFailure(
      new HandlerError(3, `\ud800${'x'.repeat(5_000)}`, { cause: thrown }),
    );
    expect(failure.message).toHaveLength(1_003);
    expect(failure.message.isWellFormed()).toBe(true);
    expect(failure.cause?.message).toBe(`${'ž'.repeat(1_000)}...`);
  });
});

test('whatever comes over the wire is read as some error', () => {
  const codes = ALL.map(([{ code }]) => code);
  const failure = fc.record(
    {
      code: fc.oneof(fc.constantFrom(...codes, 'constructor', '__proto__'), fc.anything()),
      message: fc.anything(),
      delivered: fc.anything(),
      fields: fc.anything(),
      cause: fc.anything(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.oneof(failure, fc.anything()), (wire) => {
      const error = readFailure(wire);
      expect(error).toBeInstanceOf(ShardingError);
      expect(['no', 'maybe', 'yes']).toContain(error.delivered);
    }),
    { numRuns: 1_000 },
  );
});

/** What of an error is to arrive. */
function plain(error: ShardingError): object {
  const { stack, cause: below, ...fields } = error;
  const told = below instanceof Error ? { name: below.name, message: below.message } : undefined;
  return { ...fields, message: error.message, cause: told };
}
