/**
 * Who goes first when two nodes dial each other at once.
 *
 * Of two crossing connections the one dialled by the smaller node id wins, and the smaller node
 * alone decides, so both ends agree without asking: while its own dial is past the point of
 * return it keeps the other's proof waiting, and answers `lost` once the dial has won. The
 * larger node never keeps anybody waiting. Nothing is ever carried on the loser, so nothing
 * has to be moved from one session to the other.
 */
import type { NodeId } from '../membership/node-id.ts';
import type { Clock, Timer } from '../ports.ts';

export interface Contender {
  readonly role: 'dial' | 'accept';
  /** Its turn: prove (dial) or answer (accept). */
  go(): void;
  /** Another handshake with the same peer has become the session. */
  lost(): void;
  /** The other handshake took too long. */
  expired(): void;
}

interface Bout {
  readonly committed: Contender[];
  readonly parked: Map<Contender, Timer>;
}

export class Arbiter {
  readonly #self: NodeId;
  readonly #clock: Clock;
  readonly #maxParkMs: number;
  readonly #bouts = new Map<NodeId, Bout>();

  constructor(self: NodeId, clock: Clock, maxParkMs: number) {
    this.#self = self;
    this.#clock = clock;
    this.#maxParkMs = maxParkMs;
  }

  /** Calls `go` at once or later, or one of the others; at most one of the three, once. */
  enter(peer: NodeId, contender: Contender): void {
    const bout: Bout = this.#bouts.get(peer) ?? { committed: [], parked: new Map() };
    this.#bouts.set(peer, bout);
    if (this.#mayGo(peer, bout, contender)) {
      bout.committed.push(contender);
      contender.go();
      return;
    }
    const timer = this.#clock.setTimeout(
      () => this.#expire(peer, bout, contender),
      this.#maxParkMs,
    );
    bout.parked.set(contender, timer);
  }

  /** The contender's handshake has ended; with `won` it has become the session. */
  leave(peer: NodeId, contender: Contender, won: boolean): void {
    const bout = this.#bouts.get(peer);
    if (!bout) return;
    this.#unpark(bout, contender);
    const at = bout.committed.indexOf(contender);
    if (at >= 0) bout.committed.splice(at, 1);
    for (const waiting of [...bout.parked.keys()]) {
      if (!bout.parked.has(waiting)) continue;
      if (won) {
        this.#unpark(bout, waiting);
        waiting.lost();
      } else if (this.#mayGo(peer, bout, waiting)) {
        this.#unpark(bout, waiting);
        bout.committed.push(waiting);
        waiting.go();
      }
    }
    this.#tidy(peer, bout);
  }

  /**
   * Whoever is at the other end of a dial has proven nothing while it is under way. A proof that
   * has waited long enough goes before it.
   */
  #expire(peer: NodeId, bout: Bout, contender: Contender): void {
    bout.parked.delete(contender);
    const dials = bout.committed.filter(({ role }) => role === 'dial');
    if (contender.role === 'accept' && dials.length === bout.committed.length) {
      for (const dial of dials) {
        bout.committed.splice(bout.committed.indexOf(dial), 1);
        dial.expired();
      }
      bout.committed.push(contender);
      this.#bouts.set(peer, bout);
      contender.go();
      return;
    }
    this.#tidy(peer, bout);
    contender.expired();
  }

  #mayGo(peer: NodeId, bout: Bout, contender: Contender): boolean {
    if (contender.role === 'dial') return bout.committed.length === 0;
    return !bout.committed.some(({ role }) => role === 'accept' || this.#self < peer);
  }

  #unpark(bout: Bout, contender: Contender): void {
    this.#clock.clearTimeout(bout.parked.get(contender));
    bout.parked.delete(contender);
  }

  #tidy(peer: NodeId, bout: Bout): void {
    if (bout.committed.length === 0 && bout.parked.size === 0) this.#bouts.delete(peer);
  }
}
