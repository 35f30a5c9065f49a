/** What is told of the end of an actor. */
import type { EndReason } from './hosted.ts';
import type { Ref } from './ref.ts';

/**
 * `normal`: it was done; `stopped`: somebody ended it; `error`: it failed; `no_actor`: there was none,
 * or not any more; `node_down`: its node is gone, or was not connected.
 */
export type DownReason = EndReason | 'no_actor' | 'node_down';

export interface Down {
  /** As it was given to `monitor`. */
  readonly ref: Ref;
  readonly reason: DownReason;
  /** With `error`: name, message, code and cause of what was thrown there. */
  readonly error?: unknown;
  /** With `normal`, of XState logic that has one which can be sent: its output. */
  readonly output?: unknown;
}

/**
 * Of a watched actor, at most once, and never within the call that watches it. `detail`: the error, or
 * after a normal end the output.
 */
export type Told = (reason: DownReason, detail?: unknown) => void;

const TOLD_BY_NODES: ReadonlySet<unknown> = new Set<DownReason>([
  'normal',
  'stopped',
  'error',
  'no_actor',
]);

/** A reason of a later release is taken for a failure: who depends on the actor has to act. */
export function readDownReason(wire: unknown): DownReason {
  return isDownReason(wire) ? wire : 'error';
}

function isDownReason(value: unknown): value is DownReason {
  return TOLD_BY_NODES.has(value);
}
