import { describe, expect, it } from 'vitest';
import { Pings } from '../../src/node/calls.ts';
import { sessionPair } from './session-pair.ts';

function pings(maxPending = 10) {
  const pair = sessionPair();
  const all = new Pings(pair.a.clock, maxPending);
  const answers: (number | null)[] = [];
  const send = (timeoutMs = 100) => all.send(pair.a.session, timeoutMs, (ms) => answers.push(ms));
  return { ...pair, all, answers, send };
}

describe('pings', () => {
  it('measure the time to their own answer, once', () => {
    const { clock, a, b, all, answers, send } = pings();
    send();
    send();
    clock.advance(40);
    expect(b.messages).toEqual([
      { type: 'ping', nonce: 1 },
      { type: 'ping', nonce: 2 },
    ]);
    all.answered(a.session, 2);
    all.answered(a.session, 2);
    clock.advance(5);
    all.answered(a.session, 1);
    expect(answers).toEqual([40, 45]);
  });

  it('take no answer from another session', () => {
    const { all, b, answers, send } = pings();
    send();
    all.answered(b.session, 1);
    expect(answers).toEqual([]);
  });

  it('end with null at their time limit', () => {
    const { clock, answers, send } = pings();
    send(100);
    clock.advance(99);
    expect(answers).toEqual([]);
    clock.advance(1);
    expect(answers).toEqual([null]);
  });

  it('end with their session, and only with theirs', () => {
    const { a, b, all, answers, send } = pings();
    send();
    all.send(b.session, 100, () => answers.push(-1));
    all.drop(a.session);
    expect(answers).toEqual([null]);
  });

  it('leave no timer when dropped all at once', () => {
    const { a, all, answers, send } = pings();
    send();
    send();
    all.dropAll();
    expect(answers).toEqual([null, null]);
    expect(a.clock.pending).toBe(0);
  });

  it('are bounded, and a place is free after an answer', () => {
    const { a, all, send } = pings(2);
    expect([send(), send(), send()]).toEqual([true, true, false]);
    all.answered(a.session, 1);
    expect(send()).toBe(true);
  });

  it('may be sent from the end of another one', () => {
    const { a, all, answers } = pings(1);
    all.send(a.session, 100, () => {
      expect(all.send(a.session, 100, (ms) => answers.push(ms))).toBe(true);
    });
    all.answered(a.session, 1);
    all.answered(a.session, 2);
    expect(answers).toEqual([0]);
  });
});
