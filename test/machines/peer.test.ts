import { describe, expect, it } from 'vitest';
import { createActor, initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { type PeerEvent, peerMachine } from '../../src/machines/peer.ts';
import { eventTable, leafOf } from './event-table.ts';
import { PEER } from './peer-rig.ts';

const HELD = 1;

const EVENTS: Record<string, PeerEvent> = {
  dial: { type: 'dial' },
  'dial.later': { type: 'dial.later', delayMs: 700 },
  'dial.failed': { type: 'dial.failed', failure: 'refused' },
  'dial.failed/self': { type: 'dial.failed', failure: 'self' },
  session: { type: 'session', session: 2 },
  'session.closed': { type: 'session.closed', session: HELD },
  'session.closed/stale': { type: 'session.closed', session: 99 },
  heartbeat: { type: 'heartbeat' },
  'silence.suspect': { type: 'silence.suspect' },
  'silence.fresh': { type: 'silence.fresh' },
  'silence.over': { type: 'silence.over' },
  leave: { type: 'leave' },
  hangup: { type: 'hangup' },
};

const session: PeerEvent = { type: 'session', session: HELD };
const beat: PeerEvent = { type: 'heartbeat' };
const GIVEN: Record<string, readonly PeerEvent[]> = {
  idle: [],
  waiting: [{ type: 'dial.later', delayMs: 100 }],
  left: [{ type: 'leave' }],
  dialing: [{ type: 'dial' }],
  greeting: [session],
  alive: [session, beat],
  suspect: [session, beat, { type: 'silence.suspect' }],
};

function reach(events: readonly PeerEvent[]) {
  let [snapshot, actions] = initialTransition(peerMachine, PEER);
  for (const event of events) [snapshot, actions] = transition(peerMachine, snapshot, event);
  return { snapshot, actions, names: actions.map(({ type }) => type) };
}

describe('the peer chart as a function', () => {
  const moves = eventTable(`
                         idle      waiting   left      dialing   greeting  alive     suspect
    dial                 dialing   dialing   dialing   .         .         .         .
    dial.later           waiting   .         waiting   .         .         .         .
    dial.failed          .         .         .         waiting   .         .         .
    dial.failed/self     .         .         .         idle      .         .         .
    session              greeting  greeting  greeting  greeting  greeting  alive     alive
    session.closed       .         .         .         .         waiting   waiting   waiting
    session.closed/stale .         .         .         .         .         .         .
    heartbeat            .         .         .         .         alive     .         .
    silence.suspect      .         .         .         .         .         suspect   .
    silence.fresh        .         .         .         .         .         .         alive
    silence.over         .         .         .         .         waiting   waiting   waiting
    leave                left      left      left      left      left      left      left
    hangup               idle      idle      idle      idle      idle      idle      idle
  `);

  it.each(moves)('in $from, $event leads to $to', ({ from, event, to }) => {
    const given = GIVEN[from] ?? [];
    const sent = EVENTS[event];
    if (!sent) throw new Error(`no such event: ${event}`);
    const before = reach(given).snapshot;
    expect(leafOf(before.value)).toBe(from);

    const { snapshot, names } = reach([...given, sent]);
    expect(leafOf(snapshot.value)).toBe(to ?? from);
    if (to === null) {
      expect(names).toEqual([]);
      expect(snapshot.context).toEqual(before.context);
    }
  });

  it('starts out knowing nothing and doing nothing', () => {
    const { snapshot, names } = reach([]);
    expect(snapshot.value).toEqual({ disconnected: 'idle' });
    expect(snapshot.context).toMatchObject({
      session: null,
      attempt: 0,
      lastFailure: null,
      reported: false,
    });
    expect(names).toEqual(['closeHeld']);
  });

  it('dials by one dial actor, without a timer of its own', () => {
    expect(reach([{ type: 'dial' }]).actions).toMatchObject([
      { type: 'xstate.spawnChild', params: { src: 'dial', input: { peer: PEER.peer } } },
    ]);
  });

  it('limits the greeting in time', () => {
    expect(reach([session]).actions).toMatchObject([
      { type: 'closeHeld' },
      { type: 'xstate.raise', params: { delay: 500 } },
    ]);
  });

  it('closes the old session before it adopts its successor', () => {
    const { snapshot, actions } = reach([session, beat, { type: 'session', session: 2 }]);
    expect(actions.map(({ type }) => type)).toEqual(['closeHeld']);
    expect(snapshot.context.session).toBe(2);
  });

  it.each([
    ['disconnected', 'left', [{ type: 'leave' }]],
    ['connecting', 'dialing', [{ type: 'dial' }]],
    ['connected', 'alive', [session, beat]],
  ] as const)('counts %s as a public status', (status, leaf, events) => {
    const { snapshot } = reach(events);
    expect(snapshot.value).toEqual({ [status]: leaf });
    expect(snapshot.matches(status)).toBe(true);
  });

  it('can reach every state', () => {
    const paths = getShortestPaths(peerMachine, {
      input: PEER,
      events: Object.values(EVENTS),
      serializeState: ({ value }) => JSON.stringify(value),
      limit: 1_000,
    });
    const leaves = paths.map(({ state }) => leafOf(state.value));
    expect(leaves.sort()).toEqual([
      'alive',
      'dialing',
      'greeting',
      'idle',
      'left',
      'suspect',
      'waiting',
    ]);
  });
});

describe('a peer chart that was not given its effects', () => {
  const startBare = () => {
    const errors: unknown[] = [];
    const peer = createActor(peerMachine, { input: PEER });
    peer.subscribe({ error: (error) => errors.push(error) });
    return { peer: peer.start(), errors };
  };

  it('fails loudly when it should dial', () => {
    const { peer, errors } = startBare();
    peer.send({ type: 'dial' });
    expect(errors.map(String)).toEqual([`Error: no dial actor was provided for ${PEER.peer}`]);
  });

  it('fails loudly when it should close a session', () => {
    const { peer, errors } = startBare();
    peer.send(session);
    expect(errors).toEqual([]);
    peer.send({ type: 'hangup' });
    expect(errors.map(String)).toEqual(['Error: no closeHeld action was provided']);
  });
});
