/**
 * One life of the node, from the bound port to the last closed link: everything that knows the
 * node's own id, composed. Rules live in membership/, decisions in the charts, bytes in wire/.
 */
import type { ClusterEvent } from '../inspect/events.ts';
import { formatAddress } from '../membership/address.ts';
import { inquiryMs, silenceLimitMs } from '../membership/liveness.ts';
import { NodeId } from '../membership/node-id.ts';
import type { NodeDownReason, NodeInfo } from '../membership/node-info.ts';
import type { Ports } from '../ports.ts';
import type { ControlMessage } from '../wire/messages.ts';
import { Pings } from './calls.ts';
import { Corroboration } from './corroboration.ts';
import { Damper } from './damper.ts';
import type { DataPlane } from './data-plane.ts';
import { DialBack } from './dial-back.ts';
import { Dialling } from './dialling.ts';
import { Door } from './door.ts';
import { Exchange } from './exchange.ts';
import { Holding } from './holding.ts';
import { Inbox } from './inbox.ts';
import { Introductions } from './introductions.ts';
import type { Lifecycle } from './lifecycle.ts';
import { type LocalIdentity, Members } from './members.ts';
import type { NodeConfig } from './node-config.ts';
import { Peers } from './peers.ts';
import { Pulse } from './pulse.ts';
import { Renewals } from './renewals.ts';
import { Reporter } from './reporter.ts';
import { Roster } from './roster.ts';
import { Rotation } from './rotation.ts';
import type { SecretRing, SecretUse } from './secrets.ts';
import { Seeds } from './seeds.ts';
import type { Session } from './session.ts';
import { SessionTable } from './sessions.ts';
import { Verdicts } from './verdicts.ts';

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
  /** Who takes users' messages. */
  readonly createDataPlane: (core: Core) => DataPlane;
}

export class Core {
  readonly config: NodeConfig;
  readonly ports: Ports;
  readonly limits: NodeConfig['limits'];
  readonly silenceLimitMs: number;

  readonly sessions = new SessionTable();
  readonly members: Members;
  readonly peers: Peers;
  readonly seeds: Seeds;
  readonly roster: Roster;
  readonly pings: Pings;
  readonly reporter: Reporter;
  readonly dialling: Dialling;
  readonly holding: Holding;
  readonly renewals: Renewals;
  readonly exchange: Exchange;
  readonly corroboration: Corroboration;
  readonly door: Door;
  readonly dataPlane: DataPlane;

  readonly #owner: CoreOwner;
  readonly #secrets: SecretRing;
  readonly #startedAt: number;
  readonly #introductions: Introductions;
  readonly #inbox: Inbox;
  readonly #dialBack: DialBack;
  readonly #rotation: Rotation;
  readonly #pulse: Pulse;
  readonly #damper: Damper;

  constructor({ config, self, secrets, ports, lifecycle, owner, createDataPlane }: CoreInput) {
    const { limits } = config;
    this.config = config;
    this.ports = ports;
    this.limits = limits;
    this.#owner = owner;
    this.#secrets = secrets;
    this.#startedAt = ports.clock.now();
    this.silenceLimitMs = silenceLimitMs(config.heartbeatIntervalMs, config.heartbeatMissThreshold);
    this.reporter = new Reporter(ports.clock, limits.reportIntervalMs, owner.event);
    this.roster = new Roster(ports.clock);
    this.pings = new Pings(ports.clock, limits.maxPendingCalls);
    this.corroboration = new Corroboration({
      ...ports,
      sessions: this.sessions,
      pings: this.pings,
      inquiryMs: inquiryMs(this.silenceLimitMs),
    });
    this.#damper = new Damper(config.flapDamping, ports.clock, {
      up: (id) => owner.up(this.infoOf(id)),
      down: owner.down,
      held: (nodeId, holdMs) => owner.event({ type: 'node.held', nodeId, holdMs }),
    });
    const verdicts = new Verdicts(this, owner, this.#damper);
    this.#introductions = new Introductions(ports.clock, (id, isUrgent) =>
      this.#introduce(id, isUrgent),
    );
    this.members = this.#createMembers(self);
    this.peers = new Peers(
      {
        silenceLimitMs: this.silenceLimitMs,
        greetTimeoutMs: limits.handshakeTimeoutMs,
        reconnectBaseDelayMs: config.reconnectBaseDelayMs,
        reconnectMaxDelayMs: config.reconnectMaxDelayMs,
      },
      lifecycle,
      ports.random,
      { emitted: (id, event) => verdicts.emitted(id, event), moved: owner.changed },
    );
    this.dataPlane = createDataPlane(this);
    this.dialling = new Dialling(this);
    this.renewals = new Renewals(this.dialling, this.sessions);
    this.seeds = new Seeds(config.seeds, this.dialling.againPorts, lifecycle, {
      slots: this.dialling.slots.again,
      isOwn: (address) => this.dialling.isOwn(address),
      whenGreeted: (node, done) => this.dialling.whenMet(node, done),
      failed: (seed, failure) => this.reporter.seedFailed(seed, failure),
    });
    this.exchange = new Exchange(this, config);
    this.#dialBack = new DialBack(this);
    this.holding = new Holding({
      sessions: this.sessions,
      members: this.members,
      peers: this.peers,
      seeds: this.seeds,
      pings: this.pings,
      closeTimeoutMs: limits.closeTimeoutMs,
      maxNodes: limits.maxNodes,
      event: owner.event,
      opened: (session) => {
        // What was asked about the link that it replaces says nothing about this one.
        this.corroboration.conclude(session.peerId, session.peerUid);
        if (isUntried(session)) this.#dialBack.plan(session);
        this.#rotation.opened(session);
        this.dataPlane.opened(session);
      },
      gone: (session) => {
        this.renewals.drop(session);
        if (this.sessions.with(session.peerId)) return;
        this.#rotation.drop(session);
        this.exchange.drop(session);
        this.dataPlane.gone(session);
      },
    });
    this.door = new Door(this, secrets);
    this.#inbox = new Inbox(this);
    this.#rotation = new Rotation(this, secrets);
    this.#pulse = new Pulse(
      {
        heartbeatIntervalMs: config.heartbeatIntervalMs,
        silenceLimitMs: this.silenceLimitMs,
        phase: ports.random.float(),
      },
      ports.clock,
      verdicts,
    );
  }

  get self(): LocalIdentity {
    return this.members.self;
  }

  /** Milliseconds since the port was bound. */
  get uptimeMs(): number {
    return Math.floor(this.ports.clock.now() - this.#startedAt);
  }

  start(): void {
    this.#pulse.start();
  }

  /** Ends everything that could still act; sessions and links are closed by the teardown. */
  stop(): void {
    this.#pulse.stop();
    this.#damper.stop();
    this.#dialBack.stop();
    this.#rotation.stop();
    this.renewals.stop();
    this.#introductions.clear();
    this.pings.dropAll();
    this.dataPlane.stop();
    this.door.close();
  }

  /** Resets every link that is left. */
  cutAll(): void {
    for (const session of [...this.sessions]) {
      this.sessions.remove(session);
      session.cut();
    }
    this.door.channelHost.links.destroyAll();
  }

  receive(session: Session, message: ControlMessage): void {
    this.#inbox.receive(session, message);
  }

  changed(): void {
    this.#owner.changed();
  }

  rotate(secrets: readonly Uint8Array[]): void {
    this.#secrets.replace(secrets);
    this.#rotation.plan();
  }

  secretUse(): readonly SecretUse[] {
    return this.#secrets.use(this.sessions);
  }

  /** One more node may be known, if need be in the place of another one. */
  hasRoomFor(id: NodeId, isMet = true): boolean {
    const evict = () => this.members.makeRoomFor(id, isMet, (known) => this.isKept(known));
    // Several may have to go: those who are let in at the same moment each saw the same last place.
    for (let evicted = evict(); evicted !== null; evicted = evict()) this.#release(evicted);
    return this.members.hasRoomFor(id);
  }

  /** Nodes whose tombstones stay: they are connected, or a seed may bring them back. */
  isKept(id: NodeId): boolean {
    return this.sessions.with(id) !== undefined || this.seeds.isSeed(id);
  }

  /** Of a node that was reaped, also that it was hung up on. */
  forget(id: NodeId): void {
    this.#release(id);
    this.holding.resumeDialling(id);
  }

  #release(id: NodeId): void {
    this.peers.forget(id);
    this.roster.forget(id);
    this.corroboration.conclude(id, '');
    this.#dialBack.forget(id);
  }

  // ---- the picture for the facade ----------------------------------------------------------

  /** A known node by its id, or by the name and address through which it was dialled. */
  find(target: string): NodeId | undefined {
    const id = NodeId.tryParse(target);
    if (id && (id === this.self.id || this.members.get(id))) return id;
    // Whoever has no types may ask for anything; what is no text names nobody.
    if (typeof target !== 'string') return undefined;
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

  #introduce(id: NodeId, isUrgent: boolean): void {
    if (this.holding.isHungUp(id) || this.holding.isLeaving || this.sessions.with(id)) return;
    // It may have left while it waited for its introduction.
    if (this.members.get(id)?.state !== 'alive') return;
    const peer = this.peers.ensure(id);
    const jitter = 0.5 + this.ports.random.float();
    if (isUrgent) peer?.send({ type: 'dial' });
    else peer?.send({ type: 'dial.later', delayMs: this.limits.hearsayDialDelayMs * jitter });
  }

  // ---- what the parts tell each other --------------------------------------------------------

  #createMembers(self: LocalIdentity): Members {
    const { limits, ports } = this;
    return new Members(
      {
        self,
        maxNodes: limits.maxNodes,
        maxGossipEntries: limits.maxGossipEntries,
        retention: { leftMs: limits.leftRetentionMs, downMs: limits.downRetentionMs },
        now: () => ports.clock.now(),
        sessionUid: (id) => this.sessions.with(id)?.peerUid ?? null,
      },
      {
        learned: (id, isUrgent) => this.#introductions.add(id, isUrgent),
        leftByHearsay: (id) => this.peers.tell(id, { type: 'leave' }),
        accuse: (id, uid, incarnation) =>
          this.sessions.with(id)?.send({ type: 'accused', uid, incarnation }),
        refuted: () => this.#pulse.refuted(),
        conflict: (id) => this.reporter.nameConflict(id, 'gossip'),
        makeRoom: (id) => {
          this.hasRoomFor(id, false);
        },
        dropped: () => ports.counters.add('gossip.dropped'),
        changed: () => this.#owner.changed(),
      },
    );
  }
}

/** A session which does not show by itself that its peer answers at the address in its id. */
function isUntried(session: Session): boolean {
  if (session.initiator === 'remote') return session.isIntroduction;
  return session.dialled !== formatAddress(NodeId.components(session.peerId));
}
