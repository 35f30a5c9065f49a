/**
 * The life of the local node.
 *
 *   stopped ──start──▶ starting ──joined──▶ running ──stop──▶ stopping ──▶ stopped
 *      ▲               binding                                goodbye
 *      │               joining                                closing
 *      └─ listener.failed ┘ └──────────── stop ───────────────────▲
 *
 * One actor for the life of a Cluster object, through stop and start. The node's peers and
 * seeds are its children; the listener, the goodbye and the teardown are provided by the node.
 */
import {
  assign,
  type CallbackActorLogic,
  type EventObject,
  fromCallback,
  setup,
  spawnChild,
  stopChild,
} from 'xstate';
import type { ClusterStartReason } from '../errors.ts';
import { type PeerInput, peerMachine } from './peer.ts';
import { type SeedInput, seedMachine } from './seed.ts';

export interface StartOptions {
  readonly seeds: readonly SeedInput[];
  readonly joinTimeoutMs: number;
  readonly leaveTimeoutMs: number;
}

export interface StartFailure {
  readonly reason: ClusterStartReason;
  readonly detail: string;
  readonly cause: unknown;
}

export type LifecycleEvent =
  | { readonly type: 'start'; readonly options: StartOptions }
  | { readonly type: 'stop' }
  | { readonly type: 'listener.bound' }
  | ({ readonly type: 'listener.failed' } & StartFailure)
  /** The first round of a seed has ended, well or not. */
  | { readonly type: 'seed.settled'; readonly seed: string }
  | { readonly type: 'peer.known'; readonly peer: PeerInput }
  | { readonly type: 'peer.forgotten'; readonly peer: string }
  /** Every peer has acknowledged the goodbye or is gone. */
  | { readonly type: 'goodbye.done' }
  /** The port is free and every link is closed. */
  | { readonly type: 'teardown.done' };

export interface LifecycleContext {
  readonly options: StartOptions;
  /** Seeds whose first round has not ended. */
  readonly pending: readonly string[];
  readonly peers: readonly string[];
  readonly failure: StartFailure | null;
}

/** An effect of the node: runs from creation to stop, reports by events, never throws. */
export type NodeEffect = CallbackActorLogic<EventObject>;

const unprovided: NodeEffect = fromCallback(() => {
  throw new Error('the node did not provide this actor');
});

/** Of the leave timeout, so much is for saying goodbye; the rest is for closing. */
const GOODBYE_SHARE = 0.8;

const NO_OPTIONS: StartOptions = { seeds: [], joinTimeoutMs: 0, leaveTimeoutMs: 0 };

export const peerActorId = (peer: string): string => `peer:${peer}`;
export const seedActorId = (seed: string): string => `seed:${seed}`;

const base = setup({
  types: {
    context: {} as LifecycleContext,
    events: {} as LifecycleEvent,
  },
  actors: {
    listener: unprovided,
    goodbye: unprovided,
    teardown: unprovided,
    peer: peerMachine,
    seed: seedMachine,
  },
  delays: {
    joinTimeout: ({ context }) => context.options.joinTimeoutMs,
    goodbyeTimeout: ({ context }) => context.options.leaveTimeoutMs * GOODBYE_SHARE,
    leaveTimeout: ({ context }) => context.options.leaveTimeoutMs,
  },
  guards: {
    isUnknown: ({ context }, { peer }: { peer: string }) => !context.peers.includes(peer),
    areSeedsSettled: ({ context }) => context.pending.length === 0,
  },
});

export const clusterMachine = base
  .extend({
    actions: {
      // Provided by the node: destroys whatever the teardown has not closed in time.
      cutAll: () => {},
      configure: assign((_, { options }: { options: StartOptions }) => ({
        options,
        pending: options.seeds.map(({ seed }) => seed),
        peers: [],
        failure: null,
      })),
      noteFailure: assign((_, { reason, detail, cause }: StartFailure) => ({
        failure: { reason, detail, cause },
      })),
      settle: assign({
        pending: ({ context }, { seed }: { seed: string }) =>
          context.pending.filter((pending) => pending !== seed),
      }),
      openListener: spawnChild('listener', { id: 'listener' }),
      closeListener: stopChild('listener'),
      spawnSeeds: base.enqueueActions(({ context, enqueue }) => {
        for (const seed of context.options.seeds) {
          const id = seedActorId(seed.seed);
          enqueue.spawnChild('seed', { id, systemId: id, input: seed });
        }
      }),
      stopSeeds: base.enqueueActions(({ context, enqueue }) => {
        for (const { seed } of context.options.seeds) enqueue.stopChild(seedActorId(seed));
      }),
      spawnPeer: assign({
        peers: ({ context, spawn }, { peer }: { peer: PeerInput }) => {
          const id = peerActorId(peer.peer);
          spawn('peer', { id, systemId: id, input: peer });
          return [...context.peers, peer.peer];
        },
      }),
      stopPeer: stopChild((_, { peer }: { peer: string }) => peerActorId(peer)),
      dropPeer: assign({
        peers: ({ context }, { peer }: { peer: string }) =>
          context.peers.filter((known) => known !== peer),
      }),
      stopPeers: base.enqueueActions(({ context, enqueue }) => {
        for (const peer of context.peers) enqueue.stopChild(peerActorId(peer));
        enqueue.assign({ peers: [] });
      }),
    },
  })
  .createMachine({
    id: 'cluster',
    context: { options: NO_OPTIONS, pending: [], peers: [], failure: null },
    initial: 'stopped',
    states: {
      stopped: {
        on: {
          start: {
            target: 'starting',
            actions: { type: 'configure', params: ({ event }) => event },
          },
        },
      },

      starting: {
        entry: 'openListener',
        initial: 'binding',
        on: {
          stop: 'stopping',
          'peer.known': {
            guard: { type: 'isUnknown', params: ({ event }) => event.peer },
            actions: { type: 'spawnPeer', params: ({ event }) => event },
          },
          'peer.forgotten': {
            actions: [
              { type: 'stopPeer', params: ({ event }) => event },
              { type: 'dropPeer', params: ({ event }) => event },
            ],
          },
        },
        states: {
          binding: {
            on: {
              'listener.bound': 'joining',
              'listener.failed': {
                target: '#cluster.stopped',
                actions: [
                  { type: 'noteFailure', params: ({ event }) => event },
                  'stopPeers',
                  'closeListener',
                ],
              },
            },
          },
          joining: {
            entry: 'spawnSeeds',
            always: { guard: 'areSeedsSettled', target: '#cluster.running' },
            on: { 'seed.settled': { actions: { type: 'settle', params: ({ event }) => event } } },
            after: { joinTimeout: '#cluster.running' },
          },
        },
      },

      running: {
        on: {
          stop: 'stopping',
          'peer.known': {
            guard: { type: 'isUnknown', params: ({ event }) => event.peer },
            actions: { type: 'spawnPeer', params: ({ event }) => event },
          },
          'peer.forgotten': {
            actions: [
              { type: 'stopPeer', params: ({ event }) => event },
              { type: 'dropPeer', params: ({ event }) => event },
            ],
          },
        },
      },

      stopping: {
        entry: 'stopSeeds',
        initial: 'goodbye',
        after: { leaveTimeout: 'stopped' },
        exit: ['stopPeers', 'closeListener', 'cutAll'],
        states: {
          goodbye: {
            invoke: { src: 'goodbye' },
            on: { 'goodbye.done': 'closing' },
            after: { goodbyeTimeout: 'closing' },
          },
          closing: {
            entry: ['stopPeers', 'closeListener'],
            invoke: { src: 'teardown' },
            on: { 'teardown.done': '#cluster.stopped' },
          },
        },
      },
    },
  });
