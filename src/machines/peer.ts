/**
 * One remote node, as this node sees it.
 *
 *   disconnected ──dial──▶ connecting ──heartbeat──▶ connected
 *   idle                   dialing                   alive ◀─fresh──┐
 *   waiting                greeting                     └─suspect─▶ suspect
 *   left                      │                          │
 *        ▲                    │                          │
 *        └── failed, closed, hung up, left, silent ──────┘
 *
 * The chart decides; it holds the number of a session, never a socket. A session may come from
 * its own dial, from a seed's or from the other side: all end in the one event `session`.
 */
import {
  assign,
  type CallbackActorLogic,
  type EventObject,
  enqueueActions,
  fromCallback,
  setup,
} from 'xstate';
import type { ConnectReason } from '../errors.ts';
import type { NodeDownReason } from '../membership/node-info.ts';

export type PeerEvent =
  /** Dial now; again, also after the peer has left or was hung up. */
  | { readonly type: 'dial' }
  /** Known by hearsay: dial after a while, since it is probably dialling us. */
  | { readonly type: 'dial.later'; readonly delayMs: number }
  | { readonly type: 'dial.failed'; readonly failure: ConnectReason }
  /** An authenticated session with one life of the peer exists; it replaces the one held. */
  | { readonly type: 'session'; readonly session: number }
  | { readonly type: 'session.closed'; readonly session: number }
  /** The first heartbeat over the session held. */
  | { readonly type: 'heartbeat' }
  | { readonly type: 'silence.suspect' }
  | { readonly type: 'silence.fresh' }
  | { readonly type: 'silence.over' }
  /** The peer said goodbye: it is stopping. */
  | { readonly type: 'leave' }
  /** Either side wants no session for now. */
  | { readonly type: 'hangup' };

export type PeerEmitted =
  | { readonly type: 'up' }
  | { readonly type: 'down'; readonly reason: NodeDownReason }
  /** Once per outage, at its first failed dial. */
  | { readonly type: 'unreachable'; readonly failure: ConnectReason }
  | { readonly type: 'suspect' }
  | { readonly type: 'fresh' };

export interface PeerInput {
  readonly peer: string;
  /** Silence limit T: so long must a session last before earlier failures are forgotten. */
  readonly silenceLimitMs: number;
  /** Until the first heartbeat must have come over an adopted session. */
  readonly greetTimeoutMs: number;
  /** Milliseconds before dial number `attempt` after the first, counted from 0. */
  readonly backoff: (attempt: number) => number;
}

export interface PeerContext extends PeerInput {
  readonly session: number | null;
  /** Waits planned since the peer was last healthy. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly lastFailure: ConnectReason | NodeDownReason | null;
  /** Whether this outage was reported as `unreachable`. */
  readonly reported: boolean;
}

/**
 * Dials on creation and aborts on stop. Success reaches the chart as `session`, like any other
 * session; the actor itself only ever sends `dial.failed`, and never throws.
 */
export type DialLogic = CallbackActorLogic<EventObject, { readonly peer: string }>;

const unprovidedDial: DialLogic = fromCallback(({ input }) => {
  throw new Error(`no dial actor was provided for ${input.peer}`);
});

export const peerMachine = setup({
  types: {
    context: {} as PeerContext,
    events: {} as PeerEvent,
    emitted: {} as PeerEmitted,
    input: {} as PeerInput,
  },
  actors: { dial: unprovidedDial },
  delays: {
    planned: ({ context }) => context.delayMs,
    greetTimeout: ({ context }) => context.greetTimeoutMs,
    healthy: ({ context }) => context.silenceLimitMs,
  },
  guards: {
    isHeld: ({ context }, { session }: { session: number }) => context.session === session,
    // Dialling on would only meet ourselves again.
    isSelf: (_, { failure }: { failure: ConnectReason }) => failure === 'self',
  },
  actions: {
    // Provided by the node: closes the session in the context, if there is one.
    closeHeld: ({ context }) => {
      if (context.session !== null) throw new Error('no closeHeld action was provided');
    },
    adopt: assign((_, { session }: { session: number }) => ({ session })),
    forgetSession: assign({ session: null }),
    planBackoff: assign({
      delayMs: ({ context }) => context.backoff(context.attempt),
      attempt: ({ context }) => context.attempt + 1,
    }),
    planLater: assign({ delayMs: (_, { delayMs }: { delayMs: number }) => delayMs }),
    forgetFailures: assign({ attempt: 0 }),
    failDial: enqueueActions(({ context, enqueue }, { failure }: { failure: ConnectReason }) => {
      enqueue.assign({ lastFailure: failure, reported: true });
      if (!context.reported) enqueue.emit({ type: 'unreachable', failure });
    }),
    riseUp: enqueueActions(({ enqueue }) => {
      enqueue.assign({ lastFailure: null, reported: false });
      enqueue.emit({ type: 'up' });
    }),
    // Not an exit action of `connected`: exits run before the transition's own actions, so an
    // exit would report the reason of the previous fall.
    goDown: enqueueActions(({ enqueue }, { reason }: { reason: NodeDownReason }) => {
      enqueue.assign({ lastFailure: reason });
      enqueue.emit({ type: 'down', reason });
    }),
    doubt: enqueueActions(({ enqueue }) => enqueue.emit({ type: 'suspect' })),
    trust: enqueueActions(({ enqueue }) => enqueue.emit({ type: 'fresh' })),
  },
}).createMachine({
  id: 'peer',
  context: ({ input }) => ({
    ...input,
    session: null,
    attempt: 0,
    delayMs: 0,
    lastFailure: null,
    reported: false,
  }),
  initial: 'disconnected',
  states: {
    disconnected: {
      entry: ['closeHeld', 'forgetSession'],
      initial: 'idle',
      on: {
        dial: '#peer.connecting',
        session: {
          target: '#peer.connecting.greeting',
          actions: ['closeHeld', { type: 'adopt', params: ({ event }) => event }],
        },
        hangup: '.idle',
        leave: '.left',
      },
      states: {
        idle: {
          on: {
            'dial.later': {
              target: 'waiting',
              actions: { type: 'planLater', params: ({ event }) => event },
            },
          },
        },
        waiting: { after: { planned: '#peer.connecting' } },
        left: {
          on: {
            'dial.later': {
              target: 'waiting',
              actions: { type: 'planLater', params: ({ event }) => event },
            },
          },
        },
      },
    },

    connecting: {
      initial: 'dialing',
      on: {
        session: {
          target: '.greeting',
          actions: ['closeHeld', { type: 'adopt', params: ({ event }) => event }],
        },
        hangup: 'disconnected',
        leave: 'disconnected.left',
      },
      states: {
        dialing: {
          invoke: { src: 'dial', input: ({ context }) => ({ peer: context.peer }) },
          on: {
            'dial.failed': [
              {
                guard: { type: 'isSelf', params: ({ event }) => event },
                target: '#peer.disconnected.idle',
                actions: { type: 'failDial', params: ({ event }) => event },
              },
              {
                target: '#peer.disconnected.waiting',
                actions: [{ type: 'failDial', params: ({ event }) => event }, 'planBackoff'],
              },
            ],
          },
        },
        greeting: {
          on: {
            heartbeat: '#peer.connected',
            'silence.over': {
              target: '#peer.disconnected.waiting',
              actions: [{ type: 'failDial', params: { failure: 'timeout' } }, 'planBackoff'],
            },
            'session.closed': {
              guard: { type: 'isHeld', params: ({ event }) => event },
              target: '#peer.disconnected.waiting',
              actions: [
                'forgetSession',
                { type: 'failDial', params: { failure: 'protocol' } },
                'planBackoff',
              ],
            },
          },
          after: {
            greetTimeout: {
              target: '#peer.disconnected.waiting',
              actions: [{ type: 'failDial', params: { failure: 'timeout' } }, 'planBackoff'],
            },
          },
        },
      },
    },

    connected: {
      entry: 'riseUp',
      initial: 'alive',
      after: { healthy: { actions: 'forgetFailures' } },
      on: {
        // The same life over a better link: nobody else notices.
        session: { actions: ['closeHeld', { type: 'adopt', params: ({ event }) => event }] },
        hangup: {
          target: 'disconnected',
          actions: { type: 'goDown', params: { reason: 'connection_closed' } },
        },
        leave: {
          target: 'disconnected.left',
          actions: { type: 'goDown', params: { reason: 'graceful_shutdown' } },
        },
        'session.closed': {
          guard: { type: 'isHeld', params: ({ event }) => event },
          target: 'disconnected.waiting',
          actions: [
            'forgetSession',
            { type: 'goDown', params: { reason: 'connection_closed' } },
            'planBackoff',
          ],
        },
        'silence.over': {
          target: 'disconnected.waiting',
          actions: [{ type: 'goDown', params: { reason: 'heartbeat_timeout' } }, 'planBackoff'],
        },
      },
      states: {
        alive: { on: { 'silence.suspect': { target: 'suspect', actions: 'doubt' } } },
        suspect: {
          on: {
            'silence.fresh': { target: 'alive', actions: 'trust' },
            session: {
              target: 'alive',
              actions: ['closeHeld', { type: 'adopt', params: ({ event }) => event }, 'trust'],
            },
          },
        },
      },
    },
  },
});
