/** Everything worth logging, as one discriminated union: the elements of `events$`. */
import type { ConnectReason } from '../errors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { NodeDownReason } from '../membership/node-info.ts';
import type { DeadLetter } from './dead-letter.ts';

/** Why a session ended, as seen by this node. */
export type SessionCause =
  /** The other side or the network closed the link. */
  | 'closed'
  /** Nothing was heard for the silence limit T. */
  | 'silent'
  /** Bytes were queued and none were taken for T, or too many were queued. */
  | 'stalled'
  /** A record was forged, replayed, reordered, or not of this protocol. */
  | 'tampered'
  /** A message was larger than `limits.maxMessageBytes` here, which is to be the same on all nodes. */
  | 'too_large'
  /** It sent a message that must be understood, and this release does not know it. */
  | 'version'
  /** The peer said that it is stopping. */
  | 'left'
  /** `disconnect` was called, here or there. */
  | 'hangup'
  /** A newer session with the same life took its place. */
  | 'replaced'
  /** Nobody adopted it in time, or its chart let it go. */
  | 'released'
  /** Its secret is no longer accepted. */
  | 'secret_retired'
  /** This node is stopping. */
  | 'stopped';

/** Of dead letters for one node, from one node, for one reason: one per `limits.reportIntervalMs`. */
export interface DeadLetterEvent extends DeadLetter {
  readonly type: 'letter.dead';
  /** Reports of the same kind left out since the last one. */
  readonly suppressed: number;
}

export type ClusterEvent =
  | { readonly type: 'node.up'; readonly nodeId: NodeId }
  | { readonly type: 'node.down'; readonly nodeId: NodeId; readonly reason: NodeDownReason }
  | {
      readonly type: 'session.opened';
      readonly nodeId: NodeId;
      readonly uid: string;
      readonly initiator: 'local' | 'remote';
      /** Where the other end of the link is. */
      readonly address: string;
    }
  | {
      readonly type: 'session.closed';
      readonly nodeId: NodeId;
      readonly uid: string;
      readonly cause: SessionCause;
    }
  | {
      /** A handshake came to nothing. Nodes that are connected do not notice. */
      readonly type: 'peer.refused';
      readonly direction: 'inbound' | 'outbound';
      readonly reason: ConnectReason;
      readonly address: string;
      /** Who the other side claimed to be; unproven unless the reason says otherwise. */
      readonly nodeId: string | null;
      readonly detail: string;
      /** Reports of the same kind left out since the last one. */
      readonly suppressed: number;
    }
  | {
      /** A known node could not be reached; once per outage, then it is retried silently. */
      readonly type: 'peer.unreachable';
      readonly nodeId: NodeId;
      readonly reason: 'connection_refused';
      readonly failure: ConnectReason;
    }
  /** A beat is missing; reversible, and never gossiped. */
  | { readonly type: 'peer.suspect'; readonly nodeId: NodeId }
  | { readonly type: 'peer.fresh'; readonly nodeId: NodeId }
  | {
      /**
       * Nothing was heard from a node for the silence limit, but others still hear it: it is the
       * link that is broken. nodeDown is told here, and nobody else is told anything.
       */
      readonly type: 'link.fault';
      readonly nodeId: NodeId;
      /** Connected nodes that heard from it after they were asked. */
      readonly witnesses: readonly NodeId[];
    }
  | {
      /** A node comes and goes too often: its nodeUp is told later, if it lasts. */
      readonly type: 'node.held';
      readonly nodeId: NodeId;
      readonly holdMs: number;
    }
  /**
   * How much this node doubts itself, from 0 (healthy) to 8: it waits up to 1 + score / 4 times
   * the silence limit before it believes that others are gone.
   */
  | { readonly type: 'health.changed'; readonly score: number }
  | { readonly type: 'seed.unreachable'; readonly seed: string; readonly failure: ConnectReason }
  /** A seed leads back to this node and is not dialled any more. */
  | { readonly type: 'seed.self'; readonly seed: string }
  | {
      /** Two live nodes have one id. The first keeps it. */
      readonly type: 'name.conflict';
      readonly nodeId: NodeId;
      readonly address: string;
    }
  | {
      /** A node advertises an address at which it does not answer. */
      readonly type: 'address.unreachable';
      readonly nodeId: NodeId;
      readonly advertised: string;
      /** Where the node was seen to connect from. */
      readonly observed: string;
      readonly failure: string;
    }
  | {
      /** An actor here ended, and is started again as the options of its behavior say. */
      readonly type: 'actor.restarted';
      readonly behavior: string;
      /** `Ref.number`: its references go on working. */
      readonly number: number;
      /** Why it had ended; undefined after a normal end. */
      readonly error: unknown;
    }
  /** A message came to nothing; `cluster.actors.deadLetters$` tells of each. */
  | DeadLetterEvent
  /** This process was paused or busy; nobody is judged by that time. */
  | { readonly type: 'timer.late'; readonly lagMs: number }
  /** A callback or observer of the user threw. */
  | { readonly type: 'observer.failed'; readonly observer: string; readonly error: unknown }
  | { readonly type: 'warning'; readonly code: string; readonly message: string };
