import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/wire/codec.ts';
import { type ControlMessage, decodeControl, encodeControl } from '../../src/wire/messages.ts';
import { Sealer } from '../../src/wire/record.ts';

const UID = '00112233445566778899aabbccddeeff';
const DIGEST = '0123456789abcdef';
const ENTRY = {
  id: 'b@10.0.0.2:4369',
  uid: UID,
  incarnation: 1_790_000_000_000,
  state: 'down',
  ageMs: 1_500,
} as const;

const HEARTBEAT: ControlMessage = {
  type: 'heartbeat',
  sequence: 12,
  heardAgeMs: -1,
  incarnation: 1_790_000_000_000,
  uptimeMs: 60_000,
  processCount: 3,
  digest: DIGEST,
};

const ONE_OF_EACH: readonly ControlMessage[] = [
  {
    type: 'hello',
    incarnation: 5,
    knownIncarnation: 0,
    uptimeMs: 10,
    processCount: 2,
    digest: DIGEST,
    entries: [ENTRY, { ...ENTRY, state: 'alive', ageMs: 0 }, { ...ENTRY, state: 'left' }],
    services: ['actors'],
  },
  HEARTBEAT,
  { type: 'view', after: '', upTo: null, pull: true, entries: [] },
  { type: 'view', after: 'a@h:1', upTo: 'b@h:1', pull: false, entries: [ENTRY] },
  { type: 'ping', nonce: 77 },
  { type: 'pong', nonce: 77 },
  { type: 'leave', incarnation: 9 },
  { type: 'leaveAck' },
  { type: 'accused', uid: UID, incarnation: 3 },
  { type: 'bye' },
  { type: 'unreachable', address: '10.0.0.9:4369', failure: 'refused' },
  { type: 'contactAsked', id: 'b@10.0.0.2:4369', uid: UID },
  { type: 'contact', id: 'b@10.0.0.2:4369', uid: UID, ageMs: 250 },
  { type: 'contact', id: 'b@10.0.0.2:4369', uid: UID, ageMs: -1 },
];

describe('a batch', () => {
  test('comes back in order', () => {
    const decoded = decodeControl(encodeControl(ONE_OF_EACH));
    expect(decoded).toEqual({ ok: true, messages: ONE_OF_EACH, unknown: 0 });
  });

  test('may be empty', () => {
    expect(decodeControl(encodeControl([]))).toEqual({ ok: true, messages: [], unknown: 0 });
  });

  test('carries any number of any messages', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ONE_OF_EACH), { maxLength: 30 }), (messages) => {
        expect(decodeControl(encodeControl(messages))).toEqual({ ok: true, messages, unknown: 0 });
      }),
    );
  });

  test('rounds times to whole milliseconds', () => {
    const sent = { ...HEARTBEAT, heardAgeMs: 99.6, uptimeMs: 60_000.2 };
    expect(decodeControl(encodeControl([sent]))).toMatchObject({
      messages: [{ heardAgeMs: 100, uptimeMs: 60_000 }],
    });
  });

  test('is this on the wire', () => {
    const body = encodeControl([HEARTBEAT, { type: 'bye' }]);
    expect(decode(body)).toEqual({
      ok: true,
      value: [
        2,
        [12, -1, 1_790_000_000_000, 60_000, 3, Uint8Array.of(1, 35, 69, 103, 137, 171, 205, 239)],
        9,
        [],
      ],
    });
  });
});

test('a heartbeat takes at most 90 bytes, header and tag included', () => {
  const largest = { ...HEARTBEAT, sequence: 2 ** 40, heardAgeMs: 2 ** 33, uptimeMs: 2 ** 40 };
  const sealer = new Sealer(new Uint8Array(32));
  expect(sealer.seal(16, encodeControl([HEARTBEAT])).length).toBeLessThanOrEqual(75);
  expect(sealer.seal(16, encodeControl([largest])).length).toBeLessThanOrEqual(90);
});

describe('growth', () => {
  test('surplus fields are ignored', () => {
    expect(decodeControl(encode([4, [77, 'new', {}]]))).toEqual({
      ok: true,
      messages: [{ type: 'ping', nonce: 77 }],
      unknown: 0,
    });
    const id = 'b@10.0.0.2:4369';
    const entry = [id, Buffer.from(UID, 'hex'), 1, 0, 0, 'new'];
    expect(decodeControl(encode([3, ['', null, false, [entry]]]))).toMatchObject({
      messages: [{ entries: [{ id, uid: UID, incarnation: 1, state: 'alive', ageMs: 0 }] }],
    });
  });

  test('an optional message that is not known is skipped and counted', () => {
    expect(decodeControl(encode([255, [1], 4, [1], 200, null]))).toEqual({
      ok: true,
      messages: [{ type: 'ping', nonce: 1 }],
      unknown: 2,
    });
  });

  test.each([0, 10, 127])('a mandatory message that is not known is refused: %i', (code) => {
    expect(decodeControl(encode([4, [1], code, []]))).toEqual({
      ok: false,
      reason: 'version',
      detail: `message ${code} is not known`,
    });
  });
});

describe('refused', () => {
  const uid = Buffer.from(UID, 'hex');
  const digest = Buffer.from(DIGEST, 'hex');

  test.each<[string, unknown]>([
    ['no array', { 4: [1] }],
    ['half a message', [4]],
    ['half an optional message', [4, [1], 200]],
    ['a type that is no number', ['4', [1]]],
    ['a type beyond a byte', [256, [1]]],
    ['a type with a fraction', [4.5, [1]]],
    ['fields that are no array', [4, 1]],
    ['a field too few', [8, [uid]]],
    ['a uid too short', [8, [uid.subarray(1), 1]]],
    ['a uid as text', [8, [UID, 1]]],
    ['a negative incarnation', [6, [-1]]],
    ['an incarnation that is no safe integer', [6, [2 ** 53]]],
    ['an incarnation as bigint', [6, [5n]]],
    ['an uptime that is no number', [2, [1, 1, 1, Number.NaN, 1, digest]]],
    ['an endless uptime', [2, [1, 1, 1, Number.POSITIVE_INFINITY, 1, digest]]],
    ['a heard age below -1', [2, [1, -2, 1, 1, 1, digest]]],
    ['a digest too long', [2, [1, 1, 1, 1, 1, uid]]],
    ['an unknown state', [3, ['', null, false, [['b@h:1', uid, 1, 3, 0]]]]],
    ['an id too long', [3, ['', null, false, [['b'.repeat(331), uid, 1, 0, 0]]]]],
    ['a service that is no text', [1, [1, 0, 1, 1, digest, [], [1]]]],
    ['a wrong message after a right one', [4, [1], 6, [-1]]],
  ])('%s', (_, value) => {
    expect(decodeControl(encode(value))).toMatchObject({ ok: false, reason: 'protocol' });
  });

  test('bytes that the scan refuses', () => {
    expect(decodeControl(Buffer.from('92c100', 'hex'))).toEqual({
      ok: false,
      reason: 'protocol',
      detail: 'a type is not allowed',
    });
  });
});
