/** The three charts, given their effects: one actor for the life of a Cluster object. */
import { type ActorRefFrom, createActor, fromCallback, type InspectionEvent } from 'xstate';
import { clusterMachine, type LifecycleEvent } from '../machines/cluster.ts';
import { type PeerEvent, peerMachine } from '../machines/peer.ts';
import { type SeedEvent, seedMachine } from '../machines/seed.ts';
import type { Clock } from '../ports.ts';
import { chartClock } from './chart-clock.ts';

type Cleanup = () => void;

/** What the charts make the node do. Each returns what undoes or aborts it; none may throw. */
export interface Effects {
  listen(report: (event: LifecycleEvent) => void): Cleanup;
  sayGoodbye(report: (event: LifecycleEvent) => void): Cleanup;
  tearDown(report: (event: LifecycleEvent) => void): Cleanup;
  /** Closes every link and socket that is left, at once. */
  cutAll(): void;
  dialPeer(peer: string, report: (event: PeerEvent) => void): Cleanup;
  closeSession(session: number): void;
  tryRound(seed: string, report: (event: SeedEvent) => void): Cleanup;
}

export type Lifecycle = ActorRefFrom<typeof clusterMachine>;

export function createLifecycle(
  clock: Clock,
  effects: () => Effects,
  inspect: (event: InspectionEvent) => void,
) {
  const peer = peerMachine.provide({
    actors: {
      dial: fromCallback(({ input, sendBack }) => effects().dialPeer(input.peer, sendBack)),
    },
    actions: {
      closeHeld: ({ context }) => {
        if (context.session !== null) effects().closeSession(context.session);
      },
    },
  });
  const seed = seedMachine.provide({
    actors: {
      round: fromCallback(({ input, sendBack }) => effects().tryRound(input.seed, sendBack)),
    },
  });
  const machine = clusterMachine.provide({
    actors: {
      peer,
      seed,
      listener: fromCallback(({ sendBack }) => effects().listen(sendBack)),
      goodbye: fromCallback(({ sendBack }) => effects().sayGoodbye(sendBack)),
      teardown: fromCallback(({ sendBack }) => effects().tearDown(sendBack)),
    },
    actions: { cutAll: () => effects().cutAll() },
  });
  return createActor(machine, {
    clock: chartClock(clock),
    inspect,
    systemId: 'cluster',
  });
}
