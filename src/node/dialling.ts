/** The node's own dials: for a peer's chart, for seeds and calls, and who was met by them. */
import type { PeerEvent } from '../machines/peer.ts';
import { formatAddress } from '../membership/address.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Endpoint } from '../ports.ts';
import type { Core } from './core.ts';
import { DialPace } from './dial-pace.ts';
import { DialSlots } from './dial-slots.ts';
import { type DialRequest, type DialResult, dial } from './dialer.ts';
import { mostTelling } from './failures.ts';
import { type ReachPorts, reach } from './reach.ts';
import { SharedDials } from './shared-dials.ts';

export class Dialling {
  readonly reachPorts: ReachPorts;
  /** For dials that are repeated until somebody is met, by peers' charts and seeds'. */
  readonly againPorts: ReachPorts;
  /** Dials that are repeated, or made on hearsay, never keep those of the user waiting. */
  readonly slots: { readonly again: DialSlots; readonly calls: DialSlots };
  readonly pace: DialPace;
  readonly #core: Core;

  constructor(core: Core) {
    const { limits, ports } = core;
    this.#core = core;
    this.pace = new DialPace(ports.clock, limits.maxDials);
    this.slots = {
      again: new DialSlots(() => this.pace.window),
      calls: new DialSlots(() => limits.maxDials),
    };
    this.reachPorts = {
      resolver: ports.resolver,
      dial: (request, done) => this.#dial(request, done),
    };
    const shared = new SharedDials({
      clock: ports.clock,
      dial: this.reachPorts.dial,
      connected: (id) => {
        const peer = NodeId.tryParse(id);
        return peer && core.sessions.with(peer) ? peer : null;
      },
    });
    this.againPorts = {
      resolver: ports.resolver,
      dial: (request, done) => shared.dial(request, done),
    };
  }

  /**
   * Whether an address is surely this node's. One that was configured is not: somebody else may
   * live there, and the handshake tells.
   */
  isOwn(address: Endpoint): boolean {
    const { config, self } = this.#core;
    if (config.advertiseHost !== undefined || config.advertisePort !== undefined) return false;
    const { host, port } = NodeId.components(self.id);
    return address.port === port && address.host === host;
  }

  dialPeer(id: NodeId, report: (event: PeerEvent) => void): () => void {
    let stopWaiting = () => {};
    const abort = reach(
      this.againPorts,
      {
        target: NodeId.components(id),
        expectedPeer: id,
        purpose: 'join',
        slots: this.slots.again,
        isOwn: (address) => this.isOwn(address),
        // Several are forgotten at once: the place of one must not go to the next of them.
        isWanted: () => this.#core.members.get(id) !== undefined,
      },
      // A success has reached the chart as `session` and ended this dial.
      ({ met, failures }) => {
        const failure = mostTelling(failures) ?? 'unreachable';
        if (met.length === 0) return report({ type: 'dial.failed', failure });
        // The other handshake with this peer is about to become the session.
        stopWaiting = this.whenMet(id, (isMet) => {
          if (!isMet) report({ type: 'dial.failed', failure: 'timeout' });
        });
      },
    );
    return () => {
      stopWaiting();
      abort();
    };
  }

  /**
   * Calls once: true at the first heartbeat of a session with the node, false when it ends before
   * or does not come to be within the time a handshake may take.
   */
  whenMet(id: NodeId, done: (isMet: boolean) => void): () => void {
    const { limits, ports, sessions } = this.#core;
    let stopWaiting = () => {};
    const finish = (isMet: boolean) => {
      ports.clock.clearTimeout(timer);
      stopWaiting();
      done(isMet);
    };
    const timer = ports.clock.setTimeout(() => finish(false), limits.handshakeTimeoutMs);
    stopWaiting = sessions.whenGreeted(id, finish);
    return () => {
      ports.clock.clearTimeout(timer);
      stopWaiting();
    };
  }

  #dial(request: DialRequest, done: (result: DialResult) => void): () => void {
    const { door, holding, ports, reporter } = this.#core;
    if (holding.isLeaving || ports.faults.strikes('dial')) {
      // Later, as every other result.
      const detail = 'this node does not dial now';
      const result = { ok: false, failure: 'unreachable', detail, peer: null } as const;
      const timer = ports.clock.setTimeout(() => done(result), 0);
      return () => ports.clock.clearTimeout(timer);
    }
    return dial(door, request, this.pace, (result) => {
      if (!result.ok && request.purpose === 'join') {
        reporter.dialFailed(formatAddress(request.endpoint), result);
      }
      done(result);
    });
  }
}
