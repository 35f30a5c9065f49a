import type { Foreign } from '../wire/foreign.ts';
import type { Session } from './session.ts';

/** What is built on the sessions of a node: users' messages, which no chart sees. */
export interface DataPlane {
  readonly foreign: Foreign;
  /** The session is the one with its peer, maybe in place of another with the same life. */
  opened(session: Session): void;
  /** Null, or what is wrong with the record. The bytes are valid only during the call. */
  received(session: Session, body: Uint8Array): string | null;
  /** Nothing more comes over the link of this session. */
  over(session: Session): void;
  /** The peer's life is over for this node. */
  gone(session: Session): void;
  /** The node stops. */
  stop(): void;
}
