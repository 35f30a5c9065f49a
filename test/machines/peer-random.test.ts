import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PeerEvent } from '../../src/machines/peer.ts';
import { PEER, startPeer } from './peer-rig.ts';

/** Sessions are named by age, 0 being the newest, so that closing hits the one held or a stale one. */
type Step =
  | Exclude<PeerEvent, { session: number }>
  | { readonly type: 'session' }
  | { readonly type: 'session.closed'; readonly age: number }
  | { readonly type: 'wait'; readonly waitMs: number };

const plain = fc.constantFrom<Step>(
  { type: 'dial' },
  { type: 'dial.failed', failure: 'refused' },
  { type: 'dial.failed', failure: 'self' },
  { type: 'session' },
  { type: 'session' },
  { type: 'heartbeat' },
  { type: 'heartbeat' },
  { type: 'silence.suspect' },
  { type: 'silence.fresh' },
  { type: 'silence.over' },
  { type: 'leave' },
  { type: 'hangup' },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: plain },
  fc.record({ type: fc.constant('session.closed'), age: fc.nat({ max: 2 }) }),
  fc.record({ type: fc.constant('dial.later'), delayMs: fc.nat({ max: 1_000 }) }),
  fc.record({ type: fc.constant('wait'), waitMs: fc.constantFrom(1, 100, 499, 500, 3_000) }),
);
const steps = fc.array(step, { maxLength: 60, size: 'max' });

/** A peer together with what a bystander knows: which sessions there were, and how they ended. */
function startWatched() {
  const test = startPeer();
  let newest = 0;
  const open = new Set<number>();
  const endedByThemselves = new Set<number>();
  const apply = (step: Step) => {
    if (step.type === 'wait') return test.clock.advance(step.waitMs);
    if (step.type === 'session') {
      newest += 1;
      open.add(newest);
      return test.send({ type: 'session', session: newest });
    }
    if (step.type !== 'session.closed') return test.send(step);
    const session = newest - step.age;
    if (open.has(session) && !test.closed.includes(session)) endedByThemselves.add(session);
    test.send({ type: 'session.closed', session });
  };
  return { ...test, apply, sessions: () => newest, endedByThemselves };
}

const check = (run: (steps: Step[]) => void) => fc.assert(fc.property(steps, run));

it('holds a session exactly while greeting or connected, and closes each other one once', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) {
      test.apply(step);
      const held = test.context().session;
      expect(held !== null).toBe(['greeting', 'alive', 'suspect'].includes(test.state()));
      const fates = [...test.closed, ...test.endedByThemselves, ...(held === null ? [] : [held])];
      const all = Array.from({ length: test.sessions() }, (_, index) => index + 1);
      expect(fates.sort((a, b) => a - b).join()).toBe(all.join());
    }
  });
});

it('says up and down by turns, and unreachable at most once between two ups', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) {
      test.apply(step);
      const turns = test.emitted.filter(({ type }) => type === 'up' || type === 'down').length;
      expect(turns % 2 === 1).toBe(test.peer.getSnapshot().matches('connected'));
    }
    const said = test.emitted.map(({ type }) => type);
    const turns = said.filter((type) => type === 'up' || type === 'down');
    expect(turns).toEqual(turns.map((_, index) => (index % 2 === 0 ? 'up' : 'down')));
    for (const outage of said.join(' ').split(/\bup\b/)) {
      expect(outage.split('unreachable').length).toBeLessThanOrEqual(2);
    }
  });
});

it('says suspect and fresh by turns while up, and never otherwise', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) test.apply(step);
    const lives = test.emitted.map(({ type }) => type).join(' ');
    expect(lives).toMatch(
      /^(unreachable ?)*(up( suspect fresh)*( suspect)?( down( unreachable)* ?|$))*$/,
    );
  });
});

it('takes no notice of the end of a session it does not hold', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) test.apply(step);
    const before = test.peer.getSnapshot();
    const [closed, emitted] = [test.closed.length, test.emitted.length];
    test.send({ type: 'session.closed', session: 1_000 });
    const after = test.peer.getSnapshot();
    expect([after.value, after.context]).toEqual([before.value, before.context]);
    expect([test.closed.length, test.emitted.length]).toEqual([closed, emitted]);
  });
});

it('has one dial while dialling and none otherwise, and times nothing but what it must', () => {
  const timers: Record<string, readonly number[]> = {
    idle: [0],
    left: [0],
    dialing: [0],
    waiting: [1],
    greeting: [1],
    // One until it has been healthy for T.
    alive: [0, 1],
    suspect: [0, 1],
  };
  check((steps) => {
    const test = startWatched();
    for (const step of steps) {
      test.apply(step);
      expect(test.dials.open).toBe(test.state() === 'dialing' ? 1 : 0);
      expect(timers[test.state()]).toContain(test.clock.pending);
    }
    test.peer.stop();
    expect({ timers: test.clock.pending, dials: test.dials.open }).toEqual({ timers: 0, dials: 0 });
  });
});

it('always dials after a wait, and never by itself when idle or left', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) test.apply(step);
    const dialsBefore = test.dials.startedAtMs.length;
    const rests = ['idle', 'left'].includes(test.state());
    if (test.state() === 'waiting') test.clock.advance(test.context().delayMs);
    else if (rests) test.clock.advance(1_000_000);
    else return;
    expect(test.dials.startedAtMs.length - dialsBefore).toBe(rests ? 0 : 1);
  });
});

it('forgets earlier failures only after a whole T of health', () => {
  check((steps) => {
    const test = startWatched();
    let upSinceMs: number | null = null;
    for (const step of steps) {
      const before = test.context().attempt;
      test.apply(step);
      const isUp = test.peer.getSnapshot().matches('connected');
      upSinceMs = isUp ? (upSinceMs ?? test.clock.now()) : null;
      const isHealthy = upSinceMs !== null && test.clock.now() - upSinceMs >= PEER.silenceLimitMs;
      if (isHealthy) expect(test.context().attempt).toBe(0);
      else expect(test.context().attempt).toBeGreaterThanOrEqual(before);
    }
  });
});

it('survives everything', () => {
  check((steps) => {
    const test = startWatched();
    for (const step of steps) test.apply(step);
    expect(test.errors).toEqual([]);
    expect(test.peer.getSnapshot().status).toBe('active');
  });
});
