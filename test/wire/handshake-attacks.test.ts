import { describe, expect, test } from 'vitest';
import { FRAME } from '../../src/wire/frame.ts';
import { acceptor, configOf, dialer, flip, isAgreed, keysOf, opened, raw, run } from './nodes.ts';

describe('whatever bit is flipped on the way', () => {
  test.each([
    ['H1', 0],
    ['H2', 1],
    ['H3', 2],
    ['H4', 3],
  ])('%s is refused by somebody', (_, message) => {
    const bits = (run(dialer(), acceptor()).frames[message]?.length ?? 0) * 8;
    expect(bits).toBeGreaterThan(250);
    const passed: number[] = [];
    // The four bytes of the length are the frame reader's to judge.
    for (let bit = 32; bit < bits; bit += 1) {
      const tamper = (bytes: Uint8Array, at: number) => (at === message ? flip(bytes, bit) : bytes);
      const outcome = run(dialer(), acceptor(), tamper);
      if (isAgreed(outcome) || keysOf(outcome.dialer)) passed.push(bit);
    }
    expect(passed).toEqual([]);
  });

  test.each([
    ['H1', 0],
    ['H2', 1],
  ])('%s is refused by somebody without a secret too', (_, message) => {
    const none = { psks: [] };
    const bits = (run(dialer(none), acceptor(none)).frames[message]?.length ?? 0) * 8;
    // Every third: without a secret all fields are read by the same code as with one.
    for (let bit = 32; bit < bits; bit += 3) {
      const tamper = (bytes: Uint8Array, at: number) => (at === message ? flip(bytes, bit) : bytes);
      expect(keysOf(run(dialer(none), acceptor(none), tamper).dialer)).toBe(null);
    }
  });
});

describe('recorded messages', () => {
  const recorded = run(dialer(), acceptor()).frames.map((bytes) => opened(bytes));
  const [h1, h2, h3, h4] = recorded;
  const nothing: [number, Uint8Array] = [0, raw('')];

  test('H1 and H3 open no second session', () => {
    const a = acceptor({}, { nonce: new Uint8Array(32).fill(0xad) });
    expect(a.hello(...(h1 ?? nothing)).ok).toBe(true);
    expect(a.proved(...(h3 ?? nothing))).toMatchObject({ ok: false, failure: 'auth' });
  });

  test('H1 and H3 open no session with another node', () => {
    const self = { id: 'c@10.0.0.3:4369', uid: '3'.repeat(32), incarnation: 1_000 };
    const a = acceptor({ self });
    a.hello(...(h1 ?? nothing));
    expect(a.proved(...(h3 ?? nothing))).toMatchObject({ ok: false, failure: 'auth' });
  });

  test('H2 and H4 convince no second dialer', () => {
    const d = dialer({}, { nonce: new Uint8Array(32).fill(0xd2) });
    expect(d.challenged(...(h2 ?? nothing)).ok).toBe(true);
    d.prove();
    expect(d.accepted(...(h4 ?? nothing))).toEqual({ ok: false, failure: 'auth' });
  });

  test('a proof is taken once', () => {
    const a = acceptor();
    a.hello(...(h1 ?? nothing));
    expect(a.proved(...(h3 ?? nothing)).ok).toBe(true);
    expect(a.proved(...(h3 ?? nothing))).toMatchObject({ ok: false, failure: 'protocol' });
  });
});

describe('reflection', () => {
  test('a node that meets its own greeting says so', () => {
    const config = configOf('a');
    const outcome = run(dialer(config), acceptor(config));
    expect(outcome).toMatchObject({ dialer: 'self', acceptor: 'self' });
  });

  test('a dialer that meets its own life says so', () => {
    const other = acceptor({ self: { ...configOf('b').self, uid: '9'.repeat(32) } });
    const d = dialer({ self: { ...configOf('a').self, uid: '1'.repeat(32) } });
    const greeted = other.hello(...opened(d.hello()));
    const [type, body] = opened(greeted.send ?? raw(''));
    const text = Buffer.from(body).toString('hex').replace('9'.repeat(32), '1'.repeat(32));
    expect(d.challenged(type, raw(text))).toEqual({ ok: false, failure: 'self' });
  });

  test("the dialer's messages do not answer the dialer", () => {
    const d = dialer();
    expect(d.challenged(...opened(d.hello()))).toEqual({ ok: false, failure: 'protocol' });
    const again = dialer();
    const greeted = acceptor().hello(...opened(again.hello()));
    again.challenged(...opened(greeted.send ?? raw('')));
    const [, proof] = opened(again.prove());
    const body = Buffer.concat([new Uint8Array(9), proof]);
    expect(again.accepted(FRAME.accept, body)).toEqual({ ok: false, failure: 'auth' });
  });
});
