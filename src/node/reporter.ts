/** Turns what went wrong at the edge into events: once, rate-limited, naming both sides. */
import type { ConnectReason } from '../errors.ts';
import type { DeadLetter } from '../inspect/dead-letter.ts';
import type { ClusterEvent } from '../inspect/events.ts';
import { ReportLimiter } from '../inspect/reports.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';
import type { DialResult } from './dialer.ts';
import type { Refusal } from './handshake-host.ts';

/** Failures of a dial that are no refusal: the network's, or part of normal life. */
const UNREMARKABLE: ReadonlySet<ConnectReason> = new Set([
  'timeout',
  'refused',
  'unreachable',
  'already_connected',
  'leaving',
  'busy',
  'stale',
  'self',
]);

export class Reporter {
  readonly #limiter: ReportLimiter;
  /** Apart: who sends to actors that are gone must not make room for reports of intruders. */
  readonly #letters: ReportLimiter;
  readonly #emit: (event: ClusterEvent) => void;

  constructor(clock: Clock, intervalMs: number, emit: (event: ClusterEvent) => void) {
    this.#limiter = new ReportLimiter(clock, intervalMs);
    this.#letters = new ReportLimiter(clock, intervalMs);
    this.#emit = emit;
  }

  refused(direction: 'inbound' | 'outbound', refusal: Refusal): void {
    const { address, reason } = refusal;
    // Without the port: every attempt of an intruder has another one.
    const place = direction === 'inbound' ? address.slice(0, address.lastIndexOf(':')) : address;
    const suppressed = this.#limiter.admit(`${direction} ${reason} ${place}`);
    if (suppressed === null) return;
    this.#emit({ type: 'peer.refused', direction, suppressed, ...refusal });
  }

  dialFailed(address: string, result: DialResult & { readonly ok: false }): void {
    if (UNREMARKABLE.has(result.failure)) return;
    const { failure: reason, detail, peer: nodeId } = result;
    this.refused('outbound', { reason, address, nodeId, detail });
  }

  unreachable(nodeId: NodeId, failure: ConnectReason): void {
    this.#emit({ type: 'peer.unreachable', nodeId, reason: 'connection_refused', failure });
  }

  seedFailed(seed: string, failure: ConnectReason): void {
    if (failure === 'self') this.#emit({ type: 'seed.self', seed });
    else this.#emit({ type: 'seed.unreachable', seed, failure });
  }

  bug(error: unknown): void {
    const message = `an internal error, by which a link or messages are lost; please report it: ${String(error)}`;
    this.#emit({ type: 'warning', code: 'CHARTMESH_INTERNAL', message });
  }

  /** Each of them: the restarts of one actor are bounded by its policy. */
  actorRestarted(behavior: string, number: number, error: unknown): void {
    this.#emit({ type: 'actor.restarted', behavior, number, error });
  }

  nameConflict(nodeId: NodeId, address: string): void {
    if (this.#limiter.admit(`conflict ${nodeId}`) === null) return;
    this.#emit({ type: 'name.conflict', nodeId, address });
  }

  deadLetter(letter: DeadLetter): void {
    const { reason, from, target } = letter;
    // Of the target only its node: whoever sends to made-up numbers must not fill the log.
    const suppressed = this.#letters.admit(`${reason} ${from} ${target.split('/', 1)[0]}`);
    if (suppressed === null) return;
    this.#emit({ type: 'letter.dead', suppressed, ...letter });
  }

  /** A function of the user that runs apart from any message. */
  threw(observer: string, error: unknown): void {
    if (this.#letters.admit(`threw ${observer}`) === null) return;
    this.#emit({ type: 'observer.failed', observer, error });
  }

  addressUnreachable(nodeId: NodeId, advertised: string, observed: string, failure: string): void {
    if (this.#limiter.admit(`address ${nodeId}`) === null) return;
    this.#emit({ type: 'address.unreachable', nodeId, advertised, observed, failure });
  }
}
