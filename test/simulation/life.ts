/** The actors of a node, seen from between them and its sessions. */
import { ActorNode } from '../../src/actors/actor-node.ts';
import { Actors, type ToStream } from '../../src/actors/actors.ts';
import type { Line } from '../../src/actors/line.ts';
import type { NodeId } from '../../src/membership/node-id.ts';
import type { Core } from '../../src/node/core.ts';
import type { DataPlane } from '../../src/node/data-plane.ts';
import type { Session } from '../../src/node/session.ts';

export interface LifeListener {
  /** Something came over a line, or a line was opened. */
  heard(life: Life, line: Line): void;
  /** A life at the other end is over for this node. */
  lost(life: Life, line: Line): void;
  /** The node has ended its actors. */
  stopped(life: Life): void;
}

/** From one start of a node to its next stop. */
export class Life {
  readonly id: NodeId;
  readonly uid: string;
  readonly index: number;
  isOver = false;
  /** To others and to itself; the latest to each. */
  readonly lines = new Map<NodeId, Line>();
  /** Lives of others that are over for this one. */
  readonly lostUids = new Set<string>();
  readonly #core: Core;
  readonly #movedAtMs = new Map<NodeId, number>();

  constructor(core: Core, own: Line, index: number) {
    this.#core = core;
    this.id = core.self.id;
    this.uid = core.self.uid;
    this.index = index;
    this.lines.set(this.id, own);
  }

  get limits() {
    return this.#core.limits;
  }

  /** Actors that run, as the node counts them. */
  get actorCount(): number {
    return this.#core.ports.counters.get('processes');
  }

  now(): number {
    return this.#core.ports.clock.now();
  }

  /** Another link leads to that node, or none any more. */
  moved(line: Line): void {
    this.lines.set(line.nodeId, line);
    this.#movedAtMs.set(line.nodeId, this.now());
  }

  movedAtMs(nodeId: NodeId): number {
    return this.#movedAtMs.get(nodeId) ?? Number.NEGATIVE_INFINITY;
  }
}

/** Of one process. */
export class WatchedActors extends Actors {
  /** The present one, or the last one. */
  life: Life | null = null;
  readonly #index: number;
  readonly #listener: LifeListener;

  constructor(index: number, listener: LifeListener) {
    super();
    this.#index = index;
    this.#listener = listener;
  }

  override begin(core: Core, toStream: ToStream): DataPlane {
    const plane = super.begin(core, toStream);
    if (!(plane instanceof ActorNode)) throw new Error('there is nothing to be watched');
    this.life = new Life(core, plane.own, this.#index);
    watchOwn(plane.own, this.life, this.#listener);
    return new WatchedPlane(plane, this.life, this.#listener);
  }
}

/** What a node sends to itself comes over no session. */
function watchOwn(own: Line, life: Life, listener: LifeListener): void {
  const receive = own.receive.bind(own);
  own.receive = (body) => {
    const fault = receive(body);
    listener.heard(life, own);
    return fault;
  };
}

class WatchedPlane implements DataPlane {
  readonly #node: ActorNode;
  readonly #life: Life;
  readonly #listener: LifeListener;

  constructor(node: ActorNode, life: Life, listener: LifeListener) {
    this.#node = node;
    this.#life = life;
    this.#listener = listener;
  }

  get foreign() {
    return this.#node.foreign;
  }

  opened(session: Session): void {
    this.#node.opened(session);
    const line = this.#node.line(session.peerId);
    if (!line) return;
    this.#life.moved(line);
    this.#listener.heard(this.#life, line);
  }

  received(session: Session, body: Uint8Array): string | null {
    const fault = this.#node.received(session, body);
    this.#heard(session.peerId);
    return fault;
  }

  over(session: Session): void {
    this.#node.over(session);
    this.#heard(session.peerId);
  }

  gone(session: Session): void {
    const line = this.#node.line(session.peerId);
    this.#node.gone(session);
    if (!line || this.#node.line(session.peerId) === line) return;
    this.#life.moved(line);
    this.#life.lostUids.add(line.uid);
    this.#listener.lost(this.#life, line);
  }

  stop(): void {
    this.#node.stop();
    this.#life.isOver = true;
    this.#listener.stopped(this.#life);
  }

  #heard(peerId: NodeId): void {
    const line = this.#node.line(peerId);
    if (line) this.#listener.heard(this.#life, line);
  }
}
