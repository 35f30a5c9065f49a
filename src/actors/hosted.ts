/** What runs here and can be addressed, whatever it is made of. Never throws into the caller. */
import type { DeadLetterReason } from '../inspect/dead-letter.ts';
import type { Asker, ReplyTo } from './reply-to.ts';

/** `normal`: it was done; `stopped`: somebody ended it. */
export type EndReason = 'normal' | 'stopped' | 'error';

/** What others may see of an actor, which may be undefined. */
export interface Present {
  readonly state: unknown;
}

export interface Hosted {
  send(message: unknown, from: Asker): void;
  ask(message: unknown, replyTo: ReplyTo, from: Asker): void;
  /** Null while there is none. Also after the end: the last one. */
  snapshot(): Present | null;
  /**
   * Calls back when `snapshot` gives something new, until the returned function is called. For one
   * caller at a time; costs nothing while there is none.
   */
  observe(changed: () => void): () => void;
  /**
   * Ends it for good, with an error as if it had failed by that; asks without an answer fail.
   */
  stop(error?: unknown): void;
  /** Of another actor, which alone may stop it: `stop` does nothing. */
  readonly isChild?: boolean;
}

export interface HostedOwner {
  /** Exactly once. `detail`: the error, or after a normal end the output. */
  ended(reason: EndReason, detail?: unknown): void;
  /** A message came to nothing, and nobody waits to hear of it. `error`: of `threw`. */
  dead(reason: DeadLetterReason, message: unknown, from: Asker, error?: unknown): void;
  /** Something of the user threw while it did not take a message. */
  threw(error: unknown): void;
}
