/** Both sides of a handshake meet the node here: who may come in, as whom, and beside whom. */
import { FIXED } from '../limits.ts';
import { admit, isExpected } from '../membership/admission.ts';
import { challengeTimeoutMs } from '../membership/liveness.ts';
import { NodeId } from '../membership/node-id.ts';
import type { KeyPair, Link, Ports } from '../ports.ts';
import { type HandshakeConfig, nonceOf } from '../wire/handshake.ts';
import { Acceptance } from './acceptor.ts';
import { Arbiter } from './arbiter.ts';
import type { Channel, ChannelHost } from './channel.ts';
import type { Core } from './core.ts';
import { Gate } from './gate.ts';
import type { AcceptorHost, NewSession, PeerIdentity, Refusal } from './handshake-host.ts';
import { LinkSet } from './link-set.ts';
import { type SecretRing, secretIdOf } from './secrets.ts';
import { Session, type SessionLimits } from './session.ts';

/** Strangers share a key pair this long: a flood must not pay with our key generation. */
const ACCEPTOR_KEYS_MS = 1_000;

export class Door implements AcceptorHost {
  readonly ports: Ports;
  readonly limits: Core['limits'];
  readonly silenceLimitMs: number;
  readonly arbiter: Arbiter;
  readonly preAuthFrameBytes = FIXED.maxPreAuthFrameBytes;
  readonly channelHost: ChannelHost;
  readonly #core: Core;
  readonly #secrets: SecretRing;
  readonly #gate: Gate;
  readonly #acceptances = new Set<Acceptance>();
  /** Nonces of own dials under way, and whether one of them came in at this very door. */
  readonly #ownNonces = new Map<string, boolean>();
  readonly #sessionLimits: SessionLimits;
  #sessionCount = 0;
  #acceptorKeys: { readonly pair: KeyPair; readonly madeAt: number } | null = null;

  constructor(core: Core, secrets: SecretRing) {
    this.#core = core;
    this.#secrets = secrets;
    this.ports = core.ports;
    this.limits = core.limits;
    this.silenceLimitMs = core.silenceLimitMs;
    const { clock, counters } = core.ports;
    this.arbiter = new Arbiter(core.self.id, clock, FIXED.maxParkMs);
    this.#gate = new Gate(clock, core.limits);
    this.#sessionLimits = {
      ...core.limits,
      recordsPerKey: FIXED.recordsPerKey,
      heartbeatIntervalMs: core.config.heartbeatIntervalMs,
      silenceLimitMs: core.silenceLimitMs,
      phi: core.config.phiAccrual,
    };
    const { closeTimeoutMs } = core.limits;
    this.channelHost = {
      clock,
      counters,
      closeTimeoutMs,
      links: new LinkSet(),
      failed: (error) => core.reporter.bug(error),
    };
  }

  /** A stranger: resets the link when there are too many. */
  accept(link: Link): void {
    const isStruck = this.ports.faults.strikes('accept');
    const place = isStruck ? null : this.#gate.admit(link.remote.host);
    if (!place) {
      this.ports.counters.add('links.refused');
      link.destroy();
      return;
    }
    this.#acceptances.add(new Acceptance(this, link, place));
  }

  settled(handshake: Acceptance): void {
    this.#acceptances.delete(handshake);
  }

  acceptorKeyPair(): KeyPair {
    const now = this.ports.clock.now();
    if (!this.#acceptorKeys || now - this.#acceptorKeys.madeAt >= ACCEPTOR_KEYS_MS) {
      this.#acceptorKeys = { pair: this.ports.keys.pair(), madeAt: now };
    }
    return this.#acceptorKeys.pair;
  }

  refused(refusal: Refusal): void {
    const id = NodeId.tryParse(refusal.nodeId);
    if (refusal.reason === 'name_conflict' && id) {
      this.#core.reporter.nameConflict(id, refusal.address);
    }
    this.#core.reporter.refused('inbound', refusal);
  }

  handshakeConfig(link: Link): HandshakeConfig {
    return {
      self: this.#core.self,
      clusterName: this.#core.config.clusterName,
      psks: this.#secrets.psks,
      features: 0,
      // Asked for once the other side has spoken: TLS, if any, has been agreed by then.
      get channelBinding() {
        return link.channelBinding;
      },
    };
  }

  get isLeaving(): boolean {
    return this.#core.holding.isLeaving;
  }

  isHungUp(peer: NodeId, uid: string): boolean {
    return this.#core.holding.isHungUp(peer, uid);
  }

  watchDial(nonce: Uint8Array) {
    const key = Buffer.from(nonce).toString('hex');
    this.#ownNonces.set(key, false);
    return {
      isOwn: () => this.#ownNonces.get(key) === true,
      end: () => {
        this.#ownNonces.delete(key);
      },
    };
  }

  /** Anybody may claim to be this node, but only its own dial brings the nonce of that dial. */
  metItself(greeting: Uint8Array): void {
    const nonce = nonceOf(greeting);
    const key = nonce ? Buffer.from(nonce).toString('hex') : '';
    if (this.#ownNonces.has(key)) this.#ownNonces.set(key, true);
  }

  hasRoomFor(peer: NodeId): boolean {
    return this.#core.hasRoomFor(peer);
  }

  sessionWith(peer: NodeId): Session | undefined {
    return this.#core.sessions.with(peer);
  }

  outlive(knownIncarnation: number): void {
    this.#core.members.outlive(knownIncarnation);
  }

  isExpected(expectedPeer: string): boolean {
    return isExpected(this.#core.self.id, expectedPeer);
  }

  admit(peer: PeerIdentity, expectedPeer: string, isRenewal: boolean) {
    const session = this.sessionWith(peer.id);
    const { self, holding, members } = this.#core;
    if (isRenewal && !holding.isLeaving) {
      // Of a session that has ended here there is nothing to renew; a dial of this node's own may
      // be on its way, and two sessions would each be taken for the later one.
      return session?.peerUid === peer.uid
        ? ({ kind: 'accept' } as const)
        : ({ kind: 'refuse', status: 'stale', knownIncarnation: 0 } as const);
    }
    return admit({
      self,
      leaving: holding.isLeaving,
      hasRoom: this.hasRoomFor(peer.id),
      expectedPeer,
      peer,
      known: members.get(peer.id),
      sessionUid: session?.peerUid ?? null,
    });
  }

  challenge(peer: PeerIdentity, done: (isAlive: boolean) => void): void {
    const asked = this.sessionWith(peer.id);
    if (!asked) return done(false);
    const askedAt = this.ports.clock.now();
    const timeoutMs = challengeTimeoutMs(this.#core.silenceLimitMs);
    const isSent = this.#core.pings.send(asked, timeoutMs, (roundTripMs) => {
      const present = this.sessionWith(peer.id);
      const isAlive =
        roundTripMs !== null ||
        asked.hearing.lastHeardAt > askedAt ||
        (present && present !== asked);
      if (!isAlive && present && asked.peerUid !== peer.uid) {
        this.#core.holding.cut(asked, 'silent');
      }
      done(isAlive === true);
    });
    // Too busy to ask: the one that is there keeps its place.
    if (!isSent) done(true);
  }

  openSession(channel: Channel, input: NewSession): Session {
    this.#gate.met(channel.link.remote.host);
    let isSettled = input.confirmed === undefined;
    const settle = (isOpen: boolean) => {
      if (isSettled) return;
      isSettled = true;
      input.confirmed?.(isOpen);
    };
    this.#sessionCount += 1;
    return new Session(
      {
        number: this.#sessionCount,
        peerId: input.peer.id,
        peerUid: input.peer.uid,
        initiator: input.initiator,
        dialled: input.dialled,
        isIntroduction: input.isIntroduction,
        keys: input.keys,
        // Secrets may have changed since the handshake began: what it was proven by counts.
        secretId: input.keys.psk && secretIdOf(input.keys.psk),
      },
      channel,
      {
        confirmed: () => settle(true),
        message: (from, message) => this.#core.receive(from, message),
        data: (from, body) => this.#core.dataPlane.received(from, body),
        over: (from) => this.#core.dataPlane.over(from),
        ended: (ended, cause) => {
          settle(false);
          this.#core.holding.ended(ended, cause);
        },
      },
      { ...this.ports, foreign: this.#core.dataPlane.foreign },
      this.#sessionLimits,
    );
  }

  greet(session: Session, incarnation: number): void {
    this.#core.exchange.greet(session, incarnation);
  }

  publish(session: Session, incarnation: number): void {
    if (session.initiator === 'remote') this.#core.exchange.catchUp(session);
    this.#core.holding.publish(session, incarnation);
  }

  turnAway(session: Session): void {
    this.#core.holding.turnAway(session);
  }

  /** Ends every handshake that others began; sessions stay. */
  close(): void {
    for (const acceptance of [...this.#acceptances]) acceptance.abort();
  }
}
