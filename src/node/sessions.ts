import type { NodeId } from '../membership/node-id.ts';
import type { Session } from './session.ts';

/** The published sessions: at most one per node, found by its id or by the session's number. */
export class SessionTable {
  readonly #byPeer = new Map<NodeId, Session>();
  readonly #byNumber = new Map<number, Session>();
  readonly #greeted = new Map<NodeId, Set<(isGreeted: boolean) => void>>();

  with(peer: NodeId): Session | undefined {
    return this.#byPeer.get(peer);
  }

  numbered(number: number): Session | undefined {
    return this.#byNumber.get(number);
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.#byPeer.values();
  }

  /** The session with a node that was dialled as `name@address`, or just `address`. */
  dialledAs(address: string, name: string | null): Session | undefined {
    for (const session of this.#byPeer.values()) {
      const isNamed = name === null || session.peerId.startsWith(`${name}@`);
      if (isNamed && session.dialled === address) return session;
    }
    return undefined;
  }

  add(session: Session): void {
    this.#byPeer.set(session.peerId, session);
    this.#byNumber.set(session.number, session);
  }

  /** True when it was the one with its peer; a replaced session is forgotten quietly. */
  remove(session: Session): boolean {
    this.#byNumber.delete(session.number);
    if (this.#byPeer.get(session.peerId) !== session) return false;
    this.#byPeer.delete(session.peerId);
    this.#tellWaiting(session.peerId, false);
    return true;
  }

  greeted(session: Session): void {
    session.hasGreeted = true;
    this.#tellWaiting(session.peerId, true);
  }

  /** Calls once: true at the first heartbeat, false when the session ends before; maybe never. */
  whenGreeted(peer: NodeId, done: (isGreeted: boolean) => void): () => void {
    if (this.#byPeer.get(peer)?.hasGreeted) {
      done(true);
      return () => {};
    }
    const waiting = this.#greeted.get(peer) ?? new Set();
    this.#greeted.set(peer, waiting.add(done));
    return () => waiting.delete(done);
  }

  #tellWaiting(peer: NodeId, isGreeted: boolean): void {
    const waiting = this.#greeted.get(peer);
    this.#greeted.delete(peer);
    for (const done of waiting ?? []) done(isGreeted);
  }
}
