import { describe, expect, test } from 'vitest';
import { FRAME, frame } from '../../src/wire/frame.ts';
import { refused } from '../../src/wire/refusal.ts';
import {
  acceptor,
  dialer,
  flip,
  hex,
  isAgreed,
  keyPairOf,
  keysOf,
  OTHER_SECRET,
  opened,
  raw,
  run,
  SECRET,
} from './nodes.ts';

describe('two nodes with one secret', () => {
  // Computed by a separate program, from the description of the protocol.
  test('exchange these messages and keys, bit for bit', () => {
    const outcome = run(dialer(), acceptor());
    expect(outcome.frames.map(hex)).toEqual([
      '0000008301434d534801010100000005000764656661756c74d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1' +
        'd1d1d1d1d1d1d1d1d1d1d1d1d1d1d1a4e09292b651c278b9772c569f5fa9bb13d906b46ab68c9df9dc2b' +
        '4409f8a209000f614031302e302e302e313a3433363900000000000003e8111111111111111111111111' +
        '11111111000262400000',
      '0000008f02434d5348010100000005000764656661756c74acacacacacacacacacacacacacacacacacac' +
        'acacacacacacacacacacacacacacce8d3ad1ccb633ec7b70c17814a5c76ecd029685050d344745ba0587' +
        '0e587d59000f624031302e302e302e323a3433363900000000000003e822222222222222222222222222' +
        '222222000f614031302e302e302e313a343336390000',
      '0000002003d53d8daaf490990e0466ff2b5ad82652da97afdaaac9960b1a1a6c323cc07fe1',
      '0000002904000000000000000000bb307f4d36e17651b01947d00563073e304bb06c43b83b8ca28e17d2' +
        '15281f95',
    ]);
    const d2a = '11c1e62c29c6fa8b5e4fe0e673f945813b219830ffc9f964886e1b02afe73531';
    const a2d = 'd65b4a9109daa0470a35cea1adcbbbbde4b7213a43a965c2d238438ff434b14d';
    const agreed = { psk: SECRET, features: 5, wire: 1 };
    expect(keysOf(outcome.dialer)).toEqual({ send: raw(d2a), receive: raw(a2d), ...agreed });
    expect(keysOf(outcome.acceptor)).toEqual({ send: raw(a2d), receive: raw(d2a), ...agreed });
  });

  test('learn who the other one is, and what it wants', () => {
    const a = acceptor();
    const d = dialer({}, { expectedPeer: 'b@10.0.0.2:4369', probe: true, renew: true });
    const greeted = a.hello(...opened(d.hello()));
    expect(greeted).toMatchObject({
      ok: true,
      peer: { id: 'a@10.0.0.1:4369', uid: '1'.repeat(32), incarnation: 1_000 },
      expectedPeer: 'b@10.0.0.2:4369',
      probe: true,
      renew: true,
    });
    expect(greeted.send && d.challenged(...opened(greeted.send))).toEqual({
      ok: true,
      peer: { id: 'b@10.0.0.2:4369', uid: '2'.repeat(32), incarnation: 1_000 },
    });
  });

  test('know a plain greeting from a probe', () => {
    const greeted = acceptor().hello(...opened(dialer({}, { expectedPeer: '' }).hello()));
    expect(greeted).toMatchObject({ expectedPeer: '', probe: false, renew: false });
  });

  test('agree on the features both have', () => {
    const outcome = run(dialer({ features: 0x8000_0006 }), acceptor({ features: 0x8000_0003 }));
    expect(keysOf(outcome.dialer)?.features).toBe(0x8000_0002);
    expect(keysOf(outcome.acceptor)?.features).toBe(0x8000_0002);
  });

  test('agree on the newest version both speak', () => {
    const outcome = run(dialer({ wireMin: 1, wireMax: 3 }), acceptor({ wireMin: 2, wireMax: 5 }));
    expect(keysOf(outcome.dialer)?.wire).toBe(3);
    expect(isAgreed(outcome)).toBe(true);
  });

  test('have other keys in another handshake', () => {
    const nonce = new Uint8Array(32).fill(0xd2);
    const first = keysOf(run(dialer(), acceptor()).dialer);
    const second = keysOf(run(dialer({}, { nonce }), acceptor()).dialer);
    expect(second?.send).not.toEqual(first?.send);
  });
});

describe('a refusal that is proven', () => {
  test('tells its status and the incarnation known', () => {
    const [d, a] = [dialer(), acceptor()];
    const greeted = a.hello(...opened(d.hello()));
    d.challenged(...opened(greeted.send ?? raw('')));
    a.proved(...opened(d.prove()));
    const { send } = a.answer(3, 2_000);
    expect(d.accepted(...opened(send))).toMatchObject({
      ok: true,
      status: 3,
      knownIncarnation: 2_000,
    });
  });
});

describe('secrets', () => {
  test('a wrong one is refused, and both sides know why', () => {
    const outcome = run(dialer({ psks: [OTHER_SECRET] }), acceptor());
    expect(outcome).toMatchObject({ dialer: 'auth', acceptor: 'auth' });
    expect(hex(outcome.frames.at(-1))).toBe('000000010501');
  });

  test('the first signs, all are accepted', () => {
    const rotating = run(
      dialer({ psks: [OTHER_SECRET, SECRET] }),
      acceptor({ psks: [SECRET, OTHER_SECRET] }),
    );
    expect(isAgreed(rotating)).toBe(true);
    expect(keysOf(rotating.acceptor)?.psk).toBe(OTHER_SECRET);
    expect(keysOf(rotating.dialer)?.psk).toBe(OTHER_SECRET);
  });

  test('one that only accepts the new secret refuses the old', () => {
    const outcome = run(
      dialer({ psks: [SECRET, OTHER_SECRET] }),
      acceptor({ psks: [OTHER_SECRET] }),
    );
    expect(outcome).toMatchObject({ dialer: 'auth', acceptor: 'auth' });
  });

  test('without any, both sides agree on plain records', () => {
    const outcome = run(dialer({ psks: [] }), acceptor({ psks: [] }));
    const plain = { send: null, receive: null, psk: null, features: 5, wire: 1 };
    expect(outcome).toMatchObject({ dialer: plain, acceptor: plain });
  });

  test.each([
    ['dialer', [SECRET], []],
    ['acceptor', [], [SECRET]],
  ])('one on the %s alone is refused on both sides', (_, dialerPsks, acceptorPsks) => {
    const outcome = run(dialer({ psks: dialerPsks }), acceptor({ psks: acceptorPsks }));
    expect(outcome).toMatchObject({ dialer: 'auth', acceptor: 'auth' });
  });

  test('a dialer with a secret takes no plaintext, whoever offers it', () => {
    const d = dialer();
    const plain = dialer({ psks: [] });
    const greeted = acceptor({ psks: [] }).hello(...opened(plain.hello()));
    expect(d.challenged(...opened(greeted.send ?? raw('')))).toEqual({
      ok: false,
      failure: 'auth',
    });
  });

  test('a suite of a later release alone is a matter of version', () => {
    const [type, body] = opened(dialer().hello());
    const later = new Uint8Array(body);
    later[6] = 2;
    expect(acceptor().hello(type, later)).toMatchObject({ ok: false, failure: 'version' });
    later[6] = 3;
    expect(acceptor().hello(type, later).ok).toBe(true);
  });
});

describe('nodes that do not fit', () => {
  test('another cluster', () => {
    const outcome = run(dialer({ clusterName: 'staging' }), acceptor());
    expect(outcome).toMatchObject({ dialer: 'cluster_name', acceptor: 'cluster_name' });
  });

  test('another version, whatever its other fields are', () => {
    const outcome = run(dialer({ wireMin: 2, wireMax: 9 }), acceptor());
    expect(outcome).toMatchObject({ dialer: 'version', acceptor: 'version' });
    const odd = Buffer.from('CMSH\x02\x09whatever', 'latin1');
    expect(acceptor().hello(FRAME.hello, odd)).toMatchObject({ failure: 'version' });
  });

  test('an acceptor that chooses a version nobody offered', () => {
    const tamper = (bytes: Uint8Array, at: number) => (at === 1 ? flip(bytes, 9 * 8 + 1) : bytes);
    expect(run(dialer(), acceptor(), tamper).dialer).toBe('version');
  });

  test.each([
    [Uint8Array.of(1), Uint8Array.of(2)],
    [Uint8Array.of(1), null],
    [null, Uint8Array.of(2)],
  ])('different channels below, %j and %j: somebody sits in between', (mine, yours) => {
    const outcome = run(dialer({ channelBinding: mine }), acceptor({ channelBinding: yours }));
    expect(outcome).toMatchObject({ dialer: 'auth', acceptor: 'auth' });
  });

  test('the same channel below', () => {
    const channelBinding = new Uint8Array(32).fill(3);
    expect(isAgreed(run(dialer({ channelBinding }), acceptor({ channelBinding })))).toBe(true);
  });

  test('a certificate that is not accepted, as either side hears it', () => {
    const mistrust = [FRAME.reject, Uint8Array.of(8)] as const;
    const heard = { ok: false, failure: 'certificate' };
    expect(acceptor().hello(...mistrust)).toEqual({ ...heard, send: null });
    const a = acceptor();
    a.hello(...opened(dialer().hello()));
    expect(a.proved(...mistrust)).toEqual({ ...heard, send: null });
    expect(dialer().challenged(...mistrust)).toEqual(heard);
    expect(refused('certificate').send).toEqual(frame(...mistrust));
  });

  test('TLS on one side alone, as a dialer hears it', () => {
    const hint = [FRAME.reject, Uint8Array.of(9)] as const;
    expect(dialer().challenged(...hint)).toEqual({ ok: false, failure: 'plaintext' });
    expect(acceptor().hello(...hint)).toMatchObject({ failure: 'protocol' });
  });

  test('a key of small order', () => {
    const zero = { ...keyPairOf(1), publicKey: new Uint8Array(32) };
    const outcome = run(dialer({}, { keyPair: zero }), acceptor());
    expect(outcome).toMatchObject({ dialer: 'protocol', acceptor: 'protocol' });
    const answering = run(dialer(), acceptor({}, { keyPair: { ...zero } }));
    expect(answering.dialer).toBe('protocol');
  });
});

describe('out of turn', () => {
  test('nothing is proven before the greeting', () => {
    expect(acceptor().proved(FRAME.prove, new Uint8Array(32))).toMatchObject({
      failure: 'protocol',
    });
    expect(() => acceptor().answer(0, 0)).toThrow('nobody has proven anything yet');
  });

  test('nothing is accepted before the challenge', () => {
    expect(dialer().accepted(FRAME.accept, new Uint8Array(41))).toEqual({
      ok: false,
      failure: 'protocol',
    });
    expect(() => dialer().prove()).toThrow('there is no challenge to answer');
  });

  test('a hint that is not known is a protocol error', () => {
    const reject = (body: Uint8Array) => dialer().challenged(...opened(frame(FRAME.reject, body)));
    expect(reject(raw('05'))).toEqual({ ok: false, failure: 'busy' });
    expect(reject(raw('63'))).toEqual({ ok: false, failure: 'protocol' });
    expect(reject(raw(''))).toEqual({ ok: false, failure: 'protocol' });
    expect(reject(raw('0101'))).toEqual({ ok: false, failure: 'protocol' });
  });
});
