import { describe, expect, it } from 'vitest';
import { FRAME } from '../../src/wire/frame.ts';
import { Sealer } from '../../src/wire/record.ts';
import { A, B, KEYS, sessionPair } from './session-pair.ts';

const ping = (nonce: number) => ({ type: 'ping', nonce }) as const;

describe('a session', () => {
  it('joins the messages of a turn into one record, in order', () => {
    const { clock, a, b } = sessionPair();
    for (const nonce of [1, 2, 3]) a.session.send(ping(nonce));
    expect(a.counters.get('records.out')).toBe(0);
    clock.advance(5);
    expect(b.messages).toEqual([ping(1), ping(2), ping(3)]);
    expect(a.counters.get('records.out')).toBe(1);
    expect(b.counters.get('records.in')).toBe(1);
  });

  it('is confirmed once, by the first record, before its messages', () => {
    const { clock, a, b } = sessionPair();
    a.session.send(ping(1));
    clock.advance(5);
    a.session.send(ping(2));
    b.session.send(ping(3));
    clock.advance(5);
    expect(b.log).toEqual(['confirmed', 'ping', 'ping']);
    // The dialer has had its proof in the handshake.
    expect(a.log).toEqual(['ping']);
  });

  it('splits what is too much for one record', () => {
    const { clock, a, b } = sessionPair();
    const nonces = Array.from({ length: 20_000 }, (_, index) => index);
    for (const nonce of nonces) a.session.send(ping(nonce));
    clock.advance(5);
    expect(b.messages).toEqual(nonces.map(ping));
    expect(a.counters.get('records.out')).toBeGreaterThan(1);
    expect(b.ends).toEqual([]);
  });

  it('notes each sign of life, and forgets the credit', () => {
    const { clock, a, b } = sessionPair();
    clock.advance(500);
    b.session.paused(100);
    expect(b.session.hearing.silenceMs(clock.now())).toBe(400);
    a.session.send(ping(1));
    clock.advance(1);
    expect(b.session.hearing.silenceMs(clock.now())).toBe(0);
    clock.advance(500);
    expect(b.session.hearing.silenceMs(clock.now())).toBe(500);
  });

  it('changes its keys when they are old, without losing a message', () => {
    const { clock, a, b } = sessionPair({ rekeyIntervalMs: 1_000 });
    for (let nonce = 0; nonce < 5; nonce += 1) {
      a.session.send(ping(nonce));
      b.session.send(ping(nonce));
      clock.advance(1_000);
    }
    expect(b.messages).toEqual([0, 1, 2, 3, 4].map(ping));
    expect(a.messages).toHaveLength(5);
    // Five messages and a change of keys before each but the first.
    expect(b.counters.get('records.in')).toBe(9);
  });

  it('changes its keys after so many records', () => {
    const { clock, a, b } = sessionPair({ recordsPerKey: 2 });
    for (let nonce = 0; nonce < 6; nonce += 1) {
      a.session.send(ping(nonce));
      clock.advance(2);
    }
    expect(b.messages).toEqual([0, 1, 2, 3, 4, 5].map(ping));
    expect(b.counters.get('records.in')).toBeGreaterThan(6);
  });

  it.each([
    ['forged', Uint8Array.of(0, 0, 0, 40, 16, ...new Uint8Array(40))],
    ['of no known type', Uint8Array.of(0, 0, 0, 1, 99, 0)],
    ['too long', Uint8Array.of(255, 255, 255, 255, 16)],
    ['of another time', Uint8Array.of(0, 0, 0, 1, 1, 0)],
  ])('ends as tampered by a record that is %s', (_, bytes) => {
    const { clock, a, b } = sessionPair();
    a.link.write(bytes);
    a.session.send(ping(1));
    clock.advance(5);
    expect(b.ends).toEqual(['tampered']);
    expect(b.messages).toEqual([]);
    expect(b.session.isOpen).toBe(false);
    expect(a.ends).toEqual(['closed']);
  });

  it.each([
    [0, ['tampered']],
    [1, ['tampered']],
    [65_535, ['tampered']],
    [65_536, []],
  ])('takes a part of %d bytes only if it could not be larger', (bytes, ends) => {
    const { clock, a, b } = sessionPair();
    a.session.send(ping(1));
    clock.advance(5);
    const sealer = new Sealer(KEYS.outward);
    // That was the ping.
    sealer.seal(FRAME.control, new Uint8Array(0));
    a.link.write(sealer.seal(FRAME.part, new Uint8Array(bytes)));
    clock.advance(5);
    expect(b.messages).toEqual([ping(1)]);
    expect(b.ends).toEqual(ends);
  });

  it('ends once when the network takes the link away', () => {
    const { clock, network, a, b } = sessionPair();
    network.crash(B);
    clock.advance(5);
    expect(a.ends).toEqual(['closed']);
    expect(b.ends).toEqual([]);
    a.session.send(ping(1));
    clock.advance(5);
    expect(a.ends).toEqual(['closed']);
  });

  it('closed here sends its last words and is silent to its owner', () => {
    const { clock, a, b } = sessionPair();
    a.session.send(ping(1));
    a.session.close();
    a.session.close();
    a.session.send(ping(2));
    clock.advance(5);
    expect(b.messages).toEqual([ping(1)]);
    expect([a.ends, b.ends]).toEqual([[], ['closed']]);
  });

  it('cut here loses what was queued', () => {
    const { clock, a, b } = sessionPair();
    a.session.send(ping(1));
    a.session.cut();
    clock.advance(5);
    expect(b.messages).toEqual([]);
    expect([a.ends, b.ends]).toEqual([[], ['closed']]);
  });

  it('delivers nothing more once its owner has closed it, even from the same record', () => {
    const { clock, a, b } = sessionPair();
    b.react = () => b.session.close();
    a.session.send(ping(1));
    a.session.send(ping(2));
    clock.advance(5);
    expect(b.messages).toEqual([ping(1)]);
  });

  it('counts how long a peer takes nothing, and gives up on too much', () => {
    const { clock, network, a } = sessionPair({ maxControlQueueBytes: 1_000 });
    network.cut(A, B);
    const startedAt = clock.now();
    a.session.send(ping(1));
    clock.advance(300);
    expect(a.session.stalledMs(startedAt)).toBe(0);
    for (let nonce = 0; nonce < 100_000 && a.session.isOpen; nonce += 1) {
      a.session.send(ping(nonce));
      clock.settle();
    }
    expect(a.ends).toEqual(['stalled']);
  });
});
