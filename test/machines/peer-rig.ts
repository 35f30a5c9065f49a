import { createActor, fromCallback } from 'xstate';
import {
  type DialLogic,
  type PeerEmitted,
  type PeerEvent,
  type PeerInput,
  peerMachine,
} from '../../src/machines/peer.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { leafOf } from './event-table.ts';

export const PEER: PeerInput = {
  peer: 'b@10.0.0.2:4370',
  silenceLimitMs: 3_000,
  greetTimeoutMs: 500,
  backoff: (attempt) => 100 * 2 ** attempt,
};

/** A peer on a clock of its own; its dials do nothing but say when they began and ended. */
export function startPeer() {
  const clock = new TestClock();
  const dials = { startedAtMs: [] as number[], open: 0, peers: new Set<string>() };
  const closed: number[] = [];
  const emitted: PeerEmitted[] = [];
  const errors: unknown[] = [];
  const dial: DialLogic = fromCallback(({ input }) => {
    dials.startedAtMs.push(clock.now());
    dials.peers.add(input.peer);
    dials.open += 1;
    return () => {
      dials.open -= 1;
    };
  });
  const machine = peerMachine.provide({
    actors: { dial },
    actions: {
      closeHeld: ({ context }) => {
        if (context.session !== null) closed.push(context.session);
      },
    },
  });
  const peer = createActor(machine, { clock, input: PEER });
  peer.on('*', (event) => emitted.push(event));
  peer.subscribe({ error: (error) => errors.push(error) });
  peer.start();
  const send = (...events: readonly PeerEvent[]) => {
    for (const event of events) peer.send(event);
  };
  const state = () => leafOf(peer.getSnapshot().value);
  const context = () => peer.getSnapshot().context;
  return { peer, clock, dials, closed, emitted, errors, send, state, context };
}
