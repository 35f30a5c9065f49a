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

describe('what the other side could send only on purpose', () => {
  const withHex = (bytes: Uint8Array, from: string, to: string): [number, Uint8Array] =>
    opened(raw(Buffer.from(bytes).toString('hex').replace(from, to)));
  const answering = (from: string, to: string) => {
    const d = dialer();
    const greeted = acceptor().hello(...opened(d.hello()));
    return d.challenged(...withHex(greeted.send ?? raw(''), from, to));
  };

  test.each([
    ['another cluster', '000764656661756c74', '000764656661756c75', 'cluster_name'],
    ['somebody else as its dialer', '614031302e302e302e31', '614031302e302e302e33', 'protocol'],
    ['a feature nobody offered', '00000005', '00000007', 'protocol'],
    ['a version too old', '434d534801', '434d534800', 'version'],
    ['another suite', '434d53480101', '434d53480102', 'auth'],
  ])('a challenge that names %s', (_, from, to, failure) => {
    expect(answering(from, to)).toEqual({ ok: false, failure });
  });

  test.each([
    ['a wanted peer without @', '00026240', '00026262'],
    ['a cluster name that is no UTF-8', '000764656661756c74', '0007ff656661756c74'],
  ])('a greeting with %s', (_, from, to) => {
    const greeted = acceptor().hello(...withHex(dialer().hello(), from, to));
    expect(greeted).toMatchObject({ ok: false, failure: 'protocol' });
  });

  test('a known incarnation that is no safe integer', () => {
    const [d, a] = [dialer(), acceptor()];
    const greeted = a.hello(...opened(d.hello()));
    d.challenged(...opened(greeted.send ?? raw('')));
    a.proved(...opened(d.prove()));
    const { send } = a.answer(3, 2 ** 53);
    expect(d.accepted(...opened(send))).toEqual({ ok: false, failure: 'protocol' });
  });
});
