import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode, encode } from '../../src/wire/codec.ts';
import type { Foreign } from '../../src/wire/foreign.ts';
import { payloadFault } from '../../src/wire/payload-fault.ts';
import { MalformedError, Reader } from '../../src/wire/reader.ts';
import { Writer } from '../../src/wire/writer.ts';

class Badge {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

const foreign: Foreign = {
  toParts: (value) => (value instanceof Badge ? [value.number] : null),
  fromParts: ([number]) => (typeof number === 'number' ? new Badge(number) : undefined),
};

const reader = new Reader(foreign);

function written(value: unknown): Uint8Array {
  const writer = new Writer(foreign);
  writer.begin(0);
  writer.payload(value);
  return writer.finish(0);
}

function read(bytes: Uint8Array): unknown {
  reader.begin(bytes);
  const value = reader.value();
  expect(reader.isAtEnd).toBe(true);
  return value;
}

/** Over the wire and back. */
function carried(value: unknown): unknown {
  return read(written(value));
}

function isRefused(value: unknown): boolean {
  try {
    written(value);
    return false;
  } catch {
    return true;
  }
}

function faultOf(value: unknown): string {
  expect(isRefused(value)).toBe(true);
  const { path, reason } = payloadFault(value, foreign);
  return `${path} ${reason}`;
}

describe('arrives as it was', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['texts', ['', 'a', 'ž', '😀', 'x'.repeat(300)]],
    ['numbers', [0, -1, 1.5, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER, 1e300]],
    ['numbers that are none', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ['undefined in objects and lists', { a: undefined, b: [undefined, 1] }],
    ['dates', [new Date(0), new Date(1_700_000_000_123), new Date(-1), new Date(8.64e15)]],
    ['byte strings', new Uint8Array([0, 1, 255])],
    ['BigInts', [5n, -5n, 2n ** 62n, 2n ** 63n, -(2n ** 64n), 10n ** 40n]],
    [
      'maps',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 2 }, new Map([[1n, 'x']])],
      ]),
    ],
    ['sets', new Set([1, 'a', [2]])],
    ['what the caller knows', { badge: new Badge(7), list: [new Badge(8)] }],
    ['an object that looks wrapped', { '\u0000': ['m', 1, 2], other: new Set([1]) }],
  ])('%s', (_, value) => {
    expect(carried(value)).toEqual(value);
  });

  test('a date that is none', () => {
    expect(carried([new Date(Number.NaN)])).toEqual([new Date(Number.NaN)]);
  });

  test('an error, with its name, code and cause, and without its stack', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'E_INNER' });
    const error = carried(Object.assign(new RangeError('outer', { cause }), { code: 7 }));
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'RangeError', message: 'outer', code: 7 });
    expect(error).toMatchObject({
      cause: { name: 'TypeError', message: 'inner', code: 'E_INNER' },
    });
  });

  test('an error has its cause however deep in the message it stands', () => {
    let message: unknown = new Error('outer', { cause: new Error('inner') });
    for (let i = 0; i < 20; i += 1) message = [message];
    let arrived = carried(message);
    while (Array.isArray(arrived)) [arrived] = arrived;
    expect(arrived).toMatchObject({ message: 'outer', cause: { message: 'inner' } });
  });

  test('of a chain of causes the first eight', () => {
    let error = new Error('last');
    for (let i = 9; i >= 0; i -= 1) error = new Error(`cause ${i}`, { cause: error });
    const texts: string[] = [];
    let arrived = carried(error);
    for (; arrived instanceof Error; arrived = arrived.cause) texts.push(arrived.message);
    expect(texts.at(-1)).toBe('cause 8');
    expect(texts).toHaveLength(9);
  });

  test('an error that is its own cause, to its eighth cause', () => {
    const error = new Error('again');
    error.cause = error;
    expect(carried(error)).toMatchObject({ cause: { cause: { message: 'again' } } });
  });

  test('32,500 numbers that need more than 64 bits', () => {
    const list = new Array(32_500).fill(2n ** 64n);
    expect(carried(list)).toEqual(list);
    expect(faultOf([...list, 2n ** 64n])).toBe(' holds more than 65000 values');
  });

  test('60 levels of objects', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 60; i += 1) deep = { deep };
    expect(carried(deep)).toEqual(deep);
  });

  test('JSON data and special values of every kind', () => {
    const key = fc.string({ unit: 'grapheme' }).filter((text) => text !== '__proto__');
    const { tree } = fc.letrec((tie) => ({
      leaf: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.double().map((number) => number + 0),
        fc.integer(),
        fc.boolean(),
        fc.constantFrom(null, undefined),
        fc.bigInt(),
        fc.date({ noInvalidDate: false }),
        fc.uint8Array(),
        fc.nat().map((number) => new Badge(number)),
      ),
      tree: fc.oneof(
        { maxDepth: 4 },
        tie('leaf'),
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(key, tie('tree'), { maxKeys: 5, noNullPrototype: true }),
        fc
          .array(fc.tuple(tie('leaf'), tie('tree')), { maxLength: 4 })
          .map((pairs) => new Map(pairs)),
        fc.array(tie('tree'), { maxLength: 4 }).map((items) => new Set(items)),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        expect(carried(value)).toEqual(value);
      }),
      { numRuns: 500 },
    );
  });
});

test('-0 arrives as 0', () => {
  expect(carried([-0])).toEqual([0]);
});

test('a value that is referenced twice arrives twice', () => {
  const shared = { a: 1 };
  const [first, second] = carried([shared, shared]) as readonly unknown[];
  expect([first, second]).toEqual([{ a: 1 }, { a: 1 }]);
  expect(first).not.toBe(second);
});

test('a message is left as it was', () => {
  const special = { keep: { a: 1 }, set: new Set([1]), '\u0000': [1] };
  written(special);
  expect(special).toEqual({ keep: { a: 1 }, set: new Set([1]), '\u0000': [1] });
});

describe('is refused, with the place', () => {
  const circle: Record<string, unknown> = { a: { b: [] } };
  circle.again = circle;
  let deep: unknown = 1;
  for (let i = 0; i < 70; i += 1) deep = [deep];

  test.each([
    ['a function', { on: { click: () => 1 } }, 'on.click is a function'],
    ['a symbol', [1, Symbol('x')], '[1] is a symbol'],
    [
      'an instance of a class',
      { list: [{}, new URL('http://a')] },
      'list[1] is an instance of URL',
    ],
    ['a regular expression', /x/, ' is an instance of RegExp'],
    ['a promise', { later: Promise.resolve() }, 'later is an instance of Promise'],
    ['a cycle', circle, 'again leads back to itself'],
    ['in a map', { m: new Map([['k', () => 1]]) }, 'm.get("k") is a function'],
    ['in a set', { s: new Set([() => 1]) }, 's.values()[0] is a function'],
    ['as a cause', new Error('x', { cause: () => 1 }), 'cause is a function'],
    ['a key that is no word', { 'a b': Symbol('x') }, '["a b"] is a symbol'],
    [
      'half of a surrogate pair',
      { text: 'a\ud800' },
      'text is a text with half of a surrogate pair',
    ],
    [
      'half of a surrogate pair in a key',
      { a: { '\ud800': 1 } },
      'a has a key with half of a surrogate pair',
    ],
    [
      'half of a surrogate pair in the text of an error',
      { a: new Error('\ud800') },
      'a.message is a text with half of a surrogate pair',
    ],
    ['__proto__', JSON.parse('{"a":{"__proto__":1}}'), 'a has a key named __proto__'],
    ['too many values', new Array(65_001).fill(0), ' holds more than 65000 values'],
    ['too many keys', keyed(32_501), ' holds more than 65000 values'],
    [
      'the last of as many as may be',
      [...new Array(64_999).fill(0), Symbol('x')],
      '[64999] is a symbol',
    ],
  ])('%s', (_, value, fault) => {
    expect(faultOf(value)).toBe(fault);
  });

  test('what lies too deep', () => {
    expect(faultOf(deep)).toMatch(/^(\[0\]){62} lies more than 62 levels deep$/);
  });

  test('a graph of shared values that unfolds without end', () => {
    let graph: unknown = 1;
    for (let i = 0; i < 50; i += 1) graph = [graph, graph];
    expect(faultOf(graph)).toBe(' holds more than 65000 values');
  });
});

// Each item of them would have a path of its own.
test.each([
  ['a list', new Array(3_000_000).fill(0)],
  ['a list in an object', { list: new Array(3_000_000).fill(0) }],
  ['a set', new Set(new Array(1_000_000).keys())],
  ['a map', new Map([...new Array(1_000_000).keys()].map((key) => [key, key]))],
])('what is wrong with %s of millions is found without a look at all of it', (_, value) => {
  const begun = performance.now();
  expect(faultOf(value)).toBe(' holds more than 65000 values');
  expect(performance.now() - begun).toBeLessThan(300);
});

describe('as MessagePack', () => {
  test('plain values are written so that others can read them, and the other way round', () => {
    const json = fc.jsonValue().filter((value) => !JSON.stringify(value).includes('"__proto__"'));
    const number = fc.oneof(fc.double({ noNaN: true }), fc.integer());
    fc.assert(
      fc.property(fc.tuple(json, number), (value) => {
        // Both write -0 as 0.
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(decode(written(plain))).toEqual({ ok: true, value: plain });
        expect(read(encode(plain))).toEqual(plain);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['small numbers', [0, 127, -1, -32], '94007fffe0'],
    ['bytes', [128, 255, -33, -128], '94cc80ccffd0dfd080'],
    ['two bytes', [256, 65_535, -129, -32_768], '94cd0100cdffffd1ff7fd18000'],
    ['four bytes', [65_536, 2 ** 32 - 1, -(2 ** 31)], '93ce00010000ceffffffffd280000000'],
    ['doubles', [2 ** 32, 0.5], '92cb41f0000000000000cb3fe0000000000000'],
    ['texts', ['a', 'é'], '92a161a2c3a9'],
    ['an object', { a: null, b: true }, '82a161c0a162c3'],
    ['an object of 16 keys', keyed(16), `df00000010${[...keyedHex(16)].join('')}`],
    ['byte strings', new Uint8Array([1, 2]), 'c4020102'],
    ['undefined', undefined, 'd40000'],
    ['a date', new Date(1_500), 'c70cff1dcd65000000000000000001'],
    ['a map', new Map([['a', 1]]), 'c90000000301a16101'],
    ['a set', new Set([1, 2]), 'c900000002020102'],
    ['a BigInt', 5n, 'd30000000000000005'],
  ])('%s have these bytes', (_, value, hex) => {
    expect(Buffer.from(written(value)).toString('hex')).toBe(hex);
  });
});

function keyed(keys: number): Record<string, number> {
  return Object.fromEntries(
    Array.from({ length: keys }, (_, i) => [String.fromCharCode(97 + i), i]),
  );
}

function* keyedHex(keys: number) {
  for (let i = 0; i < keys; i += 1)
    yield `a1${(97 + i).toString(16)}${i.toString(16).padStart(2, '0')}`;
}

test('texts, lists and byte strings of every size arrive', () => {
  for (const size of [23, 24, 25, 31, 32, 47, 48, 49, 255, 256, 65_535, 65_536]) {
    expect(carried('x'.repeat(size))).toBe('x'.repeat(size));
    expect(carried('ž'.repeat(size))).toBe('ž'.repeat(size));
    expect(carried(new Uint8Array(size).fill(1))).toEqual(new Uint8Array(size).fill(1));
  }
  for (const size of [15, 16, 17, 65_000])
    expect(carried(new Array(size).fill(1))).toHaveLength(size);
  for (const size of [15, 16, 17, 26]) expect(carried(keyed(size))).toEqual(keyed(size));
});

describe('bytes of a stranger are refused', () => {
  test.each([
    ['nothing', '', 'a value is cut off'],
    ['a text that is cut off', 'a261', 'a length exceeds the bytes'],
    ['a number that is cut off', 'cb00', 'a length exceeds the bytes'],
    ['a list of 4 GiB', 'ddffffffff', 'a length exceeds the bytes'],
    ['a map of 4 GiB', 'dfffffffff', 'a length exceeds the bytes'],
    ['a text of 4 GiB', 'dbffffffff', 'a length exceeds the bytes'],
    ['a byte string of 4 GiB', 'c6ffffffff', 'a length exceeds the bytes'],
    ['an extension of 4 GiB', 'c9ffffffff0101', 'a length exceeds the bytes'],
    ['a key that is no text', '810101', 'a key is not a string'],
    ['a key that is not allowed', '81a95f5f70726f746f5f5f01', 'a key is not allowed'],
    ['the reserved type', 'c1', 'a type is not allowed'],
    ['an extension of nobody', 'd46300', 'an extension is not allowed'],
    ['a timestamp of another form', 'd4ff00', 'an extension is not allowed'],
    ['65 levels of lists', `${'91'.repeat(65)}00`, 'too deep'],
    ['65 levels of maps', `${'81a161'.repeat(65)}00`, 'too deep'],
    ['a map with an odd number of parts', 'c9000000010100', 'a map has a key without a value'],
    ['an extension whose parts exceed it', 'c900000001029100', 'an extension has another length'],
    ['a BigInt of letters', 'c90000000404a378797a', 'a BigInt is none'],
    ['a reference that is none', 'c90000000205a178', 'a reference is none'],
  ])('%s', (_, hex, reason) => {
    reader.begin(Buffer.from(hex, 'hex'));
    const fault = faultOfReading();
    expect(fault).toBeInstanceOf(MalformedError);
    expect(String(fault)).toContain(reason);
  });

  test('65,536 values, and no more', () => {
    reader.begin(Buffer.from(`dd0000ffff${'00'.repeat(65_535)}`, 'hex'));
    expect(reader.value()).toHaveLength(65_535);
    reader.begin(Buffer.from(`dd00010000${'00'.repeat(65_536)}`, 'hex'));
    expect(String(faultOfReading())).toContain('too many values');
  });

  test('lists that claim more together than a record may hold, before there is room for them', () => {
    const bytes = Buffer.alloc(1_048_576, 0xc0);
    let at = 0;
    for (let depth = 0; depth < 63; depth += 1) {
      bytes[at] = 0xdd;
      bytes.writeUInt32BE(60_000, at + 1);
      at += 5;
    }
    reader.begin(bytes);
    const before = process.memoryUsage().rss;
    expect(String(faultOfReading())).toContain('too many values');
    expect(process.memoryUsage().rss - before).toBeLessThan(10_000_000);
  });

  test('whatever they are: a value, or MalformedError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        reader.begin(bytes);
        const fault = faultOfReading();
        expect(fault === null || fault instanceof MalformedError).toBe(true);
      }),
      { numRuns: 5_000 },
    );
  });

  test('with one bit changed: a value, or MalformedError', () => {
    const bytes = written([
      { a: [1, 'x', new Map([[1, new Set([2n])]])] },
      new Error('x'),
      2n ** 70n,
    ]);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Uint8Array.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      reader.begin(changed);
      const fault = faultOfReading();
      expect(fault === null || fault instanceof MalformedError).toBe(true);
    }
  });
});

function faultOfReading(): unknown {
  try {
    do reader.value();
    while (!reader.isAtEnd);
    return null;
  } catch (error) {
    return error;
  }
}
