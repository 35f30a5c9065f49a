/** What both sides of a handshake need from their node. */
import type { ConnectReason } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { Admission } from '../membership/admission.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { KeyPair, Link, Ports } from '../ports.ts';
import type { HandshakeConfig, SessionKeys } from '../wire/handshake.ts';
import type { Acceptance } from './acceptor.ts';
import type { Arbiter } from './arbiter.ts';
import type { Channel, ChannelHost } from './channel.ts';
import type { Session } from './session.ts';

/** Who proved to be at the other end. */
export interface PeerIdentity {
  readonly id: NodeId;
  readonly uid: string;
  readonly incarnation: number;
}

export interface NewSession {
  readonly peer: PeerIdentity;
  readonly initiator: 'local' | 'remote';
  readonly dialled: string | null;
  readonly isIntroduction: boolean;
  readonly keys: SessionKeys;
  /** For an accepted session: its first record has come, or it ended before. */
  readonly confirmed?: ((isOpen: boolean) => void) | undefined;
}

export interface Refusal {
  readonly reason: ConnectReason;
  readonly address: string;
  readonly nodeId: string | null;
  readonly detail: string;
}

export interface HandshakeHost {
  readonly ports: Ports;
  readonly limits: Limits;
  readonly arbiter: Arbiter;
  readonly preAuthFrameBytes: number;
  readonly channelHost: ChannelHost;
  handshakeConfig(link: Link): HandshakeConfig;
  /** A dial has begun; the returned function ends it, and tells whether it led back here. */
  watchDial(nonce: Uint8Array): { readonly isOwn: () => boolean; readonly end: () => void };
  /** Whether this life was hung up on, here or there. */
  isHungUp(peer: NodeId, uid: string): boolean;
  /** The node says goodbye: nothing is dialled any more. */
  readonly isLeaving: boolean;
  /** Whether one more node may be known; tombstones and names that nobody has met give way. */
  hasRoomFor(peer: NodeId): boolean;
  sessionWith(peer: NodeId): Session | undefined;
  openSession(channel: Channel, input: NewSession): Session;
  /** Queues this node's `hello`: the first record each way. */
  greet(session: Session, incarnation: number): void;
  /** Puts the session into the table and tells the peer's chart. */
  publish(session: Session, incarnation: number): void;
  /** Raises the own incarnation above one that others know. */
  outlive(knownIncarnation: number): void;
}

export interface AcceptorHost extends HandshakeHost {
  /** T: what a session may be silent. */
  readonly silenceLimitMs: number;
  /** Shared by strangers for up to a second, or a flood would pay with our key generation. */
  acceptorKeyPair(): KeyPair;
  admit(peer: PeerIdentity, expectedPeer: string, isRenewal: boolean): Admission;
  /**
   * Asks the session that holds the peer's name for a sign of life. A dead one of another life is
   * cut, and its end reported, before `done`.
   */
  challenge(peer: PeerIdentity, done: (isAlive: boolean) => void): void;
  /** A greeting came that claims to be from this very life. */
  metItself(greeting: Uint8Array): void;
  /** Whether `expectedPeer` of a greeting means this node. */
  isExpected(expectedPeer: string): boolean;
  refused(refusal: Refusal): void;
  /** Says goodbye on a session that was answered for but not yet confirmed. */
  turnAway(session: Session): void;
  /** The handshake is over, one way or the other. */
  settled(handshake: Acceptance): void;
}
