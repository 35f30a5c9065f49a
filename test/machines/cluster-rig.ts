import { type AnyActorRef, createActor, fromCallback } from 'xstate';
import {
  clusterMachine,
  type LifecycleEvent,
  type NodeEffect,
  peerActorId,
  type StartOptions,
  seedActorId,
} from '../../src/machines/cluster.ts';
import { type PeerEvent, type PeerInput, peerMachine } from '../../src/machines/peer.ts';
import { type SeedEvent, type SeedInput, seedMachine } from '../../src/machines/seed.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { leafOf } from './event-table.ts';

const seedInput = (seed: string): SeedInput => ({
  seed,
  named: false,
  resolvable: false,
  maxDelayMs: 8_000,
  silenceLimitMs: 3_000,
  backoff: () => 100,
});

const peerInput = (peer: string): PeerInput => ({
  peer,
  silenceLimitMs: 3_000,
  greetTimeoutMs: 500,
  backoff: () => 100,
});

export const optionsWith = (...seeds: readonly string[]): StartOptions => ({
  seeds: seeds.map(seedInput),
  joinTimeoutMs: 3_000,
  leaveTimeoutMs: 2_000,
});

/** A cluster chart on a clock of its own; its effects only write down when they run. */
export function createTestCluster() {
  const clock = new TestClock();
  const journal: string[] = [];
  const open: string[] = [];
  const errors: unknown[] = [];
  const begin = (name: string) => {
    journal.push(`+${name}`);
    open.push(name);
    return () => {
      journal.push(`-${name}`);
      open.splice(open.indexOf(name), 1);
    };
  };
  const effect = (name: string): NodeEffect => fromCallback(() => begin(name));
  const machine = clusterMachine.provide({
    actors: {
      listener: effect('listener'),
      goodbye: effect('goodbye'),
      teardown: effect('teardown'),
      peer: peerMachine.provide({
        actors: { dial: fromCallback(({ input }) => begin(`dial ${input.peer}`)) },
        actions: {
          closeHeld: ({ context }) => {
            if (context.session !== null) journal.push(`close ${context.session}`);
          },
        },
      }),
      seed: seedMachine.provide({
        actors: { round: fromCallback(({ input }) => begin(`round ${input.seed}`)) },
      }),
    },
    actions: { cutAll: () => journal.push('cutAll') },
  });
  const cluster = createActor(machine, { clock });
  cluster.subscribe({ error: (error) => errors.push(error) });
  cluster.start();

  const child = (id: string): AnyActorRef | undefined => cluster.system.get(id);
  return {
    cluster,
    clock,
    journal,
    open,
    errors,
    send: (...events: readonly LifecycleEvent[]) => {
      for (const event of events) cluster.send(event);
    },
    tellPeer: (peer: string, event: PeerEvent) => child(peerActorId(peer))?.send(event),
    tellSeed: (seed: string, event: SeedEvent) => child(seedActorId(seed))?.send(event),
    state: () => leafOf(cluster.getSnapshot().value),
    context: () => cluster.getSnapshot().context,
    children: () => Object.keys(cluster.getSnapshot().children).sort(),
  };
}

export const EVENTS = {
  start: { type: 'start', options: optionsWith('s1', 's2') },
  'start/alone': { type: 'start', options: optionsWith() },
  stop: { type: 'stop' },
  'listener.bound': { type: 'listener.bound' },
  'listener.failed': {
    type: 'listener.failed',
    reason: 'port_in_use',
    detail: 'port 4369 is taken',
    cause: 'EADDRINUSE',
  },
  'seed.settled': { type: 'seed.settled', seed: 's1' },
  'seed.settled/other': { type: 'seed.settled', seed: 's2' },
  'peer.known': { type: 'peer.known', peer: peerInput('p1') },
  'peer.known/other': { type: 'peer.known', peer: peerInput('p2') },
  'peer.forgotten': { type: 'peer.forgotten', peer: 'p1' },
  'peer.forgotten/other': { type: 'peer.forgotten', peer: 'p2' },
  'goodbye.done': { type: 'goodbye.done' },
  'teardown.done': { type: 'teardown.done' },
} as const satisfies Record<string, LifecycleEvent>;

export type EventName = keyof typeof EVENTS;

export const isEventName = (name: string): name is EventName => Object.hasOwn(EVENTS, name);

export const EVENT_NAMES: readonly EventName[] = Object.keys(EVENTS).filter(isEventName);
