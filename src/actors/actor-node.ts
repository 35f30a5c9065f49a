/** The actors of one life of this node, and its lines to the lives of others. */
import type { AskReason } from '../errors.ts';
import type { Limits } from '../limits.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { DataPlane } from '../node/data-plane.ts';
import type { Session } from '../node/session.ts';
import type { Ports } from '../ports.ts';
import type { Foreign } from '../wire/foreign.ts';
import { ActorTable } from './actor-table.ts';
import type { Behaviors } from './behaviors.ts';
import { Deadlines } from './deadlines.ts';
import type { Hosted } from './hosted.ts';
import { Line, type LineHost } from './line.ts';
import { loopback } from './loopback.ts';
import { type RefHost, refParts } from './ref.ts';
import { SERVICE, Service } from './service.ts';

export interface ActorNodeInput {
  readonly self: { readonly id: NodeId; readonly uid: string };
  readonly ports: Ports;
  readonly behaviors: Behaviors;
  readonly limits: Limits;
  readonly refHost: RefHost;
}

export class ActorNode implements DataPlane, LineHost {
  readonly deadlines: Deadlines;
  readonly counters: Ports['counters'];
  readonly foreign: Foreign;
  readonly maxPendingAsks: number;
  /** From this node to itself. */
  readonly own: Line;
  readonly #clock: Ports['clock'];
  readonly #table = new ActorTable();
  readonly #service: Service;
  readonly #lines = new Map<NodeId, Line>();

  constructor({ self, ports, behaviors, limits, refHost }: ActorNodeInput) {
    this.#clock = ports.clock;
    this.counters = ports.counters;
    this.maxPendingAsks = limits.maxPendingAsks;
    this.deadlines = new Deadlines(ports.clock, (now) => this.#expire(now));
    this.foreign = refParts(refHost);
    const lane = loopback(ports.clock, this.foreign, limits, (body) => this.own.receive(body));
    this.own = new Line(self.id, self.uid, lane, this);
    this.#lines.set(self.id, this.own);
    this.#service = new Service(behaviors, this.#table, ports, limits);
    this.#table.set(SERVICE, this.#service);
  }

  /** The line to a node that is connected, or to this one. */
  line(nodeId: NodeId): Line | undefined {
    return this.#lines.get(nodeId);
  }

  // ---- sessions --------------------------------------------------------------------------------

  opened(session: Session): void {
    const { peerId, peerUid, outbox } = session;
    const present = this.#lines.get(peerId);
    if (present?.uid === peerUid) present.move(outbox);
    else this.#lines.set(peerId, new Line(peerId, peerUid, outbox, this));
  }

  received(session: Session, body: Uint8Array): string | null {
    const line = this.#lines.get(session.peerId);
    return line === undefined || line.uid !== session.peerUid ? null : line.receive(body);
  }

  gone(session: Session): void {
    const line = this.#lines.get(session.peerId);
    if (line?.uid !== session.peerUid) return;
    this.#lines.delete(session.peerId);
    this.#service.lost(line);
    line.close();
  }

  /** Ends everything that was started here; what was asked fails. */
  stop(): void {
    for (const line of this.#lines.values()) line.close();
    this.#lines.clear();
    for (const hosted of [...this.#table]) hosted.stop();
    this.deadlines.stop();
  }

  // ---- what the lines need -----------------------------------------------------------------------

  now(): number {
    return this.#clock.now();
  }

  hosted(number: number): Hosted | undefined {
    return this.#table.get(number);
  }

  deadLetter(_line: Line, _target: number, _reason: AskReason): void {
    this.counters.add('letters.dead');
  }

  #expire(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) earliest = Math.min(earliest, line.expire(now));
    return earliest;
  }
}
