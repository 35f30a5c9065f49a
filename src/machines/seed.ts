/**
 * One configured seed: an address where some node of the cluster is expected. Never ends.
 *
 *   dialing ──met──▶ held ──lost──▶ waiting ──▶ dialing
 *      │  └─failed─▶ waiting            ▲
 *      └──self─▶ itself ────────────────┘ (names only: they may point elsewhere later)
 *
 * A round resolves the name anew and dials every address behind it. `held` means that a session
 * exists with a node last met there, whoever dialled it.
 */
import { assign, type CallbackActorLogic, type EventObject, fromCallback, setup } from 'xstate';
import type { ConnectReason } from '../errors.ts';

export type SeedEvent =
  /** Sessions exist with these nodes, met at the seed's addresses. */
  | { readonly type: 'round.met'; readonly nodes: readonly string[] }
  | { readonly type: 'round.failed'; readonly failure: ConnectReason }
  /** All addresses lead back to this node. */
  | { readonly type: 'round.self' }
  /** A node known to live at this address came by itself. */
  | { readonly type: 'found'; readonly node: string }
  /** No session is left with any node met here. */
  | { readonly type: 'lost' };

export interface SeedInput {
  /** As configured: `name@host:port` or `host:port`. */
  readonly seed: string;
  readonly named: boolean;
  /** Whether the host is a name, which may resolve to other addresses later. */
  readonly resolvable: boolean;
  readonly maxDelayMs: number;
  /** Silence limit T: so long must a session last before earlier failures are forgotten. */
  readonly silenceLimitMs: number;
  readonly backoff: (attempt: number) => number;
}

export interface SeedContext extends SeedInput {
  readonly nodes: readonly string[];
  readonly attempt: number;
  readonly delayMs: number;
  readonly lastFailure: ConnectReason | null;
}

/** Resolves and dials on creation, aborts on stop, reports by `round.*`. Never throws. */
export type RoundLogic = CallbackActorLogic<EventObject, { readonly seed: string }>;

const unprovidedRound: RoundLogic = fromCallback(({ input }) => {
  throw new Error(`no round actor was provided for seed ${input.seed}`);
});

export const seedMachine = setup({
  types: {
    context: {} as SeedContext,
    events: {} as SeedEvent,
    input: {} as SeedInput,
  },
  actors: { round: unprovidedRound },
  delays: {
    planned: ({ context }) => context.delayMs,
    recheck: ({ context }) => context.maxDelayMs,
    healthy: ({ context }) => context.silenceLimitMs,
  },
  guards: { mayMove: ({ context }) => context.resolvable },
  actions: {
    meet: assign({
      nodes: (_, { nodes }: { nodes: readonly string[] }) => nodes,
      lastFailure: null,
    }),
    forgetFailures: assign({ attempt: 0 }),
    fail: assign({ lastFailure: (_, { failure }: { failure: ConnectReason }) => failure }),
    planBackoff: assign({
      delayMs: ({ context }) => context.backoff(context.attempt),
      attempt: ({ context }) => context.attempt + 1,
    }),
  },
}).createMachine({
  id: 'seed',
  context: ({ input }) => ({ ...input, nodes: [], attempt: 0, delayMs: 0, lastFailure: null }),
  initial: 'dialing',
  states: {
    dialing: {
      invoke: { src: 'round', input: ({ context }) => ({ seed: context.seed }) },
      on: {
        'round.met': { target: 'held', actions: { type: 'meet', params: ({ event }) => event } },
        'round.failed': {
          target: 'waiting',
          actions: [{ type: 'fail', params: ({ event }) => event }, 'planBackoff'],
        },
        'round.self': {
          target: 'itself',
          actions: { type: 'fail', params: { failure: 'self' } },
        },
      },
    },
    waiting: {
      after: { planned: 'dialing' },
      on: {
        found: {
          target: 'held',
          actions: { type: 'meet', params: ({ event }) => ({ nodes: [event.node] }) },
        },
      },
    },
    held: {
      after: { healthy: { actions: 'forgetFailures' } },
      on: { lost: { target: 'waiting', actions: 'planBackoff' } },
    },
    itself: { after: { recheck: { guard: 'mayMove', target: 'dialing' } } },
  },
});
