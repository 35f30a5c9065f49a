import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  InvalidEnvelopeError,
  InvalidShardingOptionError,
  PayloadTooLargeError,
  ReservedHeaderError,
} from '../../src/errors/sharding.ts';
import { Envelope, type EnvelopeInit, withHeader, withTtl } from '../../src/sharding/envelope.ts';
import { TestClock } from '../../src/testing/clock.ts';

const BASE = { shard: 3, type: 'GetUser', data: 'x' };
const NOW = 1_767_225_600_000;

function made(init: Partial<EnvelopeInit>, clock = new TestClock({ startWallMs: NOW })) {
  return new Envelope({ ...BASE, ...init }, clock);
}

describe('an envelope', () => {
  test.each([
    ['without a TTL', { createdAtMs: NOW }],
    ['with neither', {}],
    ['with a TTL that does not run yet', { ttlMs: 50 }],
  ])('%s never expires, and has nothing left', (_name, init) => {
    const clock = new TestClock({ startWallMs: NOW });
    const envelope = made(init, clock);
    clock.advance(1_000_000);
    expect([envelope.expired(), envelope.ttl()]).toEqual([false, 0]);
  });

  test('ages, and is over only after the last moment', () => {
    const clock = new TestClock({ startWallMs: NOW });
    const envelope = made({ ttlMs: 50, createdAtMs: NOW - 10 }, clock);
    expect([envelope.expired(), envelope.ttl()]).toEqual([false, 40]);
    clock.advance(40);
    expect([envelope.expired(), envelope.ttl()]).toEqual([false, 0]);
    clock.advance(1);
    expect([envelope.expired(), envelope.ttl()]).toEqual([true, 0]);
  });

  test('is over from the start when it is older than its TTL', () => {
    const envelope = made({ ttlMs: 50, createdAtMs: NOW - 51 });
    expect([envelope.expired(), envelope.ttl()]).toEqual([true, 0]);
  });

  test('does not age by a date that jumps', () => {
    const clock = new TestClock({ startWallMs: NOW });
    const envelope = made({ ttlMs: 50 }, clock).stamped(clock);
    clock.jumpWall(3_600_000);
    expect([envelope.expired(), envelope.ttl()]).toEqual([false, 50]);
  });

  test('is stamped once, by whoever sends it', () => {
    const clock = new TestClock({ startWallMs: NOW });
    const envelope = made({ ttlMs: 50, headers: { a: 'b' } }, clock);
    clock.advance(20);
    const stamped = envelope.stamped(clock);
    expect(stamped).toMatchObject({ ...BASE, data: Buffer.from('x'), ttlMs: 50 });
    expect([stamped.createdAtMs, stamped.ttl(), stamped.getHeader('a')]).toEqual([
      NOW + 20,
      50,
      'b',
    ]);
    clock.advance(10);
    expect(stamped.stamped(clock)).toBe(stamped);
    expect(made({}, clock).stamped(clock).createdAtMs).toBe(0);
  });

  test('knows the headers that were set, in the case in which they were set', () => {
    const envelope = made({ headers: { 'trace-id': 'abc' } });
    expect([envelope.getHeader('trace-id'), envelope.getHeader('Trace-Id')]).toEqual([
      'abc',
      undefined,
    ]);
    expect(made({}).getHeader('trace-id')).toBe(undefined);
    expect(envelope.getHeader('constructor')).toBe(undefined);
    expect(envelope.getHeader('__proto__')).toBe(undefined);
  });

  test('keeps no tie to the headers it was made of', () => {
    const headers: Record<string, string> = { a: '1' };
    const envelope = made({ headers });
    headers.a = '2';
    expect(envelope.getHeader('a')).toBe('1');
  });
});

describe('validation', () => {
  test.each([
    ['no headers', {}],
    ['ordinary headers', { headers: { 'trace-id': 'a', 'X-Request': '', clstr: 'x' } }],
    ['the key header', { headers: { 'x-clstr-key': 'user-123' } }],
    ['64 headers', { headers: numbered(64) }],
    ['8 KiB of headers', { headers: { h: 'x'.repeat(8_191) } }],
    ['4 MiB of data', { data: new Uint8Array(4_194_304) }],
    ['the highest shard', { shard: 4_294_967_294 }],
  ])('accepts %s', (_name, init) => {
    expect(() => made(init).validate()).not.toThrow();
  });

  test.each([
    'x-clstr-',
    'x-clstr-trace',
    'X-Clstr-Key',
    'X-CLSTR-KEY',
    'x-clstr-key2',
    'x-cLSTR-a',
  ])('refuses the header %s', (header) => {
    const validate = () => made({ headers: { ok: '1', [header]: 'x' } }).validate();
    expect(validate).toThrow(ReservedHeaderError);
    expect(validate).toThrow(expect.objectContaining({ header, code: 'RESERVED_HEADER' }));
  });

  test('refuses each reserved name in any case of its letters', () => {
    const cased = fc
      .array(fc.boolean(), { minLength: 8, maxLength: 8 })
      .map((upper) =>
        [...'x-clstr-'].map((letter, at) => (upper[at] ? letter.toUpperCase() : letter)).join(''),
      );
    fc.assert(
      fc.property(cased, fc.string(), (prefix, rest) => {
        fc.pre(`${prefix}${rest}` !== 'x-clstr-key');
        expect(() => made({ headers: { [prefix + rest]: '' } }).validate()).toThrow(
          ReservedHeaderError,
        );
      }),
    );
  });

  test.each([
    ['65 headers', { headers: numbered(65) }, 'it has 65 headers, and may have 64'],
    [
      'more than 8 KiB of headers',
      { headers: { h: 'ž'.repeat(4_096) } },
      'its headers have 8193 bytes, and may have 8192',
    ],
    [
      'half a pair in a header',
      { headers: { a: '\ud800' } },
      'the header "a" is no well-formed text',
    ],
    ['a header without a name', { headers: { '': 'x' } }, 'a header has no name'],
    ['no type', { type: '' }, 'its type is no well-formed text, or empty'],
    ['a long type', { type: 'x'.repeat(256) }, 'its type has 256 bytes, and may have 255'],
    ['half a shard', { shard: 0.5 }, 'its shard is 0.5'],
    ['a shard below 0', { shard: -1 }, 'its shard is -1'],
    ['a TTL below 0', { ttlMs: -1 }, 'its TTL is -1'],
    ['no date', { createdAtMs: Number.NaN }, 'its time of creation is NaN'],
  ])('refuses %s', (_name, init, reason) => {
    const validate = () => made(init).validate();
    expect(validate).toThrow(InvalidEnvelopeError);
    expect(validate).toThrow(expect.objectContaining({ reason, delivered: 'no' }));
  });

  test('refuses more than 4 MiB of data', () => {
    const validate = () => made({ data: new Uint8Array(4_194_305) }).validate();
    expect(validate).toThrow(PayloadTooLargeError);
    expect(validate).toThrow(
      expect.objectContaining({ of: 'request', bytes: 4_194_305, maxBytes: 4_194_304 }),
    );
  });
});

describe('an option', () => {
  test('sets one header beside the others', () => {
    const init = withHeader('b', '2')(withHeader('b', '1')({ ...BASE, headers: { a: '1' } }));
    expect(init.headers).toEqual({ a: '1', b: '2' });
  });

  test('sets a TTL in whole milliseconds', () => {
    expect(withTtl(5_000)(BASE).ttlMs).toBe(5_000);
    expect(withTtl(0.2)(BASE).ttlMs).toBe(1);
    expect(withTtl(0)(BASE).ttlMs).toBe(0);
    expect(() => withTtl(-1)).toThrow(InvalidShardingOptionError);
    expect(() => withTtl(Number.POSITIVE_INFINITY)).toThrow(InvalidShardingOptionError);
  });
});

function numbered(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, '']));
}
