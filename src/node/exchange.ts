/** Heartbeats and gossip: what goes out, and when views are compared. */
import type { GossipView } from '../membership/gossip.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Core } from './core.ts';
import type { NodeConfig } from './node-config.ts';
import { Offers } from './offers.ts';
import type { Session } from './session.ts';

/** Of looking for an answer, in entries sent. */
const PULL_COST = 32;

export class Exchange {
  readonly #core: Core;
  readonly #intervalMs: number;
  #fullSyncAt: number;
  readonly #offers: Offers;

  constructor(core: Core, config: NodeConfig) {
    this.#core = core;
    this.#intervalMs = config.heartbeatIntervalMs;
    this.#offers = new Offers(config.heartbeatIntervalMs / 2, config.limits.maxOffers);
    this.#fullSyncAt = core.ports.clock.now() + config.limits.fullSyncIntervalMs;
  }

  /**
   * `hello`: view, vitals and first heartbeat, so that joining waits for no tick. Where many know
   * each other already their digests say whether there is anything to tell: hundreds of links with
   * hundreds of entries each are more than a machine takes in while it joins.
   */
  greet(session: Session, peerIncarnation: number): void {
    const { members, limits } = this.#core;
    const { peerId: id, peerUid: uid } = session;
    const tellsAll = session.isIntroduction || members.size <= limits.maxHelloEntries;
    const told = tellsAll ? members.whole(false) : [];
    const [first, ...rest] = told;
    if (session.initiator === 'remote') session.told = told;
    session.send({
      type: 'hello',
      incarnation: members.self.incarnation,
      knownIncarnation: members.heldAgainst(session.peerId, session.peerUid),
      ...this.#vitals(),
      // As of the moment at which it is read: the reader is part of the view by then.
      digest: members.digestWith({ id, uid, incarnation: peerIncarnation }),
      entries: first?.entries ?? [],
      services: [],
    });
    for (const chunk of rest) session.send({ type: 'view', ...chunk });
  }

  /**
   * The acceptor's `hello` left before the dialer confirmed. Whoever joined here meanwhile is
   * told now, or two nodes that join at the same moment would not hear of each other.
   */
  catchUp(session: Session): void {
    for (const chunk of this.#core.members.newsSince(session.told)) {
      session.send({ type: 'view', ...chunk });
    }
    session.told = [];
  }

  beat(session: Session): void {
    const { members, ports } = this.#core;
    session.beats += 1;
    session.send({
      type: 'heartbeat',
      sequence: session.beats,
      heardAgeMs: session.hearing.silenceMs(ports.clock.now()),
      incarnation: members.self.incarnation,
      ...this.#vitals(),
      digest: members.digest,
    });
  }

  /** Of two nodes whose views differ the smaller one opens the exchange. */
  compare(session: Session, theirDigest: string): void {
    const { members, ports } = this.#core;
    if (theirDigest === members.digest || members.self.id > session.peerId) return;
    const now = ports.clock.now();
    this.#offers.want(now, session.peerId, theirDigest);
    this.#serve(now);
  }

  /** The last session with the peer has ended. */
  drop({ peerId }: Session): void {
    this.#offers.drop(peerId);
  }

  /** Tells everything to whose turn it is. */
  #serve(now: number): void {
    const { members, sessions } = this.#core;
    const isHere = (id: NodeId) => sessions.with(id) !== undefined;
    const next = () => this.#offers.next(now, members.digest, isHere);
    for (let id = next(); id !== null; id = next()) {
      const session = sessions.with(id);
      if (session) this.#offer(session);
    }
  }

  /** Takes in a view and answers with what is newer here. */
  receive(session: Session, chunk: GossipView): void {
    // Whoever joins dials everybody it hears of at once; the others wait to be dialled.
    const isJoining = session.initiator === 'local' && session.beatsHeard === 0;
    const pull = chunk.pull && this.#mayPull(session);
    const answers = this.#core.members.receive({ ...chunk, pull }, isJoining);
    if (pull) session.pullCost += PULL_COST;
    for (const { entries } of answers) session.pullCost += entries.length;
    for (const answer of answers) session.send({ type: 'view', ...answer });
  }

  /**
   * A pull of a few bytes may cost the whole view. Every exchange fits into what is allowed per
   * interval, a flood does not; what is not answered now is told in the next exchange.
   */
  #mayPull(session: Session): boolean {
    const now = this.#core.ports.clock.now();
    if (now - session.pullsSince >= this.#intervalMs / 2) {
      session.pullsSince = now;
      session.pullCost = 0;
    }
    return session.pullCost < this.#core.limits.maxNodes;
  }

  /**
   * After each sweep: tells those who wait for it. Now and then: forgets old tombstones, and tells
   * one random peer everything; returns whether it was time for that.
   */
  keepHouse(now: number): boolean {
    this.#serve(now);
    if (now < this.#fullSyncAt) return false;
    const { members, sessions, limits, ports } = this.#core;
    this.#fullSyncAt = now + limits.fullSyncIntervalMs;
    this.#doubtUnmet();
    for (const id of members.reap((known) => this.#core.isKept(known))) this.#core.forget(id);
    const all = [...sessions];
    const chosen = all[Math.floor(ports.random.float() * all.length)];
    if (chosen) this.#offer(chosen);
    return true;
  }

  /** Who is alive by hearsay alone must be heard by somebody, or it is taken for down. */
  #doubtUnmet(): void {
    const { members, corroboration, limits } = this.#core;
    for (const { id, uid } of members.doubtful(limits.hearsayRetentionMs)) {
      if (!corroboration.isAsking(id)) corroboration.inquire(id, uid);
      else if (corroboration.conclude(id, uid).length > 0) members.unmet(id);
      else members.lost(id, 'down');
    }
  }

  #offer(session: Session): void {
    for (const chunk of this.#core.members.whole(true)) session.send({ type: 'view', ...chunk });
  }

  #vitals(): { readonly uptimeMs: number; readonly processCount: number } {
    const { ports, uptimeMs } = this.#core;
    return {
      uptimeMs,
      processCount: ports.counters.get('processes'),
    };
  }
}
