/** The actors of one life of this node, and its lines to the lives of others. */
import type { Limits } from '../limits.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { DataPlane } from '../node/data-plane.ts';
import type { Session } from '../node/session.ts';
import type { Ports } from '../ports.ts';
import type { Foreign } from '../wire/foreign.ts';
import { ActorTable } from './actor-table.ts';
import type { Behaviors } from './behaviors.ts';
import { Deadlines } from './deadlines.ts';
import { Directory } from './directory.ts';
import type { DirectoryEvents } from './directory-watch.ts';
import { Exposed } from './exposed.ts';
import type { Hosted } from './hosted.ts';
import { Inbound } from './inbound.ts';
import { type ActorNews, Letters } from './letters.ts';
import { Line, type LineHost } from './line.ts';
import { Links } from './links.ts';
import { loopback } from './loopback.ts';
import { Monitors } from './monitors.ts';
import { Observations } from './observations.ts';
import { Owed } from './owed.ts';
import { Rounds } from './pending-asks.ts';
import type { Placements } from './placement.ts';
import { type NodeBusy, Pressure } from './pressure.ts';
import { Ref, type RefHost, refParts } from './ref.ts';
import type { Ended } from './resident.ts';
import { Resync } from './resync.ts';
import { SERVICE, Service } from './service.ts';
import { Snapshots } from './snapshots.ts';
import { type Restarted, Spawner } from './spawner.ts';
import { Watches } from './watches.ts';

export interface ActorNodeInput {
  readonly self: { readonly id: NodeId; readonly uid: string };
  readonly ports: Ports;
  readonly behaviors: Behaviors;
  readonly limits: Limits;
  readonly refHost: RefHost;
  readonly directoryEvents: DirectoryEvents;
  readonly restarted: Restarted;
  readonly placements: Placements;
  readonly news: ActorNews & { busy(change: NodeBusy): void; bug(error: unknown): void };
}

export class ActorNode implements DataPlane, LineHost {
  readonly deadlines: Deadlines;
  readonly rounds = new Rounds();
  readonly counters: Ports['counters'];
  readonly foreign: Foreign;
  readonly letters: Letters;
  readonly pressure: Pressure;
  readonly maxPendingAsks: number;
  readonly maxMonitors: number;
  /** From this node to itself. */
  readonly own: Line;
  /** Names and groups. */
  readonly directory: Directory;
  readonly observations: Observations;
  readonly owed: Owed;
  readonly monitors: Monitors;
  readonly watches: Watches;
  readonly links: Links;
  /** What monitors tell references for which there was no room. */
  readonly notices: Owed;
  readonly exposed: Exposed;
  readonly #clock: Ports['clock'];
  readonly #table = new ActorTable();
  readonly #service: Service;
  readonly #resync: Resync;
  /** To every connected node, and to this one. */
  readonly #lines = new Map<NodeId, Line>();
  readonly #inbound = new Map<NodeId, Inbound>();

  constructor(input: ActorNodeInput) {
    const { self, ports, behaviors, limits, refHost, directoryEvents: events, news } = input;
    this.#clock = ports.clock;
    this.counters = ports.counters;
    this.maxPendingAsks = limits.maxPendingAsks;
    this.maxMonitors = limits.maxMonitors;
    this.deadlines = new Deadlines(ports.clock, (now) => this.#expire(now));
    this.foreign = refParts(refHost, {
      ...self,
      numberOf: (actor) => this.#table.numberOf(actor),
      lend: (replyTo) => this.#table.lend(replyTo),
    });
    this.letters = new Letters({ nodeId: self.id, uid: self.uid }, ports.counters, news);
    this.pressure = new Pressure((change) => news.busy(change));
    const lane = loopback(ports.clock, this.foreign, limits, {
      receive: (body) => this.own.receive(body),
      failed: (fault) => news.bug(new Error(`a message of this node to itself: ${fault}`)),
    });
    this.pressure.watch(self.id, lane);
    this.own = new Line(self.id, self.uid, lane, this);
    this.#lines.set(self.id, this.own);
    const isHosted = (number: number) => this.#table.get(number) !== undefined;
    this.directory = new Directory({ self, ports, limits, refHost, isHosted, events });
    const snapshots = new Snapshots(this.#table, ports.clock, limits.maxObservers);
    this.observations = new Observations(ports.clock);
    const ended: Ended = (number, reason, detail) => {
      snapshots.ended(number, reason, reason === 'error' ? detail : undefined);
      this.directory.ended(number);
      this.monitors.ended(number, reason, detail);
      this.links.ended(number);
    };
    const house = { table: this.#table, counters: ports.counters, letters: this.letters, ended };
    const spawner = new Spawner(house, behaviors, ports, limits, input.restarted);
    const owed = new Owed(ports.clock);
    this.owed = owed;
    this.notices = new Owed(ports.clock, (line, count) => this.letters.lost(line, count));
    this.monitors = new Monitors(this.#table, owed, limits.maxMonitors);
    this.watches = new Watches(self.id, ports.clock, owed, limits.maxMonitors);
    this.links = new Links(
      {
        refTo: (number) => new Ref(refHost, self.id, self.uid, number),
        wayTo: ({ nodeId, uid }) => this.#openLine(nodeId, uid),
      },
      this.#table,
      this.watches,
      this.monitors,
    );
    this.exposed = new Exposed(self.id, this.#table, this.letters, limits.maxActors, ended);
    this.#resync = new Resync(ports.clock, owed, [
      ...[this.directory, this.watches, snapshots, this.observations],
    ]);
    this.#service = new Service([
      this.#resync,
      spawner,
      snapshots,
      this.observations,
      this.directory,
      owed,
      this.monitors,
      this.watches,
      this.links,
      this.notices,
      this.exposed,
      input.placements,
    ]);
    this.#table.set(SERVICE, this.#service);
    this.#service.met(this.own);
  }

  /** The line to a node that is connected, or to this one. */
  line(nodeId: NodeId): Line | undefined {
    return this.#lines.get(nodeId);
  }

  #openLine(nodeId: NodeId, uid: string): Line | undefined {
    const line = this.#lines.get(nodeId);
    return line?.uid === uid && !line.isClosed ? line : undefined;
  }

  // ---- sessions --------------------------------------------------------------------------------

  opened(session: Session): void {
    const { peerId, peerUid, outbox } = session;
    const present = this.#inbound.get(peerId);
    if (present?.line.uid === peerUid) return present.move(session);
    const line = new Line(peerId, peerUid, outbox, this);
    this.#lines.set(peerId, line);
    this.#inbound.set(peerId, new Inbound(line, session));
    this.pressure.watch(peerId, outbox);
    this.#service.met(line);
  }

  received(session: Session, body: Uint8Array): string | null {
    return this.#of(session)?.received(session, body) ?? null;
  }

  over(session: Session): void {
    this.#of(session)?.over(session);
  }

  gone(session: Session): void {
    const line = this.#of(session)?.line;
    if (!line) return;
    this.#lines.delete(line.nodeId);
    this.#inbound.delete(line.nodeId);
    this.#service.lost(line);
    this.#end(line);
  }

  #end(line: Line): void {
    const { lane } = line;
    if (lane === null) return;
    line.close();
    this.letters.lost(line, lane.abandon());
    this.pressure.end(line.nodeId, lane);
  }

  /** What comes from the life at the other end of a session, if that is the present one. */
  #of({ peerId, peerUid }: Session): Inbound | undefined {
    const inbound = this.#inbound.get(peerId);
    return inbound?.line.uid === peerUid ? inbound : undefined;
  }

  get isOver(): boolean {
    return this.own.isClosed;
  }

  /** Ends everything that was started here; what was asked fails. */
  stop(): void {
    for (const line of this.#lines.values()) this.#end(line);
    this.#lines.clear();
    this.#inbound.clear();
    for (const hosted of [...this.#table]) hosted.stop();
    this.deadlines.stop();
  }

  // ---- what the lines need -----------------------------------------------------------------------

  now(): number {
    return this.#clock.now();
  }

  missed(line: Line): void {
    this.#resync.missed(line);
  }

  hosted(number: number): Hosted | undefined {
    return this.#table.get(number);
  }

  #expire(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const line of this.#lines.values()) earliest = Math.min(earliest, line.expire(now));
    return earliest;
  }
}
