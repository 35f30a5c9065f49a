/** The accepting side of one handshake. Until the proof, all it may do is close its own link. */
import type { ConnectReason } from '../errors.ts';
import { formatAddress } from '../membership/address.ts';
import { isIntroduction } from '../membership/admission.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Link, LinkError } from '../ports.ts';
import { AcceptorHandshake, refused, STATUS } from '../wire/handshake.ts';
import type { Contender } from './arbiter.ts';
import { Channel, type ChannelOwner } from './channel.ts';
import type { Place } from './gate.ts';
import type { AcceptorHost, PeerIdentity } from './handshake-host.ts';
import { Patience } from './patience.ts';
import type { Session } from './session.ts';
import { greetingProblem, proofProblem, vouchProblem } from './vouching.ts';

type Status = (typeof STATUS)[keyof typeof STATUS];

/** The other refusals are part of normal life: the dialer knows, nobody else needs to. */
const REPORTED: ReadonlyMap<Status, ConnectReason> = new Map([
  [STATUS.nameConflict, 'name_conflict'],
  [STATUS.wrongPeer, 'wrong_peer'],
]);

const REFUSAL_STATUS = {
  stale: STATUS.stale,
  leaving: STATUS.leaving,
  wrongPeer: STATUS.wrongPeer,
  nameConflict: STATUS.nameConflict,
  duplicate: STATUS.duplicate,
  busy: STATUS.busy,
} as const;

/** Links opened by strangers are many in a flood: nothing is made before it is needed. */
export class Acceptance implements Contender, ChannelOwner {
  readonly role = 'accept';
  readonly #host: AcceptorHost;
  readonly #place: Place;
  readonly #channel: Channel;
  readonly #acceptedAt: number;
  readonly #patience: Patience;
  #handshake: AcceptorHandshake | null = null;
  #phase: 'hello' | 'prove' | 'arbiter' | 'answering' | 'confirm' | 'over' = 'hello';
  #peer: PeerIdentity | null = null;
  #expectedPeer = '';
  #isProbe = false;
  #isRenewal = false;
  #session: Session | null = null;

  constructor(host: AcceptorHost, link: Link, place: Place) {
    this.#host = host;
    this.#place = place;
    place.yields = () => this.#refuse('timeout', 'it took long while others were waiting');
    this.#acceptedAt = host.ports.clock.now();
    this.#patience = new Patience(host.ports.clock);
    this.#patience.renew(host.limits.helloTimeoutMs, () =>
      this.#refuse('timeout', 'no greeting came in time'),
    );
    this.#channel = new Channel(link, host.preAuthFrameBytes, host.channelHost, this);
  }

  broken(error: string): void {
    if (error !== 'tls') {
      return this.#refuse('protocol', `the first bytes are no greeting (${error})`);
    }
    // Whatever is no TLS tells a TLS client why it was refused.
    const { send } = refused('plaintext');
    this.#refuse('plaintext', 'the other side speaks TLS, and this node does not', send);
  }

  closed(error: LinkError | null): void {
    if (error?.fault) this.#refuse(error.fault, error.message);
    else this.#end(false);
  }

  /** The node is stopping. */
  abort(): void {
    if (this.#session) this.#host.turnAway(this.#session);
    else this.#channel.destroy();
    this.#end(false);
  }

  frame(type: number, body: Uint8Array): boolean {
    if (this.#phase === 'hello') return this.#greeted(type, body);
    if (this.#phase === 'prove') return this.#proved(type, body);
    this.#refuse('protocol', 'a message came out of turn');
    return false;
  }

  #greeted(type: number, body: Uint8Array): boolean {
    const { link } = this.#channel;
    const config = this.#host.handshakeConfig(link);
    const handshake = new AcceptorHandshake(config, {
      keyPair: this.#host.acceptorKeyPair(),
      nonce: this.#host.ports.random.bytes(32),
    });
    const greeted = handshake.hello(type, body);
    if (!greeted.ok) {
      if (greeted.failure === 'self') this.#host.metItself(body);
      const detail = greetingProblem(greeted.failure, config.psks.length > 0);
      this.#refuse(greeted.failure, detail, greeted.send);
      return false;
    }
    const id = NodeId.tryParse(greeted.peer.id);
    if (!id) {
      this.#refuse('protocol', 'the greeting holds an invalid node id');
      return false;
    }
    this.#peer = { ...greeted.peer, id };
    this.#handshake = handshake;
    const problem = vouchProblem(link, config.clusterName, id);
    if (problem) {
      this.#refuse('certificate', problem, refused('certificate').send);
      return false;
    }
    this.#expectedPeer = greeted.expectedPeer;
    this.#isProbe = greeted.probe;
    this.#isRenewal = greeted.renew;
    const { clock } = this.#host.ports;
    const spentMs = clock.now() - this.#acceptedAt;
    this.#awaitEnd(Math.max(0, this.#host.limits.handshakeTimeoutMs - spentMs));
    this.#phase = 'prove';
    this.#channel.write(greeted.send);
    return true;
  }

  #proved(type: number, body: Uint8Array): boolean {
    const handshake = this.#handshake;
    if (!handshake) return false;
    const proved = handshake.proved(type, body);
    if (!proved.ok) {
      this.#refuse(proved.failure, proofProblem(proved.failure, this.#channel.link), proved.send);
      return false;
    }
    if (!this.#peer) return false;
    this.#place.proven();
    if (this.#isProbe) {
      this.#answer(this.#isExpected() ? STATUS.ok : STATUS.wrongPeer, 0);
      return false;
    }
    if (this.#isRenewal) {
      this.go();
    } else {
      this.#phase = 'arbiter';
      this.#host.arbiter.enter(this.#peer.id, this);
    }
    return this.#isUnderWay();
  }

  #isUnderWay(): boolean {
    return this.#phase !== 'over';
  }

  #isExpected(): boolean {
    return this.#host.isExpected(this.#expectedPeer);
  }

  go(): void {
    const peer = this.#peer;
    if (!peer) return;
    this.#phase = 'answering';
    const admission = this.#host.admit(peer, this.#expectedPeer, this.#isRenewal);
    if (admission.kind === 'accept') return this.#accept(peer);
    if (admission.kind === 'refuse') {
      return this.#answer(REFUSAL_STATUS[admission.status], admission.knownIncarnation);
    }
    this.#host.challenge(peer, (isAlive) => {
      if (!this.#isUnderWay()) return;
      if (this.#host.isLeaving) return this.#answer(STATUS.leaving, 0);
      // An own dial may have met this very life meanwhile: no conflict, but one link too many.
      const isHere = this.#host.sessionWith(peer.id)?.peerUid === peer.uid;
      if (isAlive) this.#answer(REFUSAL_STATUS[isHere ? 'duplicate' : admission.ifAlive], 0);
      else this.#accept(peer);
    });
  }

  lost(): void {
    this.#answer(STATUS.lostSimultaneous, 0);
  }

  expired(): void {
    this.#answer(STATUS.busy, 0);
  }

  #accept(peer: PeerIdentity): void {
    const answer = this.#handshake?.answer(STATUS.ok, 0);
    if (!answer) return;
    const { send, keys } = answer;
    this.#phase = 'confirm';
    // It has proven itself and takes the session for open as soon as it reads this: to lose patience
    // before a session would be given up is a nodeDown there.
    const { limits, silenceLimitMs } = this.#host;
    this.#awaitEnd(Math.max(limits.handshakeTimeoutMs, silenceLimitMs));
    this.#channel.write(send);
    const session = this.#host.openSession(this.#channel, {
      peer,
      initiator: 'remote',
      dialled: null,
      isIntroduction: isIntroduction(this.#expectedPeer),
      keys,
      confirmed: (isOpen) => {
        if (isOpen) this.#host.publish(session, peer.incarnation);
        this.#end(isOpen);
      },
    });
    this.#session = session;
    this.#host.greet(session, peer.incarnation);
    session.flush();
  }

  #awaitEnd(withinMs: number): void {
    this.#patience.renew(withinMs, () =>
      this.#refuse('timeout', 'the handshake did not finish in time'),
    );
  }

  #answer(status: Status, knownIncarnation: number): void {
    if (!this.#isUnderWay()) return;
    this.#channel.end(this.#handshake?.answer(status, knownIncarnation).send);
    const reason = REPORTED.get(status);
    if (reason) this.#report(reason, 'the proof was right');
    this.#end(false);
  }

  #refuse(reason: ConnectReason, detail: string, send: Uint8Array | null = null): void {
    if (!this.#isUnderWay()) return;
    if (this.#session) this.#session.cut();
    else if (send) this.#channel.end(send);
    else this.#channel.destroy();
    this.#host.ports.counters.add('handshakes.failed');
    if (reason !== 'self') this.#report(reason, detail);
    this.#end(false);
  }

  #report(reason: ConnectReason, detail: string): void {
    const nodeId = this.#peer?.id ?? null;
    const address = formatAddress(this.#channel.link.remote);
    this.#host.refused({ reason, address, nodeId, detail });
  }

  #end(won: boolean): void {
    if (!this.#isUnderWay()) return;
    const phase = this.#phase;
    this.#phase = 'over';
    this.#patience.end();
    this.#place.leave();
    const hasEntered = phase === 'arbiter' || phase === 'answering' || phase === 'confirm';
    if (this.#peer && hasEntered && !this.#isRenewal) {
      this.#host.arbiter.leave(this.#peer.id, this, won);
    }
    this.#host.settled(this);
    this.#handshake = null;
  }
}
