import { describe, expect, test } from 'vitest';
import { Opener, Sealer } from '../../src/wire/record.ts';
import { opened } from './nodes.ts';

const KEY = new Uint8Array(32).fill(0x4b);
const BODY = Uint8Array.of(1, 2, 3);
const hex = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes).toString('hex');

function sealed(...bodies: readonly Uint8Array[]): Uint8Array[] {
  const sealer = new Sealer(KEY);
  return bodies.map((body) => sealer.seal(16, body));
}

function open(records: readonly Uint8Array[], key: Uint8Array | null = KEY): (string | null)[] {
  const opener = new Opener(key);
  return records.map((record) => hex(opener.open(...opened(record))));
}

describe('sealed records', () => {
  test('open in order', () => {
    const records = sealed(BODY, new Uint8Array(0), Uint8Array.of(9));
    expect(open(records)).toEqual(['010203', '', '09']);
  });

  test('every flipped bit of type, body and tag is noticed', () => {
    const [record = BODY] = sealed(BODY);
    for (let bit = 4 * 8; bit < record.length * 8; bit += 1) {
      const flipped = new Uint8Array(record);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(open([flipped])).toEqual([null]);
    }
  });

  test('a record replayed, moved, or left out is noticed', () => {
    const [first = BODY, second = BODY, third = BODY] = sealed(BODY, BODY, BODY);
    expect(open([first, first])).toEqual(['010203', null]);
    expect(open([second, first])).toEqual([null, null]);
    expect(open([first, third])).toEqual(['010203', null]);
  });

  test('a record cut short is noticed at every length', () => {
    const [record = BODY] = sealed(BODY);
    for (let length = 5; length < record.length; length += 1) {
      expect(open([record.subarray(0, length)])).toEqual([null]);
    }
  });

  test('bytes moved from the tag to the body are noticed', () => {
    const [record = BODY] = sealed(BODY);
    expect(open([Buffer.concat([record, Uint8Array.of(0)])])).toEqual([null]);
  });

  test('the key of the other direction opens nothing', () => {
    expect(open(sealed(BODY), new Uint8Array(32).fill(0x4c))).toEqual([null]);
  });

  test('after one wrong record nothing is right', () => {
    const opener = new Opener(KEY);
    const [record = BODY] = sealed(BODY);
    expect(opener.open(17, record.subarray(5))).toBe(null);
    expect(opener.open(...opened(record))).toBe(null);
  });
});

describe('the next key', () => {
  test('starts a new count on both sides', () => {
    const sealer = new Sealer(KEY);
    const opener = new Opener(KEY);
    opener.open(...opened(sealer.seal(16, BODY)));
    expect(sealer.sealed).toBe(1);
    expect(hex(opener.open(...opened(sealer.seal(18, new Uint8Array(0)))))).toBe('');
    sealer.ratchet();
    opener.ratchet();
    expect(sealer.sealed).toBe(0);
    expect(hex(opener.open(...opened(sealer.seal(16, BODY))))).toBe('010203');
  });

  test('does not open what the old one sealed', () => {
    const opener = new Opener(KEY);
    opener.ratchet();
    expect(opener.open(...opened(sealed(BODY)[0] ?? BODY))).toBe(null);
  });
});

describe('without a key', () => {
  test('records carry no tag', () => {
    const record = new Sealer(null).seal(16, BODY);
    expect(hex(record)).toBe('0000000310010203');
    expect(open([record], null)).toEqual(['010203']);
  });

  test('a sealed reader takes no plain record', () => {
    expect(open([new Sealer(null).seal(16, new Uint8Array(40))])).toEqual([null]);
  });
});

// Computed by a separate program, from the description of the format.
test('the format is this, bit for bit', () => {
  const sealer = new Sealer(KEY);
  expect(hex(sealer.seal(16, BODY))).toBe(
    '000000231001020334c5c4390917c2d9d0ba3280c0ceab02e4ab2e2114159028f1a31d6fa9f2343a',
  );
  expect(hex(sealer.seal(17, new Uint8Array(0)))).toBe(
    '00000020114e216060cd212a38302035cca3a094a97a56d238927f7140e1c83cd26bb719bd',
  );
  sealer.ratchet();
  expect(hex(sealer.seal(16, BODY))).toBe(
    '00000023100102035d6736c14ef0c8784b977c8f9f162068292a5d0426f21f718a0dc40ed346c2ce',
  );
});
