import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/wire/codec.ts';

const decodeHex = (hex: string) => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** What msgpack can carry; a lone surrogate has no UTF-8, and -0 is 0. */
const values = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 40 }),
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double().map((n) => (n === 0 ? 0 : n)),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.boolean(),
      fc.constantFrom(null, undefined),
      fc.uint8Array({ maxLength: 40 }),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2500-01-01') }),
    ),
    fc.array(tie('value'), { maxLength: 6 }),
    fc.dictionary(
      fc.string({ unit: 'grapheme', maxLength: 12 }).filter((key) => key !== '__proto__'),
      tie('value'),
      { maxKeys: 6, noNullPrototype: true },
    ),
  ),
})).value;

describe('a value', () => {
  test('comes back as it was', () => {
    fc.assert(
      fc.property(values, (value) => {
        const decoded = decode(encode(value));
        expect(decoded).toStrictEqual({ ok: true, value });
      }),
      { numRuns: 10_000 },
    );
  }, 20_000);

  test('comes back from the middle of a larger buffer', () => {
    const bytes = encode(['text that is longer than the short path takes', Uint8Array.of(1, 2)]);
    const around = Buffer.concat([Buffer.alloc(7, 0xc1), bytes, Buffer.alloc(9, 0xc1)]);
    expect(decode(around.subarray(7, 7 + bytes.length))).toEqual({
      ok: true,
      value: ['text that is longer than the short path takes', Uint8Array.of(1, 2)],
    });
  });

  test('keeps its byte strings when the bytes it came in are overwritten', () => {
    const bytes = Buffer.from(encode([Uint8Array.of(1, 2)]));
    const decoded = decode(bytes);
    bytes.fill(0);
    expect(decoded).toEqual({ ok: true, value: [Uint8Array.of(1, 2)] });
  });

  test('has byte strings that are no Buffers, wherever they came from', () => {
    const decoded = decode(Buffer.from(encode(Buffer.from('x'))));
    expect(decoded.ok && Object.getPrototypeOf(decoded.value)).toBe(Uint8Array.prototype);
  });

  test('uses no record structures', () => {
    const rows = [{ a: 1 }, { a: 2 }, { a: 3 }];
    expect(Buffer.from(encode(rows)).includes(0x72)).toBe(false);
    expect(decode(encode(rows))).toEqual({ ok: true, value: rows });
  });
});

describe('hostile bytes', () => {
  test.each([
    ['five bytes that reserve memory', 'dd04000000'],
    ['an array of 4 GiB', 'ddffffffff'],
    ['a record definition', '92 d47240 91a161 40'],
    ['a stored error', 'd46500'],
    ['a reference', 'd6 70 00000001'],
    ['a set', 'd47300 90'],
    ['a typed array', 'c7 05 74 05 00000000'],
    ['a regular expression', 'd47800 92a161a0'],
    ['bundled strings', 'd6 62 00000005 00'],
    ['a wide integer', 'c7 02 42 ffff'],
    ['a pointer', 'd6 69 00000001'],
    ['a read past a bundle', 'c1'],
    ['bytes after the value', '0000'],
    ['nothing', ''],
    ['six zero bytes', '000000000000'],
    ['an unknown extension', 'd40100'],
    ['UTF-8 cut off by its length', 'a261'],
  ])('%s', (_, hex) => {
    expect(decodeHex(hex).ok).toBe(false);
  });

  test('deep nesting ends neither the process nor the turn', () => {
    for (const depth of [65, 5_000, 70_000]) {
      expect(decode(new Uint8Array(depth).fill(0x91))).toMatchObject({ ok: false });
      expect(decodeHex(`${'81a161'.repeat(depth)}00`)).toEqual({ ok: false, reason: 'too deep' });
    }
  });

  test('a million empty maps are refused quickly', () => {
    const bytes = new Uint8Array(1_048_576).fill(0x80);
    bytes.set([0xdd, 0x00, 0x0f, 0xff, 0xfb]);
    expect(decode(bytes)).toEqual({ ok: false, reason: 'too many values' });
  });

  test('a peer cannot reach a prototype', () => {
    const decoded = decodeHex('81 a9 5f5f70726f746f5f5f 81 a161 01');
    expect(decoded.ok && Object.getPrototypeOf(decoded.value)).toBe(Object.prototype);
    expect(decoded).toEqual({ ok: true, value: { __proto_: { a: 1 } } });
    expect(({} as { a?: number }).a).toBe(undefined);
  });

  test('random bytes never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(typeof decode(bytes).ok).toBe('boolean');
      }),
      { numRuns: 5_000 },
    );
  });

  test('one hostile body leaves the next one alone', () => {
    decodeHex('92 d47240 91a161 40');
    expect(decodeHex('92 40 41')).toEqual({ ok: true, value: [0x40, 0x41] });
  });
});
