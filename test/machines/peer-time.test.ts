import { describe, expect, it } from 'vitest';
import type { ConnectReason } from '../../src/errors.ts';
import type { PeerEvent } from '../../src/machines/peer.ts';
import { PEER, startPeer } from './peer-rig.ts';

const dial: PeerEvent = { type: 'dial' };
const beat: PeerEvent = { type: 'heartbeat' };
const failed = (failure: ConnectReason): PeerEvent => ({ type: 'dial.failed', failure });
const session = (number: number): PeerEvent => ({ type: 'session', session: number });
const closed = (number: number): PeerEvent => ({ type: 'session.closed', session: number });

describe('a peer that is dialled', () => {
  it('is dialled by its id, at once, and the dial ends with the session', () => {
    const { dials, send, state } = startPeer();
    send(dial);
    expect(dials).toMatchObject({ startedAtMs: [0], open: 1 });
    expect([...dials.peers]).toEqual([PEER.peer]);
    send(session(1));
    expect(state()).toBe('greeting');
    expect(dials.open).toBe(0);
  });

  it('is redialled ever later, and reported unreachable once', () => {
    const { clock, dials, emitted, send, context } = startPeer();
    send(dial);
    for (const waitMs of [100, 200, 400]) {
      send(failed('refused'));
      clock.advance(waitMs - 1);
      expect(dials.open).toBe(0);
      clock.advance(1);
      expect(dials.open).toBe(1);
    }
    expect(dials.startedAtMs).toEqual([0, 100, 300, 700]);
    expect(emitted).toEqual([{ type: 'unreachable', failure: 'refused' }]);
    expect(context()).toMatchObject({ attempt: 3, lastFailure: 'refused' });
  });

  it('is not redialled when it turns out to be this node', () => {
    const { clock, emitted, send, state, context } = startPeer();
    send(dial, failed('self'));
    expect(state()).toBe('idle');
    expect(clock.pending).toBe(0);
    expect(emitted).toEqual([{ type: 'unreachable', failure: 'self' }]);
    expect(context()).toMatchObject({ attempt: 0, lastFailure: 'self' });
  });

  it('is dialled after the given time when known by hearsay, without counting as an attempt', () => {
    const { clock, dials, send, context } = startPeer();
    send({ type: 'dial.later', delayMs: 700 });
    clock.advance(699);
    expect(dials.startedAtMs).toEqual([]);
    clock.advance(1);
    expect(dials.startedAtMs).toEqual([700]);
    expect(context().attempt).toBe(0);
  });

  it('is dialled after the given time when it is heard of again after it left', () => {
    const { clock, dials, send } = startPeer();
    send(dial, failed('refused'), { type: 'leave' }, { type: 'dial.later', delayMs: 700 });
    clock.advance(699);
    expect(dials.startedAtMs).toEqual([0]);
    clock.advance(1);
    expect(dials.startedAtMs).toEqual([0, 700]);
  });

  it('is dialled at once when somebody asks during a wait, and only once', () => {
    const { clock, dials, send } = startPeer();
    send({ type: 'dial.later', delayMs: 700 });
    clock.advance(100);
    send(dial);
    clock.advance(10_000);
    expect(dials.startedAtMs).toEqual([100]);
  });

  it('is dialled no more once it came by itself', () => {
    const { clock, dials, send, state } = startPeer();
    send({ type: 'dial.later', delayMs: 700 }, session(1), beat);
    clock.advance(10_000);
    expect(state()).toBe('alive');
    expect(dials.startedAtMs).toEqual([]);
  });

  it.each<PeerEvent>([{ type: 'hangup' }, { type: 'leave' }])(
    'aborts its dial on $type and leaves it at that',
    (event) => {
      const { clock, dials, send } = startPeer();
      send(dial, event);
      expect({ open: dials.open, timers: clock.pending }).toEqual({ open: 0, timers: 0 });
    },
  );
});

describe('a session that was adopted', () => {
  it('is closed when no heartbeat comes in time', () => {
    const test = startPeer();
    test.send(session(1));
    test.clock.advance(499);
    expect(test.state()).toBe('greeting');
    test.clock.advance(1);
    expect(test.state()).toBe('waiting');
    expect(test.closed).toEqual([1]);
    expect(test.emitted).toEqual([{ type: 'unreachable', failure: 'timeout' }]);
    expect(test.context()).toMatchObject({ session: null, attempt: 1, delayMs: 100 });
  });

  it('gives its successor the whole time to greet', () => {
    const { clock, closed, send, state } = startPeer();
    send(session(1));
    clock.advance(400);
    send(session(2));
    expect(closed).toEqual([1]);
    clock.advance(499);
    expect(state()).toBe('greeting');
    clock.advance(1);
    expect(state()).toBe('waiting');
    expect(closed).toEqual([1, 2]);
  });

  it('counts as a failed dial when it ends before the first heartbeat', () => {
    const { closed: closedByChart, emitted, send, state, context } = startPeer();
    send(session(1), closed(1));
    expect(state()).toBe('waiting');
    expect(emitted).toEqual([{ type: 'unreachable', failure: 'protocol' }]);
    expect(context()).toMatchObject({ session: null, attempt: 1, delayMs: 100 });
    expect(closedByChart).toEqual([]);
  });

  it('may be replaced without anybody noticing, and its end then means nothing', () => {
    const test = startPeer();
    test.send(session(1), beat, session(2), closed(1));
    expect(test.state()).toBe('alive');
    expect(test.closed).toEqual([1]);
    expect(test.context().session).toBe(2);
    expect(test.emitted).toEqual([{ type: 'up' }]);
  });

  it.each([
    { event: 'hangup', leaf: 'idle', reason: 'connection_closed', closes: [1], attempt: 0 },
    { event: 'leave', leaf: 'left', reason: 'graceful_shutdown', closes: [1], attempt: 0 },
    {
      event: 'silence.over',
      leaf: 'waiting',
      reason: 'heartbeat_timeout',
      closes: [1],
      attempt: 1,
    },
    {
      event: 'session.closed',
      leaf: 'waiting',
      reason: 'connection_closed',
      closes: [],
      attempt: 1,
    },
  ] as const)('ends on $event with the reason $reason', (given) => {
    for (const doubt of [[], [{ type: 'silence.suspect' }]] as const) {
      const test = startPeer();
      test.send(session(1), beat);
      const emittedBefore = test.emitted.length;
      test.send(...doubt, { type: given.event, session: 1 });
      expect(test.emitted.slice(emittedBefore + doubt.length)).toEqual([
        { type: 'down', reason: given.reason },
      ]);
      expect(test.state()).toBe(given.leaf);
      expect(test.closed).toEqual(given.closes);
      expect(test.context()).toMatchObject({
        session: null,
        lastFailure: given.reason,
        attempt: given.attempt,
      });
    }
  });

  it('is closed without a `down` when it was never up', () => {
    for (const type of ['hangup', 'leave'] as const) {
      const { closed, emitted, send } = startPeer();
      send(session(1), { type });
      expect({ closed, emitted }).toEqual({ closed: [1], emitted: [] });
    }
  });
});

describe('a peer that is up', () => {
  it('says when it is doubted and trusted again, once each', () => {
    const { emitted, send } = startPeer();
    send(session(1), beat);
    send({ type: 'silence.suspect' }, { type: 'silence.suspect' });
    send({ type: 'silence.fresh' }, { type: 'silence.fresh' });
    expect(emitted).toEqual([{ type: 'up' }, { type: 'suspect' }, { type: 'fresh' }]);
  });

  it('keeps its failures until it has been healthy for T', () => {
    const { clock, send, context } = startPeer();
    send(dial, failed('refused'), dial, failed('refused'), session(1), beat);
    expect(context()).toMatchObject({ attempt: 2, lastFailure: null, reported: false });
    send({ type: 'silence.suspect' }, session(2));
    clock.advance(2_999);
    expect(context().attempt).toBe(2);
    clock.advance(1);
    expect(context().attempt).toBe(0);
    send(closed(2));
    expect(context()).toMatchObject({ attempt: 1, delayMs: 100 });
  });

  it('goes on with the longer waits when it falls before that', () => {
    const { clock, dials, send } = startPeer();
    send(dial, failed('refused'));
    clock.advance(100);
    send(session(1), beat);
    clock.advance(2_999);
    send({ type: 'silence.over' });
    clock.advance(200);
    expect(dials.startedAtMs).toEqual([0, 100, 3_299]);
  });

  it('is reported unreachable again in its next outage', () => {
    const { clock, emitted, send } = startPeer();
    send(dial, failed('refused'), session(1), beat, closed(1));
    clock.advance(200);
    send(failed('unreachable'), dial, failed('timeout'));
    expect(emitted).toEqual([
      { type: 'unreachable', failure: 'refused' },
      { type: 'up' },
      { type: 'down', reason: 'connection_closed' },
      { type: 'unreachable', failure: 'unreachable' },
    ]);
  });

  it('leaves neither timer nor dial behind when stopped', () => {
    for (const events of [[dial], [session(1)], [session(1), beat], [dial, failed('busy')]]) {
      const { peer, clock, dials, send } = startPeer();
      send(...events);
      peer.stop();
      expect({ timers: clock.pending, dials: dials.open }).toEqual({ timers: 0, dials: 0 });
    }
  });
});
