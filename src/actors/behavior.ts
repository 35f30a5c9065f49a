import type { AnyActorLogic } from 'xstate';
import type { Handler } from './handler-actor.ts';

/**
 * A server in the shape of noex and Erlang: one message at a time, each with the state that the
 * one before left behind. Every function may give a promise.
 */
export interface Server<State = unknown, Call = unknown, Cast = unknown> {
  init(input: unknown): State | PromiseLike<State>;
  /** Answers an ask: `[reply, state]`. */
  handleCall(
    message: Call,
    state: State,
  ): readonly [unknown, State] | PromiseLike<readonly [unknown, State]>;
  /** Takes a message that was sent: gives the state. */
  handleCast(message: Cast, state: State): State | PromiseLike<State>;
  /**
   * Never called: it is here so that servers written for noex keep their shape. What a monitor tells an
   * actor is a message as any other, the event `down`, and comes to `handleCast`.
   */
  handleInfo?(message: unknown, state: State): State | PromiseLike<State>;
  terminate?(reason: string, state: State): unknown;
}

/** What may be registered: one of three kinds. */
export type SortedBehavior =
  | { readonly kind: 'logic'; readonly logic: AnyActorLogic }
  | { readonly kind: 'server'; readonly server: Server }
  | { readonly kind: 'handler'; readonly handler: Handler };

/** Null when a value is none of them. */
export function sortBehavior(behavior: unknown): SortedBehavior | null {
  if (isHandler(behavior)) return { kind: 'handler', handler: behavior };
  if (isLogic(behavior)) return { kind: 'logic', logic: behavior };
  if (isServer(behavior)) return { kind: 'server', server: behavior };
  return null;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}

function isLogic(value: unknown): value is AnyActorLogic {
  return has(value, 'transition') && has(value, 'getInitialSnapshot');
}

function isServer(value: unknown): value is Server {
  return has(value, 'init') && has(value, 'handleCall') && has(value, 'handleCast');
}

function has(value: unknown, name: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
  );
}
