/**
 * A second link with the same life of a peer, to take the place of the first, unnoticed. One at a
 * time for each session, and none that outlives it.
 */
import { NodeId } from '../membership/node-id.ts';
import type { Dialling } from './dialling.ts';
import { reach } from './reach.ts';
import type { Session } from './session.ts';
import type { SessionTable } from './sessions.ts';

interface Renewal {
  readonly abort: () => void;
  readonly failed: (() => void)[];
}

export class Renewals {
  readonly #dialling: Dialling;
  readonly #sessions: SessionTable;
  readonly #underWay = new Map<Session, Renewal>();

  constructor(dialling: Dialling, sessions: SessionTable) {
    this.#dialling = dialling;
    this.#sessions = sessions;
  }

  /** `failed` is called, later, when the session is still the one with its peer. */
  begin(session: Session, failed: () => void): void {
    const { peerId } = session;
    if (!this.#isPresent(session)) return;
    const present = this.#underWay.get(session);
    if (present) {
      present.failed.push(failed);
      return;
    }
    const abort = reach(
      this.#dialling.reachPorts,
      {
        target: NodeId.components(peerId),
        expectedPeer: peerId,
        purpose: 'renew',
        slots: this.#dialling.slots.again,
        isOwn: () => false,
        isWanted: () => this.#isPresent(session),
      },
      () => this.#over(session),
    );
    this.#underWay.set(session, { abort, failed: [failed] });
  }

  /** The session has ended, other than by being replaced. */
  drop(session: Session): void {
    this.#underWay.get(session)?.abort();
    this.#underWay.delete(session);
  }

  stop(): void {
    for (const { abort } of this.#underWay.values()) abort();
    this.#underWay.clear();
  }

  #over(session: Session): void {
    const failed = this.#underWay.get(session)?.failed ?? [];
    this.#underWay.delete(session);
    if (this.#isPresent(session)) for (const tell of failed) tell();
  }

  #isPresent(session: Session): boolean {
    return session.isOpen && this.#sessions.with(session.peerId) === session;
  }
}
