/**
 * From a proven session to its end: who is connected, and who is told.
 *
 * The table is written before a peer's chart hears of a session, and cleared before it hears of
 * its end, so whoever reacts to `up` or `down` finds the table true.
 */
import type { ClusterEvent, SessionCause } from '../inspect/events.ts';
import type { PeerEvent } from '../machines/peer.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Pings } from './calls.ts';
import type { Members } from './members.ts';
import type { Peers } from './peers.ts';
import type { Seeds } from './seeds.ts';
import type { Session } from './session.ts';
import type { SessionTable } from './sessions.ts';

export interface HoldingParts {
  readonly sessions: SessionTable;
  readonly members: Members;
  readonly peers: Peers;
  readonly seeds: Seeds;
  readonly pings: Pings;
  /** How long a replaced session may wait for the other side. */
  readonly closeTimeoutMs: number;
  /** So many hang-ups are remembered, the latest. */
  readonly maxNodes: number;
  readonly event: (event: ClusterEvent) => void;
  /** A session has been put into the table. */
  readonly opened: (session: Session) => void;
  /** A session has left the table and was not replaced by another. */
  readonly gone: (session: Session) => void;
}

export class Holding {
  readonly #parts: HoldingParts;
  /** Lives hung up on, here or there: not dialled until either side connects again. */
  readonly #hungUp = new Map<NodeId, string>();
  /** Replaced sessions that stay until the other side has let go of them too. */
  readonly #retiring = new Set<Session>();
  #farewell: ((session: Session) => void) | null = null;
  #isLeaving = false;

  constructor(parts: HoldingParts) {
    this.#parts = parts;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Any life of the node, or the given one. */
  isHungUp(id: NodeId, uid = this.#hungUp.get(id)): boolean {
    return uid !== undefined && this.#hungUp.get(id) === uid;
  }

  resumeDialling(id: NodeId): void {
    this.#hungUp.delete(id);
  }

  publish(session: Session, incarnation: number): void {
    if (this.#isLeaving) return this.turnAway(session);
    const { sessions, members, peers, seeds, pings, event, opened } = this.#parts;
    const { peerId, peerUid } = session;
    const former = sessions.with(peerId);
    // Whoever was dialled turned out to live anew: the life before it has ended, and is told so.
    const outlived = former && former.peerUid !== peerUid ? former : null;
    if (outlived) this.#outlive(outlived);
    const replaced = sessions.with(peerId);
    this.#hungUp.delete(peerId);
    members.proven(peerId, peerUid, incarnation);
    const peer = peers.ensure(peerId);
    if (!peer) return session.close();
    sessions.add(session);
    // Whoever waits for its answer to let the new life in finds that it is here already.
    if (outlived) pings.drop(outlived);
    if (replaced) this.#replace(replaced, session);
    const { initiator, address } = session;
    event({ type: 'session.opened', nodeId: peerId, uid: peerUid, initiator, address });
    peer.send({ type: 'session', session: session.number });
    seeds.connected(peerId);
    opened(session);
  }

  /**
   * The same life over another link. Whoever dialled knows of it first: would it close the old
   * link now, the other side could see that before it sees the new one, and report a loss.
   */
  #replace(replaced: Session, session: Session): void {
    const { pings, closeTimeoutMs } = this.#parts;
    pings.move(replaced, session);
    if (session.initiator === 'local') {
      this.#retiring.add(replaced);
      const isSent = pings.send(session, closeTimeoutMs, () => this.#endRetiring(replaced));
      if (!isSent) this.#endRetiring(replaced);
    }
    this.#report(replaced, 'replaced');
  }

  #outlive(session: Session): void {
    const { sessions, peers, event, gone } = this.#parts;
    const { peerId: nodeId, peerUid: uid, number } = session;
    sessions.remove(session);
    session.cut();
    event({ type: 'session.closed', nodeId, uid, cause: 'silent' });
    gone(session);
    peers.tell(nodeId, { type: 'session.closed', session: number });
  }

  #endRetiring(session: Session): void {
    this.#retiring.delete(session);
    session.retire();
  }

  /** The first heartbeat of a session: its peer is up. */
  greeted(session: Session): void {
    this.#parts.members.met(session.peerId);
    this.#parts.peers.tell(session.peerId, { type: 'heartbeat' });
    this.#parts.sessions.greeted(session);
  }

  /** Silence, a goodbye or a hang-up: the verdict goes to the chart in place of a lost link. */
  fall(session: Session, cause: SessionCause, verdict: PeerEvent): void {
    if (!this.#parts.sessions.remove(session)) return session.close();
    this.#report(session, cause);
    this.#parts.peers.tell(session.peerId, verdict);
    if (cause === 'silent') session.cut();
    else session.close();
    this.#tellSeeds(session.peerId);
  }

  /** A session that this side wants no more, for now: not taken up again in this life, nor `down`. */
  hangUp(session: Session): void {
    this.#hungUp.set(session.peerId, session.peerUid);
    const [oldest] = this.#hungUp.keys();
    if (oldest && this.#hungUp.size > this.#parts.maxNodes) this.#hungUp.delete(oldest);
    this.fall(session, 'hangup', { type: 'hangup' });
  }

  /** Closes a session without a verdict on its peer. */
  retire(session: Session, cause: SessionCause): void {
    session.close();
    this.ended(session, cause);
  }

  cut(session: Session, cause: SessionCause): void {
    session.cut();
    this.ended(session, cause);
  }

  /** The peer's chart has let go of it. */
  release(number: number): void {
    const session = this.#parts.sessions.numbered(number);
    if (!session) return;
    if (this.#parts.sessions.remove(session)) {
      this.#report(session, 'released');
      this.#tellSeeds(session.peerId);
      session.close();
    } else if (!this.#retiring.has(session)) session.retire();
  }

  ended(session: Session, cause: SessionCause): void {
    if (!this.#parts.sessions.remove(session)) return this.#parts.pings.drop(session);
    this.#report(session, cause);
    this.#parts.peers.tell(session.peerId, { type: 'session.closed', session: session.number });
    this.#tellSeeds(session.peerId);
  }

  /** From now on nobody is let in; `heard` gets each session that knows, or has ended. */
  leave(heard: (session: Session) => void): () => void {
    this.#isLeaving = true;
    this.#farewell = heard;
    return () => {
      this.#farewell = null;
    };
  }

  /** Ends a session that nobody holds: its peer, which may be up already, hears why. */
  turnAway(session: Session): void {
    session.send({ type: 'leave', incarnation: this.#parts.members.self.incarnation });
    session.close();
  }

  acknowledged(session: Session): void {
    this.#farewell?.(session);
  }

  #report(session: Session, cause: SessionCause): void {
    const { peerId: nodeId, peerUid: uid } = session;
    this.#parts.event({ type: 'session.closed', nodeId, uid, cause });
    if (cause !== 'replaced') this.#parts.gone(session);
    this.#farewell?.(session);
    this.#parts.pings.drop(session);
  }

  #tellSeeds(id: NodeId): void {
    const { seeds, sessions } = this.#parts;
    seeds.disconnected(id, (node) => {
      const other = NodeId.tryParse(node);
      return other !== undefined && sessions.with(other) !== undefined;
    });
  }
}
