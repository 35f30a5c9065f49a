/**
 * Whether a newcomer can be reached where it says it lives.
 *
 * The node that was dialled tries the newcomer's advertised address once, with a probe that
 * leaves nothing behind, and tells both operators when nobody or somebody else answers.
 */
import type { ConnectReason } from '../errors.ts';
import { FIXED } from '../limits.ts';
import { formatAddress } from '../membership/address.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Timer } from '../ports.ts';
import type { Core } from './core.ts';
import { mostTelling } from './failures.ts';
import { type ReachPorts, reach } from './reach.ts';
import type { Session } from './session.ts';

interface Check {
  timer: Timer;
  abort: () => void;
  delays: number;
}

export class DialBack {
  readonly #core: Core;
  readonly #checks = new Map<string, Check>();
  /** Lives whose address has been tried. */
  readonly #tried = new Map<NodeId, string>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** For a newcomer's first session: after a while, once per life. */
  plan(session: Session): void {
    const { peerId, peerUid } = session;
    if (this.#tried.get(peerId) === peerUid || this.#checks.has(peerId)) return;
    const check: Check = { timer: null, abort: () => {}, delays: 0 };
    this.#checks.set(peerId, check);
    this.#wait(session, check);
  }

  forget(id: NodeId): void {
    this.#tried.delete(id);
  }

  stop(): void {
    for (const { timer, abort } of this.#checks.values()) {
      this.#core.ports.clock.clearTimeout(timer);
      abort();
    }
    this.#checks.clear();
  }

  #wait(session: Session, check: Check): void {
    const { limits, ports } = this.#core;
    const delayMs = limits.dialBackDelayMs * (0.5 + ports.random.float());
    check.timer = ports.clock.setTimeout(() => this.#run(session, check), delayMs);
  }

  #run(session: Session, check: Check): void {
    const { peerId } = session;
    if (!session.isOpen) {
      this.#checks.delete(peerId);
      return;
    }
    // A machine that is too busy to answer in time says nothing about the address.
    if (this.#core.dialling.pace.isSlow && check.delays < FIXED.maxDialBackDelays) {
      check.delays += 1;
      return this.#wait(session, check);
    }
    const target = NodeId.components(peerId);
    const conclude = (met: readonly NodeId[], failures: readonly ConnectReason[]) => {
      this.#core.ports.clock.clearTimeout(check.timer);
      this.#checks.delete(peerId);
      const failure = mostTelling(failures) ?? 'unreachable';
      if (!session.isOpen) return;
      this.#tried.set(peerId, session.peerUid);
      if (met.includes(peerId)) return;
      const advertised = formatAddress(target);
      this.#core.reporter.addressUnreachable(peerId, advertised, session.address, failure);
      session.send({ type: 'unreachable', address: session.address, failure });
    };
    check.abort = reach(
      this.#impatient(check, (met) => conclude(met, ['timeout'])),
      {
        target,
        expectedPeer: peerId,
        purpose: 'probe',
        slots: this.#core.dialling.slots.again,
        isOwn: () => false,
        isWanted: () => session.isOpen,
      },
      ({ met, failures }) => conclude(met, failures),
    );
  }

  /**
   * The newcomer was reached just now over the same network: an address at which TCP answers only
   * after a handshake's time is of no use to anybody, and operators are waiting to be told.
   */
  #impatient(check: Check, giveUp: (met: readonly NodeId[]) => void): ReachPorts {
    const { dialling, limits, ports } = this.#core;
    const met: NodeId[] = [];
    return {
      resolver: dialling.reachPorts.resolver,
      dial: (request, done) => {
        ports.clock.clearTimeout(check.timer);
        check.timer = ports.clock.setTimeout(() => {
          check.abort();
          giveUp(met);
        }, limits.handshakeTimeoutMs);
        return dialling.reachPorts.dial(request, (result) => {
          if (result.ok) met.push(result.peer);
          done(result);
        });
      },
    };
  }
}
