/** The actors of a Cluster object, through its stops and starts. */
import type { Observable } from 'rxjs';
import type { AnyActorRef } from 'xstate';
import { OverloadedError, SpawnError, type SpawnReason } from '../errors/actors.ts';
import { ClusterNotStartedError } from '../errors.ts';
import type { DeadLetter } from '../inspect/dead-letter.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { NodeInfo } from '../membership/node-info.ts';
import type { Core } from '../node/core.ts';
import type { DataPlane } from '../node/data-plane.ts';
import type { Pending } from './actor-group.ts';
import { ActorNode } from './actor-node.ts';
import { type Behaviors, createBehaviors } from './behaviors.ts';
import type { Directory } from './directory.ts';
import { DirectoryWatch } from './directory-watch.ts';
import type { Told } from './down.ts';
import { type AskOptions, Line } from './line.ts';
import type { MessageOf } from './messages.ts';
import { Naming } from './naming.ts';
import type { Sink } from './observations.ts';
import { type Placement, Placements } from './placement.ts';
import type { NodeBusy } from './pressure.ts';
import { Ref, type RefHost } from './ref.ts';
import { type Spawned, Spawning } from './spawning.ts';
import { Watchers } from './watchers.ts';

export interface SpawnOptions extends AskOptions {
  /** Default: this node. */
  readonly on?: Placement | undefined;
  /** Given to the behavior as it starts; travels like a message. */
  readonly input?: unknown;
  /** What XState calls the actor: for inspection and logs, and nothing is found by it. */
  readonly id?: string | undefined;
}

/** Nothing has been started there, and another candidate may do. */
const TRY_ANOTHER: ReadonlySet<SpawnReason> = new Set(['unknown_behavior', 'full', 'node_down']);

/** Makes an observable of what can be opened and closed. */
export type ToStream = <T>(open: (sink: Sink<T>) => () => void) => Observable<T>;

/** Of a life of this node, as far as choosing among nodes goes. */
interface Life {
  readonly node: ActorNode;
  readonly placements: Placements;
  readonly toStream: ToStream;
  /** This node first, then those that are connected. */
  nodes(): readonly NodeInfo[];
}

export class Actors implements RefHost {
  readonly behaviors: Behaviors;
  readonly naming = new Naming(this);
  readonly pendingInGroups: Pending = new WeakMap();
  /** What happens to names and groups. */
  readonly directoryWatch = new DirectoryWatch();
  readonly deadLetters = new Watchers<DeadLetter>();
  readonly busy = new Watchers<NodeBusy>();
  readonly #spawning = new Spawning(this);
  /** The present one, or the last one: closed lines know what to say. */
  #life: Life | null = null;

  constructor(behaviors: Behaviors = createBehaviors()) {
    this.behaviors = behaviors;
  }

  begin(core: Core, toStream: ToStream): DataPlane {
    const { self, ports, limits, reporter } = core;
    const news = {
      deadLetter: (letter: DeadLetter) => {
        reporter.deadLetter(letter);
        this.deadLetters.tell(letter);
      },
      threw: (what: string, error: unknown) => reporter.threw(what, error),
      busy: (change: NodeBusy) => this.busy.tell(change),
      bug: (error: unknown) => reporter.bug(error),
    };
    const placements = new Placements(() => ports.random.float());
    const node = new ActorNode({
      ...{ self, ports, limits, behaviors: this.behaviors, refHost: this, news, placements },
      directoryEvents: this.directoryWatch,
      restarted: reporter.actorRestarted.bind(reporter),
    });
    this.#life = {
      node,
      toStream,
      placements,
      nodes: () => [
        { ...core.infoOf(self.id), processCount: ports.counters.get('processes') },
        ...[...core.sessions].map(({ peerId }) => core.infoOf(peerId)),
      ],
    };
    return node;
  }

  /** The present life of this node, or the last one. @throws ClusterNotStartedError */
  get node(): ActorNode {
    return this.#present().node;
  }

  /** The present life. @throws ClusterNotStartedError */
  running(): ActorNode {
    if (this.node.isOver) throw new ClusterNotStartedError();
    return this.node;
  }

  /** Its names and groups; none before the first start. */
  get directory(): Directory | undefined {
    return this.#life?.node.directory;
  }

  lineTo(nodeId: NodeId, uid: string): Line {
    const { node } = this.#present();
    const line = node.line(nodeId);
    return line?.uid === uid ? line : new Line(nodeId, uid, null, node);
  }

  snapshots(nodeId: NodeId, uid: string, number: number): Observable<unknown> {
    return this.#present().toStream((sink) =>
      this.#present().node.observations.open(this.lineTo(nodeId, uid), number, sink),
    );
  }

  /** Those that are connected, and of which it was told. */
  get busyNodes(): ReadonlySet<NodeId> {
    return this.#life?.node.pressure.busy ?? new Set();
  }

  isBusy(nodeId: NodeId): boolean {
    return this.#life?.node.line(nodeId)?.lane?.isBusy ?? false;
  }

  /** Gives the way to end it. @throws ActorLimitError, OverloadedError, ClusterNotStartedError */
  watch({ nodeId, uid, number }: Ref, told: Told): () => void {
    return this.node.watches.watch(this.lineTo(nodeId, uid), number, told);
  }

  /**
   * Sends what a monitor tells: while there is no room for it, once there is, unless as much as may be
   * monitored waits already. `plain`: instead of what cannot be sent.
   *
   * @throws OverloadedError
   */
  notify({ nodeId, uid, number }: Ref, message: unknown, plain: unknown): void {
    const { notices, maxMonitors } = this.node;
    const line = this.lineTo(nodeId, uid);
    if (line.isClosed) return line.send(number, message);
    if (notices.count(line) >= maxMonitors) throw new OverloadedError(nodeId);
    notices.send(line, message, plain, number);
  }

  /** @throws ActorLimitError, TypeError, ClusterNotStartedError */
  expose<TActor extends AnyActorRef>(actor: TActor): Ref<Parameters<TActor['send']>[0]> {
    const { own, exposed } = this.running();
    return new Ref(this, own.nodeId, own.uid, exposed.expose(actor));
  }

  /** Rejects with SpawnError, NotSerializableError, OverloadedError or ClusterNotStartedError. */
  async spawn<TBehavior = unknown>(
    name: string,
    { on = 'local', input, id, ...options }: SpawnOptions = {},
  ): Promise<Ref<unknown extends TBehavior ? unknown : MessageOf<TBehavior>>> {
    this.running();
    const life = this.#present();
    const spawned = { name, input, id };
    let refusal = new SpawnError(String(on), name, 'node_down');
    const nodes = life.nodes();
    for (const nodeId of life.placements.candidates(on, nodes)) {
      try {
        const ref = await this.#spawnOn(life.node, nodeId, spawned, options);
        life.placements.started(nodes.find((info) => info.id === nodeId));
        return ref;
      } catch (error) {
        if (!(error instanceof SpawnError) || !TRY_ANOTHER.has(error.reason)) throw error;
        refusal = error;
      }
    }
    throw refusal;
  }

  #spawnOn<TMessage>(
    node: ActorNode,
    nodeId: NodeId,
    spawned: Spawned,
    options: AskOptions,
  ): Promise<Ref<TMessage>> {
    const line = node.line(nodeId);
    if (!line) throw new SpawnError(nodeId, spawned.name, 'node_down');
    return this.#spawning.spawn(line, node.owed, spawned, options);
  }

  #present(): Life {
    if (!this.#life) throw new ClusterNotStartedError();
    return this.#life;
  }
}
