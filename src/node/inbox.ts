/** What each control message means. */
import { formatAddress } from '../membership/address.ts';
import { NodeId } from '../membership/node-id.ts';
import type { ControlMessage } from '../wire/messages.ts';
import type { Core } from './core.ts';
import type { Session } from './session.ts';

type Of<T extends ControlMessage['type']> = Extract<ControlMessage, { readonly type: T }>;

export class Inbox {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  receive(session: Session, message: ControlMessage): void {
    // A session that was replaced may still deliver what was on the way; it speaks for nobody.
    if (this.#core.sessions.with(session.peerId) !== session) return;
    switch (message.type) {
      case 'hello':
        return this.#hello(session, message);
      case 'heartbeat':
        return this.#heartbeat(session, message);
      case 'view':
        return this.#core.exchange.receive(session, message);
      case 'ping':
        return session.send({ type: 'pong', nonce: message.nonce });
      case 'pong':
        return this.#core.pings.answered(session, message.nonce);
      case 'leave':
        session.send({ type: 'leaveAck' });
        return this.#core.holding.fall(session, 'left', { type: 'leave' });
      case 'leaveAck':
        return this.#core.holding.acknowledged(session);
      case 'accused':
        return this.#accused(message);
      case 'bye':
        return this.#core.holding.hangUp(session);
      case 'unreachable':
        return this.#unreachable(message);
      case 'contactAsked':
      case 'contact':
        return this.#contact(session, message);
      default:
        return message satisfies never;
    }
  }

  #hello(session: Session, hello: Of<'hello'>): void {
    if (session.hasGreeted) return;
    const { members } = this.#core;
    this.#vitals(session, hello);
    if (hello.knownIncarnation > 0) members.outlive(hello.knownIncarnation);
    this.#core.holding.greeted(session);
    const { entries } = hello;
    this.#core.exchange.receive(session, { after: '', upTo: null, pull: false, entries });
    this.#core.exchange.compare(session, hello.digest);
  }

  #heartbeat(session: Session, heartbeat: Of<'heartbeat'>): void {
    // About the link, so it counts whatever the other side has told of itself before.
    session.hearing.beat(this.#core.ports.clock.now(), heartbeat.heardAgeMs);
    if (!session.hasGreeted) return;
    session.beatsHeard += 1;
    this.#vitals(session, heartbeat);
    this.#core.exchange.compare(session, heartbeat.digest);
  }

  #vitals(session: Session, said: Of<'hello'> | Of<'heartbeat'>): void {
    const ageMs = this.#core.ports.clock.now() - session.hearing.lastHeardAt;
    this.#core.roster.heard(session.peerId, said, ageMs);
    this.#core.members.heard(session.peerId, session.peerUid, said.incarnation);
    this.#core.changed();
  }

  #accused({ uid, incarnation }: Of<'accused'>): void {
    const { members } = this.#core;
    if (uid === members.self.uid) members.refute(incarnation);
    else if (incarnation >= members.self.incarnation) {
      this.#core.reporter.nameConflict(members.self.id, 'gossip');
    }
  }

  #contact(session: Session, message: Of<'contactAsked'> | Of<'contact'>): void {
    const id = NodeId.tryParse(message.id);
    if (!id) return;
    const { corroboration } = this.#core;
    if (message.type === 'contactAsked') corroboration.asked(session, id, message.uid);
    else corroboration.answered(session, id, message.uid, message.ageMs);
  }

  /** A peer tried the address that this node advertises, and met nobody or somebody else. */
  #unreachable({ address, failure }: Of<'unreachable'>): void {
    const { self } = this.#core;
    const advertised = formatAddress(NodeId.components(self.id));
    this.#core.reporter.addressUnreachable(self.id, advertised, address, failure);
  }
}
