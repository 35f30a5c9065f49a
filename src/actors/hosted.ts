/** What runs here and can be addressed, whatever it is made of. Never throws into the caller. */
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';

/** `normal`: it was done; `stopped`: somebody ended it. */
export type EndReason = 'normal' | 'stopped' | 'error';

export interface Hosted {
  send(message: unknown, from: Line): void;
  ask(message: unknown, replyTo: ReplyTo, from: Line): void;
  /** Ends it, with an error as if it had failed by that; asks without an answer fail. */
  stop(error?: unknown): void;
  /** Of another actor, which alone may stop it: `stop` does nothing. */
  readonly isChild?: boolean;
}

export interface HostedOwner {
  /** Exactly once. */
  ended(reason: EndReason, error?: unknown): void;
  /** A message came to nothing, and nobody waits to hear of it. */
  threw(error: unknown): void;
}
