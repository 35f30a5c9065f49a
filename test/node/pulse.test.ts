import { describe, expect, it } from 'vitest';
import { Pulse } from '../../src/node/pulse.ts';
import type { Session } from '../../src/node/session.ts';
import { A, B, sessionPair } from './session-pair.ts';

const BEAT_MS = 1_000;
const T = 3_000;

/** The pulse of `a`; what it says comes with the silence at that moment. */
function pulse(phase = 0) {
  const pair = sessionPair();
  const { session } = pair.a;
  const seen: [string, number][] = [];
  const beats: number[] = [];
  const lags: number[] = [];
  const scores: number[] = [];
  const sweeps: number[] = [];
  const zero = pair.clock.now();
  const note = (what: string) => (about: Session) => {
    seen.push([what, pair.clock.now() - about.hearing.lastHeardAt]);
  };
  const all = new Pulse({ heartbeatIntervalMs: BEAT_MS, silenceLimitMs: T, phase }, pair.a.clock, {
    sessions: () => (session.isOpen ? [session] : []),
    beat: () => beats.push(pair.clock.now() - zero),
    suspect: note('suspect'),
    fresh: note('fresh'),
    doubtful: note('doubtful'),
    silent: (about) => {
      note('silent')(about);
      about.cut();
    },
    stalled: (about) => {
      note('stalled')(about);
      about.cut();
    },
    late: (lagMs) => lags.push(lagMs),
    healthChanged: (score) => scores.push(score),
    swept: (now) => sweeps.push(now - zero),
  });
  all.start();
  const hear = () => {
    pair.b.session.send({ type: 'ping', nonce: 1 });
    pair.clock.advance(1);
  };
  return { ...pair, all, session, seen, beats, lags, scores, sweeps, hear };
}

describe('the pulse', () => {
  it.each([0, 0.5, 0.99])('beats once per interval, to the millisecond (phase %d)', (phase) => {
    const { clock, hear, beats } = pulse(phase);
    for (let second = 0; second < 5; second += 1) {
      clock.advance(999);
      hear();
    }
    clock.advance(10);
    expect(beats).toHaveLength(5);
    beats.forEach((atMs, index) => {
      expect(atMs).toBeGreaterThanOrEqual((index + 1) * BEAT_MS);
      expect(atMs).toBeLessThanOrEqual((index + 1) * BEAT_MS + 1);
    });
  });

  it.each([0, 0.3, 0.7])(
    'suspects after 1.2 beats and calls silence over at T (phase %d)',
    (phase) => {
      const { clock, hear, seen } = pulse(phase);
      clock.advance(437);
      hear();
      clock.advance(T + 400);
      expect(seen.map(([what]) => what)).toEqual(['suspect', 'doubtful', 'silent']);
      const [suspectMs, doubtfulMs, silentMs] = seen.map(([, silenceMs]) => silenceMs);
      expect(suspectMs).toBeGreaterThanOrEqual(1_200);
      expect(suspectMs).toBeLessThanOrEqual(1_300);
      // The last third of the time is left to ask others.
      expect(doubtfulMs).toBeGreaterThanOrEqual(2_000);
      expect(doubtfulMs).toBeLessThanOrEqual(2_100);
      expect(silentMs).toBeGreaterThanOrEqual(T);
      expect(silentMs).toBeLessThanOrEqual(T + 1);
    },
  );

  it('takes a suspicion back at the first sign of life', () => {
    const { clock, hear, seen } = pulse();
    clock.advance(1_500);
    hear();
    clock.advance(200);
    expect(seen.map(([what]) => what)).toEqual(['suspect', 'fresh']);
  });

  it('never judges a pause of its own: what was waiting is heard first', () => {
    const { clock, a, b, session, seen, lags } = pulse();
    clock.advance(500);
    a.clock.freeze();
    clock.advance(5_000);
    b.session.send({ type: 'ping', nonce: 1 });
    clock.advance(5_000);
    a.clock.thaw();
    clock.advance(50);
    expect(seen).toEqual([]);
    expect(lags).toHaveLength(1);
    expect(lags[0]).toBeGreaterThan(9_800);
    expect(session.isOpen).toBe(true);
  });

  it('hears first what came while other code kept the process busy before the look', () => {
    const { clock, a, b, seen, session, lags } = pulse();
    clock.advance(2_850);
    // From the timer's turn on, until long after the look was due.
    const { afterPoll } = a.clock;
    a.clock.afterPoll = (run) => {
      a.clock.afterPoll = afterPoll;
      a.clock.freeze();
      afterPoll.call(a.clock, run);
    };
    clock.advance(110);
    expect(a.clock.frozen).toBe(true);
    b.session.send({ type: 'ping', nonce: 1 });
    clock.advance(5_000);
    a.clock.thaw();
    clock.advance(50);
    expect(seen.map(([what]) => what)).toEqual(['suspect', 'doubtful', 'fresh']);
    expect(session.isOpen).toBe(true);
    expect(lags[0]).toBeGreaterThan(4_900);
  });

  it('credits one pause in full, however long, as when a whole machine was suspended', () => {
    const { clock, a, b, seen } = pulse();
    a.clock.freeze();
    b.clock.freeze();
    clock.advance(10 * T);
    a.clock.thaw();
    b.clock.thaw();
    clock.advance(100);
    expect(seen).toEqual([]);
    clock.advance(T);
    expect(seen.map(([what]) => what)).toEqual(['suspect', 'doubtful', 'silent']);
  });

  it('credits a pause when nothing was waiting', () => {
    const { clock, a, seen } = pulse();
    a.clock.freeze();
    clock.advance(2_000);
    a.clock.thaw();
    clock.advance(100);
    expect(seen).toEqual([]);
    clock.advance(T);
    expect(seen.map(([what]) => what)).toEqual(['suspect', 'doubtful', 'silent']);
    expect(seen[2]?.[1]).toBeGreaterThanOrEqual(T + 1_900);
    expect(seen[2]?.[1]).toBeLessThanOrEqual(T + 2_000 + 110);
  });

  it('reports a death within 3 T although this process was paused again and again', () => {
    const { clock, a, seen } = pulse();
    for (let pause = 0; pause < 40 && seen.at(-1)?.[0] !== 'silent'; pause += 1) {
      a.clock.freeze();
      clock.advance(400);
      a.clock.thaw();
      clock.advance(20);
    }
    expect(seen.at(-1)?.[0]).toBe('silent');
    expect(seen.at(-1)?.[1]).toBeLessThanOrEqual(3 * T + 450);
  });

  it('trusts itself less after each late tick, and more after each clean beat', () => {
    const { clock, a, hear, scores } = pulse();
    for (let pause = 0; pause < 3; pause += 1) {
      a.clock.freeze();
      clock.advance(400);
      a.clock.thaw();
      hear();
    }
    expect(scores).toEqual([1, 2, 3]);
    for (let second = 0; second < 5; second += 1) {
      hear();
      clock.advance(999);
    }
    expect(scores).toEqual([1, 2, 3, 2, 1, 0]);
  });

  it('takes no point back before a whole interval without trouble, however long it stood still', () => {
    const { clock, a, hear, scores } = pulse();
    for (let pause = 0; pause < 3; pause += 1) {
      a.clock.freeze();
      clock.advance(1_400);
      a.clock.thaw();
      hear();
      clock.advance(699);
    }
    // The last pause ended at 5,600 ms and troubles the interval up to 6,000 ms.
    expect(scores).toEqual([1, 2, 3]);
    clock.advance(690);
    expect(scores).toEqual([1, 2, 3]);
    clock.advance(10);
    expect(scores).toEqual([1, 2, 3, 2]);
  });

  it('waits longer while it doubts itself', () => {
    const { clock, hear, seen, all } = pulse();
    hear();
    // Refuted again in every interval: the score stays.
    for (let step = 0; step < 6; step += 1) {
      all.refuted();
      clock.advance(500);
    }
    clock.advance(T);
    const [what, silenceMs] = seen.at(-1) ?? [];
    expect(what).toBe('silent');
    expect(silenceMs).toBeGreaterThan(1.5 * T);
    expect(silenceMs).toBeLessThanOrEqual(3 * T);
  });

  it('does not make up for beats missed in a pause', () => {
    const { clock, a, hear, beats } = pulse();
    a.clock.freeze();
    clock.advance(5_400);
    a.clock.thaw();
    hear();
    clock.advance(500);
    expect(beats).toHaveLength(1);
    clock.advance(600);
    expect(beats.at(-1)).toBe(6_000);
  });

  it('gives up a peer that takes nothing for T, though it speaks', () => {
    const { clock, network, a, seen, session } = pulse();
    network.cutOneWay(A, B);
    // More than the other side's window, so that some of it stays queued here.
    a.link.write(new Uint8Array(4_000_000));
    for (let step = 0; step < 40 && session.isOpen; step += 1) {
      session.hearing.record(clock.now());
      clock.advance(100);
    }
    expect(seen.map(([what]) => what)).toEqual(['stalled']);
  });

  it('does nothing after stop, and leaves no timer', () => {
    const { clock, a, all, beats, sweeps } = pulse();
    clock.advance(1_500);
    const before = [beats.length, sweeps.length];
    all.stop();
    clock.advance(10_000);
    expect([beats.length, sweeps.length]).toEqual(before);
    expect(a.clock.pending).toBe(0);
  });
});
