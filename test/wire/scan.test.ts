import { describe, expect, test } from 'vitest';
import { scan } from '../../src/wire/scan.ts';

const LIMITS = { maxDepth: 64, maxNodes: 65_536 };
const scanHex = (hex: string) => scan(Buffer.from(hex.replaceAll(' ', ''), 'hex'), LIMITS);

describe('fine', () => {
  test.each([
    ['small integers', '94 00 7f e0 ff'],
    [
      'integers',
      '98 ccff cdffff ceffffffff cfffffffffffffffff d080 d18000 d280000000 d38000000000000000',
    ],
    ['floats', '92 ca00000000 cb0000000000000000'],
    ['nil and booleans', '93 c0 c2 c3'],
    ['strings', '94 a0 a161 d90161 da000161'],
    ['a long string', 'db00000001 61'],
    ['byte strings', '93 c40100 c5000100 c60000000100'],
    ['arrays', '93 90 dc000100 dd0000000100'],
    ['maps', '93 80 81a16100 de0001a16100'],
    ['a large map', 'df00000001 a161 00'],
    ['maps in maps', '82 a161 81a16200 a163 9100'],
    ['undefined', 'd40000'],
    ['timestamps', '93 d6ff00000000 d7ff0000000000000000 c70cff000000000000000000000000'],
  ])('%s', (_, hex) => {
    expect(scanHex(hex)).toBe(null);
  });

  test('64 levels, and no more', () => {
    expect(scanHex(`${'91'.repeat(64)}00`)).toBe(null);
    expect(scanHex(`${'91'.repeat(65)}00`)).toBe('too deep');
    expect(scanHex(`${'91'.repeat(63)}90`)).toBe(null);
    expect(scanHex(`${'91'.repeat(64)}90`)).toBe('too deep');
    expect(scanHex(`${'81a161'.repeat(65)}00`)).toBe('too deep');
  });

  test('65,536 values, and no more', () => {
    expect(scanHex(`dd0000ffff${'00'.repeat(65_535)}`)).toBe(null);
    expect(scanHex(`dd00010000${'00'.repeat(65_536)}`)).toBe('too many values');
  });
});

describe('refused', () => {
  test.each([
    ['nothing', '', 'a value is cut off'],
    ['a length that is cut off', 'dd0000', 'a value is cut off'],
    ['an array without its values', '9200', 'a length exceeds the bytes'],
    ['an array that lacks the last value', '92 9100', 'a value is cut off'],
    ['an array of 4 GiB', 'ddffffffff', 'a length exceeds the bytes'],
    ['a map of 4 GiB', 'dfffffffff', 'a length exceeds the bytes'],
    ['a map without its last value', '81a161', 'a value is cut off'],
    ['a string of 4 GiB', 'dbffffffff', 'a length exceeds the bytes'],
    ['a byte string of 2 GiB', 'c67fffffff', 'a length exceeds the bytes'],
    ['a string longer than the rest', 'a261', 'a length exceeds the bytes'],
    ['a number that is cut off', 'cb00000000000000', 'a length exceeds the bytes'],
    ['bytes after the value', '0000', 'bytes follow the value'],
    ['bytes after an array', '910000', 'bytes follow the value'],
    ['the reserved type', 'c1', 'a type is not allowed'],
    ['a long extension', 'c80001ff00', 'a type is not allowed'],
    ['a longer extension', 'c900000001ff00', 'a type is not allowed'],
    ['a number as key', '810000', 'a key is not a string'],
    ['a map as key', '818000', 'a key is not a string'],
    ['a number as second key', '82 a16100 0000', 'a key is not a string'],
    ['nil as key', '81c000', 'a key is not a string'],
    ['a timestamp of odd length', 'c703ff000000', 'an extension is not allowed'],
    ['undefined of odd length', 'd5000000', 'an extension is not allowed'],
    ['an extension that is cut off', 'c7', 'a value is cut off'],
    ['a timestamp that is cut off', 'd6ff0000', 'a length exceeds the bytes'],
  ])('%s', (_, hex, reason) => {
    expect(scanHex(hex)).toBe(reason);
  });

  test.each([0x42, 0x62, 0x65, 0x69, 0x70, 0x72, 0x73, 0x74, 0x78, 0x01, 0x7f, 0x80])(
    'the extension with code %i, which the decoder knows or could learn',
    (code) => {
      const digits = code.toString(16).padStart(2, '0');
      expect(scanHex(`d4${digits}00`)).toBe('an extension is not allowed');
      expect(scanHex(`d8${digits}${'00'.repeat(16)}`)).toBe('an extension is not allowed');
      expect(scanHex(`c701${digits}00`)).toBe('an extension is not allowed');
    },
  );
});
