/**
 * A silent node or a broken link? Before silence becomes a verdict, some others are asked when
 * they last heard from the node. Only positive evidence counts: contact after the question.
 */
import type { NodeId } from '../membership/node-id.ts';
import type { Clock, Random } from '../ports.ts';
import type { Pings } from './calls.ts';
import type { Session } from './session.ts';
import type { SessionTable } from './sessions.ts';

export interface CorroborationParts {
  readonly sessions: SessionTable;
  readonly pings: Pings;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a witness may look for an answer. */
  readonly inquiryMs: number;
}

interface Inquiry {
  readonly uid: string;
  readonly askedAt: number;
  /** Nobody else's word counts: an insider would vouch for the dead unasked. */
  readonly asked: ReadonlySet<NodeId>;
  readonly witnesses: Set<NodeId>;
}

/** As many are asked: one of them may share the broken path, all of them hardly ever do. */
const ASKED = 3;
/** Answers looked for at once on behalf of one peer; beyond it, what is known is told. */
const MAX_ASKED_BY_PEER = 32;

export class Corroboration {
  readonly #parts: CorroborationParts;
  /** By the node asked about; one ends with its session or its doubt. */
  readonly #inquiries = new Map<NodeId, Inquiry>();
  readonly #askedBy = new WeakMap<Session, number>();

  constructor(parts: CorroborationParts) {
    this.#parts = parts;
  }

  /** Asks some of the others about a life of a node. */
  inquire(id: NodeId, uid: string): void {
    const { clock } = this.#parts;
    const chosen = this.#chosen(id);
    const asked = new Set(chosen.map(({ peerId }) => peerId));
    this.#inquiries.set(id, { uid, askedAt: clock.now(), asked, witnesses: new Set() });
    for (const session of chosen) session.send({ type: 'contactAsked', id, uid });
  }

  /** Whether an inquiry about the node is open. */
  isAsking(id: NodeId): boolean {
    return this.#inquiries.has(id);
  }

  /** Ends the inquiry; who has heard from this life of the node since it began. */
  conclude(id: NodeId, uid: string): readonly NodeId[] {
    const inquiry = this.#inquiries.get(id);
    this.#inquiries.delete(id);
    if (inquiry?.uid !== uid) return [];
    return [...inquiry.witnesses].filter((witness) => this.#parts.sessions.with(witness)).sort();
  }

  /** Another node asks: looks once more before it answers. */
  asked(by: Session, id: NodeId, uid: string): void {
    const { sessions, pings, clock, inquiryMs } = this.#parts;
    const subject = sessions.with(id);
    if (subject?.peerUid !== uid) return by.send({ type: 'contact', id, uid, ageMs: -1 });
    const answer = () => {
      const ageMs = clock.now() - subject.hearing.lastHeardAt;
      // By the time of the answer another link may have taken the place of the one it was asked over.
      const present = sessions.with(by.peerId);
      const asker = present?.peerUid === by.peerUid ? present : by;
      asker.send({ type: 'contact', id, uid, ageMs });
    };
    const open = this.#askedBy.get(by) ?? 0;
    if (open >= MAX_ASKED_BY_PEER) return answer();
    this.#askedBy.set(by, open + 1);
    const isSent = pings.send(subject, inquiryMs, () => {
      this.#askedBy.set(by, (this.#askedBy.get(by) ?? 1) - 1);
      answer();
    });
    if (!isSent) {
      this.#askedBy.set(by, open);
      answer();
    }
  }

  answered(by: Session, id: NodeId, uid: string, ageMs: number): void {
    const inquiry = this.#inquiries.get(id);
    if (!inquiry?.asked.has(by.peerId) || inquiry.uid !== uid || ageMs < 0) return;
    if (this.#parts.clock.now() - ageMs < inquiry.askedAt) return;
    inquiry.witnesses.add(by.peerId);
  }

  #chosen(id: NodeId): Session[] {
    const { sessions, random } = this.#parts;
    const others = [...sessions].filter(
      ({ peerId, hearing }) => peerId !== id && hearing.verdict === 'fresh',
    );
    const chosen: Session[] = [];
    while (chosen.length < ASKED && others.length > 0) {
      chosen.push(...others.splice(Math.floor(random.float() * others.length), 1));
    }
    return chosen;
  }
}
