/**
 * What becomes of a verdict: of the pulse about the silence of a link, of a peer's chart about its
 * peer. Everybody who has to know is told here, in this order.
 */
import type { ClusterEvent } from '../inspect/events.ts';
import type { PeerEmitted } from '../machines/peer.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { NodeDownReason } from '../membership/node-info.ts';
import type { Core } from './core.ts';
import type { Damper } from './damper.ts';
import type { PulseOwner } from './pulse.ts';
import type { Session } from './session.ts';

export interface VerdictsOwner {
  event(event: ClusterEvent): void;
}

export class Verdicts implements PulseOwner {
  readonly #core: Core;
  readonly #owner: VerdictsOwner;
  readonly #damper: Damper;

  constructor(core: Core, owner: VerdictsOwner, damper: Damper) {
    this.#core = core;
    this.#owner = owner;
    this.#damper = damper;
  }

  // ---- of a peer's chart ---------------------------------------------------------------------

  emitted(id: NodeId, event: PeerEmitted): void {
    switch (event.type) {
      case 'up':
        this.#owner.event({ type: 'node.up', nodeId: id });
        return this.#damper.up(id);
      case 'down':
        this.#lost(id, event.reason);
        this.#owner.event({ type: 'node.down', nodeId: id, reason: event.reason });
        return this.#damper.down(id, event.reason);
      case 'unreachable':
        return this.#core.reporter.unreachable(id, event.failure);
      case 'suspect':
        return this.#owner.event({ type: 'peer.suspect', nodeId: id });
      case 'fresh':
        return this.#owner.event({ type: 'peer.fresh', nodeId: id });
      default:
        return event satisfies never;
    }
  }

  /**
   * The end of a link that others can do without says nothing about the node. Nobody was asked
   * about a link that ends without a doubt before: then a process has ended, or says that it does.
   */
  #lost(id: NodeId, reason: NodeDownReason): void {
    const { members, corroboration, holding } = this.#core;
    const uid = members.get(id)?.uid ?? '';
    const witnesses = corroboration.conclude(id, uid);
    // It lives, as far as anybody knows; from now on others have to vouch for that.
    if (holding.isHungUp(id)) return members.unmet(id);
    if (reason === 'graceful_shutdown') members.lost(id, 'left');
    else if (witnesses.length === 0) members.lost(id, 'down');
    else {
      members.unmet(id);
      this.#owner.event({ type: 'link.fault', nodeId: id, witnesses });
    }
  }

  // ---- of the pulse --------------------------------------------------------------------------

  sessions(): Iterable<Session> {
    return this.#core.sessions;
  }

  beat(session: Session): void {
    this.#core.exchange.beat(session);
  }

  suspect(session: Session): void {
    const { pings, peers, silenceLimitMs } = this.#core;
    pings.send(session, silenceLimitMs, () => {});
    peers.tell(session.peerId, { type: 'silence.suspect' });
  }

  fresh({ peerId, peerUid }: Session): void {
    this.#core.corroboration.conclude(peerId, peerUid);
    this.#core.peers.tell(peerId, { type: 'silence.fresh' });
  }

  doubtful(session: Session): void {
    const { corroboration, renewals, self } = this.#core;
    corroboration.inquire(session.peerId, session.peerUid);
    // Maybe it is only this link: a lost packet may hold it up for longer than T.
    if (self.id < session.peerId) renewals.begin(session, () => {});
  }

  silent(session: Session): void {
    this.#core.holding.fall(session, 'silent', { type: 'silence.over' });
  }

  stalled(session: Session): void {
    this.#core.holding.cut(session, 'stalled');
  }

  late(lagMs: number): void {
    this.#core.ports.counters.add('timers.late');
    this.#owner.event({ type: 'timer.late', lagMs });
  }

  healthChanged(score: number): void {
    this.#owner.event({ type: 'health.changed', score });
  }

  swept(now: number): void {
    if (this.#core.exchange.keepHouse(now)) this.#damper.sweep();
  }
}
