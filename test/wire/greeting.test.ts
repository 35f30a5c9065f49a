import { describe, expect, test } from 'vitest';
import { FRAME } from '../../src/wire/frame.ts';
import { acceptor, configOf, dialer, isAgreed, opened, raw, run } from './nodes.ts';

describe('bytes that are no greeting', () => {
  test.each([
    ['another type', FRAME.prove, Buffer.from('CMSH')],
    ['another magic', FRAME.hello, Buffer.from(`CMSX${'\x01'.repeat(200)}`, 'latin1')],
    ['nothing', FRAME.hello, raw('')],
  ])('get no answer: %s', (_, type, body) => {
    expect(acceptor().hello(type, body)).toEqual({ ok: false, failure: 'protocol', send: null });
  });

  test('are refused at every length', () => {
    const [type, body] = opened(dialer().hello());
    for (let length = 0; length < body.length; length += 1) {
      expect(acceptor().hello(type, body.subarray(0, length)).ok).toBe(false);
    }
    expect(acceptor().hello(type, Buffer.concat([body, raw('00')])).ok).toBe(false);
  });

  test.each([
    ['an id without @', { id: 'a10.0.0.1:4369' }],
    ['an id with a line break', { id: 'a@10.0.0.1\n:4369' }],
    ['an id beyond ASCII', { id: 'á@10.0.0.1:4369' }],
    ['an id too long', { id: `a@${'h'.repeat(324)}:4369` }],
  ])('are refused: %s', (_, change) => {
    const self = { ...configOf('a').self, ...change };
    expect(run(dialer({ self }), acceptor())).toMatchObject({
      dialer: 'protocol',
      acceptor: 'protocol',
    });
  });

  test('the longest id passes', () => {
    const self = { ...configOf('a').self, id: `a@${'h'.repeat(323)}:4369` };
    expect(isAgreed(run(dialer({ self }), acceptor()))).toBe(true);
  });

  test('an incarnation that is no safe integer is refused', () => {
    const greeting = Buffer.from(dialer().hello());
    const at = greeting.indexOf(Buffer.from('00000000000003e8', 'hex'));
    greeting.write('0020000000000000', at, 'hex');
    expect(acceptor().hello(...opened(greeting))).toMatchObject({ failure: 'protocol' });
    greeting.write('001fffffffffffff', at, 'hex');
    expect(acceptor().hello(...opened(greeting))).toMatchObject({
      peer: { incarnation: 9_007_199_254_740_991 },
    });
  });
});

describe('extensions', () => {
  const withExt = (ext: string): [number, Uint8Array] => {
    const [type, body] = opened(dialer().hello());
    return [type, Buffer.concat([body.subarray(0, -2), raw(ext)])];
  };

  test('that are not known are skipped', () => {
    expect(acceptor().hello(...withExt('0007' + 'f003010203' + '0100'))).toMatchObject({
      ok: true,
      probe: true,
    });
  });

  test.each([
    ['cut off in its value', '0003f00501'],
    ['cut off after its tag', '0001f0'],
    ['that comes twice', '000401000100'],
    ['longer than 256 bytes', `0101${'f0ff'}${'00'.repeat(255)}`],
  ])('%s are refused', (_, ext) => {
    expect(acceptor().hello(...withExt(ext))).toMatchObject({ ok: false, failure: 'protocol' });
  });
});
