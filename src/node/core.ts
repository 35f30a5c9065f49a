/**
 * One life of the node, from the bound port to the last closed link: everything that knows the
 * node's own id, composed. Rules live in membership/, decisions in the charts, bytes in wire/.
 */

import type { ClusterEvent, SessionCause } from '../inspect/events.ts';
import { FIXED } from '../limits.ts';
import type { PeerEmitted, PeerEvent } from '../machines/peer.ts';
import { formatAddress } from '../membership/address.ts';
import { admit } from '../membership/admission.ts';
import { challengeTimeoutMs, silenceLimitMs } from '../membership/liveness.ts';
import { NodeId } from '../membership/node-id.ts';
import type { NodeDownReason, NodeInfo } from '../membership/node-info.ts';
import type { Endpoint, KeyPair, Link, Ports } from '../ports.ts';
import type { HandshakeConfig } from '../wire/handshake.ts';
import { Acceptance } from './acceptor.ts';
import { Arbiter } from './arbiter.ts';
import { Pings } from './calls.ts';
import type { Channel, ChannelHost } from './channel.ts';
import { DialBack } from './dial-back.ts';
import { DialSlots } from './dial-slots.ts';
import { type DialRequest, type DialResult, dial } from './dialer.ts';
import { Exchange } from './exchange.ts';
import { mostTelling } from './failures.ts';
import { Gate } from './gate.ts';
import type { AcceptorHost, NewSession, PeerIdentity, Refusal } from './handshake-host.ts';
import { Inbox } from './inbox.ts';
import type { Lifecycle } from './lifecycle.ts';
import { LinkSet } from './link-set.ts';
import { type LocalIdentity, Members } from './members.ts';
import type { NodeConfig } from './node-config.ts';
import { Peers } from './peers.ts';
import { Pulse } from './pulse.ts';
import { type ReachPorts, reach } from './reach.ts';
import { Reporter } from './reporter.ts';
import { Roster } from './roster.ts';
import { Rotation } from './rotation.ts';
import type { SecretRing } from './secrets.ts';
import { Seeds } from './seeds.ts';
import { Session } from './session.ts';
import { SessionTable } from './sessions.ts';

export interface CoreOwner {
  up(info: NodeInfo): void;
  down(id: NodeId, reason: NodeDownReason): void;
  /** Some NodeInfo or the list of nodes is not what it was. */
  changed(): void;
  event(event: ClusterEvent): void;
}

export interface CoreInput {
  readonly config: NodeConfig;
  readonly self: LocalIdentity;
  readonly secrets: SecretRing;
  readonly ports: Ports;
  readonly lifecycle: Lifecycle;
  readonly owner: CoreOwner;
}

export class Core implements AcceptorHost {
  readonly ports: Ports;
  readonly limits: NodeConfig['limits'];
  readonly arbiter: Arbiter;
  readonly preAuthFrameBytes = FIXED.maxPreAuthFrameBytes;
  readonly channelHost: ChannelHost;

  readonly members: Members;
  readonly peers: Peers;
  readonly sessions = new SessionTable();
  readonly seeds: Seeds;
  readonly roster: Roster;
  readonly pings: Pings;
  readonly reachPorts: ReachPorts;
  readonly silenceLimitMs: number;
  readonly startedAt: number;
  isLeaving = false;
  /** While news of a node that this one has just dialled are taken in. */
  isJoining = false;

  readonly #config: NodeConfig;
  readonly #owner: CoreOwner;
  readonly #secrets: SecretRing;
  readonly #gate: Gate;
  readonly #pulse: Pulse;
  readonly #reporter: Reporter;
  readonly #exchange: Exchange;
  readonly #inbox: Inbox;
  readonly #dialBack: DialBack;
  readonly #rotation: Rotation;
  readonly #acceptances = new Set<Acceptance>();
  readonly #unconfirmed = new Set<Session>();
  /** Hung up on purpose, here or there: not dialled until either side connects again. */
  readonly #hungUp = new Set<NodeId>();
  #sessionCount = 0;
  #farewell: ((session: Session) => void) | null = null;
  #acceptorKeys: { readonly pair: KeyPair; readonly madeAt: number } | null = null;

  constructor(input: CoreInput) {
    const { config, self, ports, owner } = input;
    this.#config = config;
    this.#owner = owner;
    this.#secrets = input.secrets;
    this.ports = ports;
    this.limits = config.limits;
    this.startedAt = ports.clock.now();
    this.silenceLimitMs = silenceLimitMs(config.heartbeatIntervalMs, config.heartbeatMissThreshold);
    this.channelHost = {
      clock: ports.clock,
      counters: ports.counters,
      links: new LinkSet(),
      closeTimeoutMs: config.limits.closeTimeoutMs,
    };
    this.arbiter = new Arbiter(self.id, ports.clock, FIXED.maxParkMs);
    this.#gate = new Gate(ports.clock, config.limits);
    this.#reporter = new Reporter(ports.clock, config.limits.reportIntervalMs, owner.event);
    this.roster = new Roster(ports.clock);
    this.pings = new Pings(ports.clock, config.limits.maxPendingCalls);
    this.reachPorts = {
      resolver: ports.resolver,
      slots: new DialSlots(config.limits.maxDials),
      dial: (request, done) => this.#dial(request, done),
    };
    this.members = new Members(
      {
        self,
        maxNodes: config.limits.maxNodes,
        maxGossipEntries: config.limits.maxGossipEntries,
        retention: { leftMs: config.limits.leftRetentionMs, downMs: config.limits.downRetentionMs },
        now: () => ports.clock.now(),
        sessionUid: (id) => this.sessions.with(id)?.peerUid ?? null,
      },
      {
        learned: (id) => this.#learned(id),
        leftByHearsay: (id) => this.peers.tell(id, { type: 'leave' }),
        accuse: (id, uid, incarnation) =>
          this.sessions.with(id)?.send({ type: 'accused', uid, incarnation }),
        conflict: (id) => this.#reporter.nameConflict(id, 'gossip'),
        dropped: () => ports.counters.add('gossip.dropped'),
        changed: owner.changed,
      },
    );
    this.peers = new Peers(
      {
        silenceLimitMs: this.silenceLimitMs,
        greetTimeoutMs: config.limits.handshakeTimeoutMs,
        reconnectBaseDelayMs: config.reconnectBaseDelayMs,
        reconnectMaxDelayMs: config.reconnectMaxDelayMs,
      },
      input.lifecycle,
      ports.random,
      (id, event) => this.#peerEmitted(id, event),
    );
    this.seeds = new Seeds(config.seeds, this.reachPorts, input.lifecycle, {
      isOwn: (address) => this.isOwn(address),
      whenGreeted: (node, done) => this.sessions.whenGreeted(node, done),
      failed: (seed, failure) => this.#reporter.seedFailed(seed, failure),
    });
    this.#exchange = new Exchange(this, config);
    this.#dialBack = new DialBack(this, this.#reporter);
    this.#inbox = new Inbox(this, this.#exchange, this.#reporter);
    this.#rotation = new Rotation(this, this.#secrets);
    this.#pulse = new Pulse({ ...config, phase: ports.random.float() }, ports.clock, {
      sessions: () => this.sessions,
      beat: (session) => this.#exchange.beat(session),
      suspect: (session) => {
        session.isSuspect = true;
        this.pings.send(session, this.silenceLimitMs, () => {});
        this.peers.tell(session.peerId, { type: 'silence.suspect' });
      },
      fresh: (session) => {
        session.isSuspect = false;
        this.peers.tell(session.peerId, { type: 'silence.fresh' });
      },
      silent: (session) => this.fall(session, 'silent', { type: 'silence.over' }),
      stalled: (session) => {
        session.cut();
        this.#ended(session, 'stalled');
      },
      late: (lagMs) => {
        ports.counters.add('timers.late');
        owner.event({ type: 'timer.late', lagMs });
      },
      swept: (now) => this.#exchange.keepHouse(now),
    });
  }

  get self(): LocalIdentity {
    return this.members.self;
  }

  get config(): NodeConfig {
    return this.#config;
  }

  start(): void {
    this.#pulse.start();
  }

  /** Ends everything that could still act; links are closed by the teardown. */
  stop(): void {
    this.#pulse.stop();
    this.#dialBack.stop();
    this.#rotation.stop();
    this.pings.dropAll();
    for (const acceptance of [...this.#acceptances]) acceptance.abort();
  }

  // ---- strangers ---------------------------------------------------------------------------

  accept(link: Link): void {
    const release = this.#gate.admit(link.remote.host);
    if (!release || this.ports.faults.strikes('accept')) {
      release?.();
      this.ports.counters.add('links.refused');
      link.destroy();
      return;
    }
    this.#acceptances.add(new Acceptance(this, link, release));
  }

  settled(handshake: Acceptance): void {
    this.#acceptances.delete(handshake);
  }

  acceptorKeyPair(): KeyPair {
    const now = this.ports.clock.now();
    if (!this.#acceptorKeys || now - this.#acceptorKeys.madeAt >= 1_000) {
      this.#acceptorKeys = { pair: this.ports.keys.pair(), madeAt: now };
    }
    return this.#acceptorKeys.pair;
  }

  refused(refusal: Refusal): void {
    if (refusal.reason === 'name_conflict' && refusal.nodeId) {
      const id = NodeId.tryParse(refusal.nodeId);
      if (id) this.#reporter.nameConflict(id, refusal.address);
    }
    this.#reporter.refused('inbound', refusal);
  }

  // ---- handshakes --------------------------------------------------------------------------

  handshakeConfig(link: Link): HandshakeConfig {
    return {
      self: this.self,
      clusterName: this.#config.clusterName,
      psks: this.#secrets.psks,
      features: 0,
      channelBinding: link.channelBinding,
    };
  }

  sessionWith(peer: NodeId): Session | undefined {
    return this.sessions.with(peer);
  }

  outlive(knownIncarnation: number): void {
    this.members.outlive(knownIncarnation);
  }

  isExpected(expectedPeer: string): boolean {
    if (expectedPeer === '' || expectedPeer === this.self.id) return true;
    return expectedPeer.endsWith('@') && this.self.id.startsWith(expectedPeer);
  }

  admit(peer: PeerIdentity, expectedPeer: string, isRenewal: boolean) {
    const session = this.sessions.with(peer.id);
    if (isRenewal && session?.peerUid === peer.uid && !this.isLeaving) {
      return { kind: 'accept' } as const;
    }
    return admit({
      self: this.self,
      leaving: this.isLeaving,
      expectedPeer,
      peer,
      known: this.members.get(peer.id),
      sessionUid: session?.peerUid ?? null,
    });
  }

  challenge(peer: NodeId, done: (isAlive: boolean) => void): void {
    const session = this.sessions.with(peer);
    if (!session) return done(false);
    const timeoutMs = challengeTimeoutMs(this.silenceLimitMs);
    const isSent = this.pings.send(session, timeoutMs, (roundTripMs) => done(roundTripMs !== null));
    if (!isSent) done(true);
  }

  bury(peer: NodeId, uid: string): void {
    const session = this.sessions.with(peer);
    if (!session || session.peerUid === uid) return;
    session.cut();
    this.#ended(session, 'silent');
  }

  openSession(channel: Channel, input: NewSession): Session {
    let isSettled = input.confirmed === undefined;
    const settle = (session: Session, isOpen: boolean) => {
      if (isSettled) return;
      isSettled = true;
      this.#unconfirmed.delete(session);
      input.confirmed?.(isOpen);
    };
    this.#sessionCount += 1;
    const session = new Session(
      {
        number: this.#sessionCount,
        peerId: input.peer.id,
        peerUid: input.peer.uid,
        initiator: input.initiator,
        dialled: input.dialled,
        keys: input.keys,
        secretId: this.#secrets.idAt(input.keys.keyIndex),
      },
      channel,
      {
        confirmed: (confirmed) => settle(confirmed, true),
        message: (from, message) => this.#inbox.receive(from, message),
        ended: (ended, cause) => {
          settle(ended, false);
          this.#ended(ended, cause);
        },
      },
      this.ports,
      { ...this.limits, recordsPerKey: FIXED.recordsPerKey },
    );
    if (!isSettled) this.#unconfirmed.add(session);
    return session;
  }

  greet(session: Session): void {
    this.#exchange.greet(session);
  }

  publish(session: Session, incarnation: number): void {
    if (this.isLeaving) return session.close();
    const { peerId, peerUid } = session;
    const replaced = this.sessions.with(peerId);
    if (session.initiator === 'remote') this.#exchange.catchUp(session);
    this.#hungUp.delete(peerId);
    this.members.proven(peerId, peerUid, incarnation);
    const peer = this.peers.ensure(peerId);
    if (!peer) return session.close();
    this.sessions.add(session);
    if (replaced) this.#closed(replaced, 'replaced');
    this.#owner.event({
      type: 'session.opened',
      nodeId: peerId,
      uid: peerUid,
      initiator: session.initiator,
      address: session.address,
    });
    peer.send({ type: 'session', session: session.number });
    this.seeds.connected(peerId);
    if (session.initiator === 'remote') this.#dialBack.plan(session);
  }

  // ---- sessions and peers ------------------------------------------------------------------

  /** The first heartbeat of a session: its peer is up. */
  greeted(session: Session): void {
    this.peers.tell(session.peerId, { type: 'heartbeat' });
    this.sessions.greeted(session);
  }

  /** Takes the session out of the table first, then tells the chart, which closes it. */
  fall(session: Session, cause: SessionCause, event: PeerEvent): void {
    if (!this.sessions.remove(session)) return session.close();
    this.#closed(session, cause);
    this.peers.tell(session.peerId, event);
    if (cause === 'silent') session.cut();
    else session.close();
    if (cause !== 'hangup') this.#lostFor(session.peerId);
  }

  /** A session that this side wants no more, for now: no redial, no `down` in the view. */
  hangUp(session: Session): void {
    this.#hungUp.add(session.peerId);
    this.fall(session, 'hangup', { type: 'hangup' });
  }

  /** Ends a session that is on its way out without a verdict on the peer. */
  retire(session: Session, cause: SessionCause): void {
    session.close();
    this.#ended(session, cause);
  }

  closeNumbered(number: number): void {
    const session = this.sessions.numbered(number);
    if (!session) return;
    // The chart has let go of it; if it was still the one, nobody may find it any more.
    if (this.sessions.remove(session)) this.#closed(session, 'released');
    session.close();
  }

  #ended(session: Session, cause: SessionCause): void {
    this.pings.drop(session);
    if (!this.sessions.remove(session)) return;
    this.#closed(session, cause);
    this.peers.tell(session.peerId, { type: 'session.closed', session: session.number });
    this.#lostFor(session.peerId);
  }

  #closed(session: Session, cause: SessionCause): void {
    this.pings.drop(session);
    this.#farewell?.(session);
    const { peerId: nodeId, peerUid: uid } = session;
    this.#owner.event({ type: 'session.closed', nodeId, uid, cause });
  }

  #lostFor(id: NodeId): void {
    this.seeds.disconnected(id, (node) => {
      const other = NodeId.tryParse(node);
      return other !== undefined && this.sessions.with(other) !== undefined;
    });
  }

  #learned(id: NodeId): void {
    if (this.#hungUp.has(id) || this.isLeaving) return;
    if (this.isJoining) {
      this.peers.ensure(id)?.send({ type: 'dial' });
      return;
    }
    const jitter = 0.5 + this.ports.random.float();
    this.peers
      .ensure(id)
      ?.send({ type: 'dial.later', delayMs: this.limits.hearsayDialDelayMs * jitter });
  }

  #peerEmitted(id: NodeId, event: PeerEmitted): void {
    switch (event.type) {
      case 'up':
        this.#owner.event({ type: 'node.up', nodeId: id });
        return this.#owner.up(this.infoOf(id));
      case 'down':
        if (!this.#hungUp.has(id)) {
          this.members.lost(id, event.reason === 'graceful_shutdown' ? 'left' : 'down');
        }
        this.#owner.event({ type: 'node.down', nodeId: id, reason: event.reason });
        return this.#owner.down(id, event.reason);
      case 'unreachable':
        return this.#reporter.unreachable(id, event.failure);
      case 'suspect':
        return this.#owner.event({ type: 'peer.suspect', nodeId: id });
      case 'fresh':
        return this.#owner.event({ type: 'peer.fresh', nodeId: id });
      default:
        return event satisfies never;
    }
  }

  // ---- dialling ----------------------------------------------------------------------------

  isOwn(address: Endpoint): boolean {
    const { host, port } = NodeId.components(this.self.id);
    return address.port === port && address.host === host;
  }

  dialPeer(id: NodeId, report: (event: PeerEvent) => void): () => void {
    return reach(
      this.reachPorts,
      {
        target: NodeId.components(id),
        expectedPeer: id,
        purpose: 'join',
        isOwn: (address) => this.isOwn(address),
      },
      // A success has reached the chart as `session` and ended this dial.
      ({ failures }) =>
        report({ type: 'dial.failed', failure: mostTelling(failures) ?? 'unreachable' }),
    );
  }

  #dial(request: DialRequest, done: (result: DialResult) => void): () => void {
    if (this.isLeaving || this.ports.faults.strikes('dial')) {
      // Later, as every other result.
      const timer = this.ports.clock.setTimeout(
        () => done({ ok: false, failure: 'unreachable', detail: 'not dialling', peer: null }),
        0,
      );
      return () => this.ports.clock.clearTimeout(timer);
    }
    return dial(this, request, (result) => {
      if (!result.ok && request.purpose === 'join') {
        this.#reporter.dialFailed(formatAddress(request.endpoint), result);
      }
      done(result);
    });
  }

  resumeDialling(id: NodeId): void {
    this.#hungUp.delete(id);
  }

  rotate(secrets: readonly Uint8Array[]): void {
    this.#secrets.replace(secrets);
    this.#rotation.plan();
  }

  /** Each session whose peer has heard the goodbye, or which has ended. */
  onFarewell(heard: (session: Session) => void): () => void {
    this.#farewell = heard;
    return () => {
      this.#farewell = null;
    };
  }

  acknowledged(session: Session): void {
    this.#farewell?.(session);
  }

  changed(): void {
    this.#owner.changed();
  }

  // ---- the picture for the facade ----------------------------------------------------------

  get uptimeMs(): number {
    return Math.floor(this.ports.clock.now() - this.startedAt);
  }

  /** A known node by its id, or by the name and address through which it was dialled. */
  find(target: string): NodeId | undefined {
    const id = NodeId.tryParse(target);
    if (id && (id === this.self.id || this.members.get(id))) return id;
    const at = target.indexOf('@');
    const name = at < 0 ? null : target.slice(0, at);
    return this.sessions.dialledAs(target.slice(at + 1).toLowerCase(), name)?.peerId;
  }

  infoOf(id: NodeId): NodeInfo {
    return this.roster.info(id, this.peers.statusOf(id));
  }

  isConnected(id: NodeId): boolean {
    return this.peers.statusOf(id) === 'connected';
  }

  cutAll(): void {
    for (const session of [...this.sessions, ...this.#unconfirmed]) {
      this.sessions.remove(session);
      session.cut();
    }
    this.channelHost.links.destroyAll();
  }
}
