/** The actors of a Cluster object, through its stops and starts. */
import { ClusterNotStartedError, SpawnError } from '../errors.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Core } from '../node/core.ts';
import type { DataPlane } from '../node/data-plane.ts';
import { ActorNode } from './actor-node.ts';
import { type Behaviors, createBehaviors } from './behaviors.ts';
import { type AskOptions, Line } from './line.ts';
import type { MessageOf } from './messages.ts';
import type { Ref, RefHost } from './ref.ts';
import { Spawning } from './spawning.ts';

export interface SpawnOptions extends AskOptions {
  /** A connected node, or this one. */
  readonly on: NodeId;
  readonly input?: unknown;
}

export class Actors implements RefHost {
  readonly behaviors: Behaviors = createBehaviors();
  readonly #spawning = new Spawning(this);
  /** Of the present life of the node, or of the last one: closed lines know what to say. */
  #node: ActorNode | null = null;

  begin(core: Core): DataPlane {
    const { self, ports, limits } = core;
    this.#node = new ActorNode({ self, ports, limits, behaviors: this.behaviors, refHost: this });
    return this.#node;
  }

  lineTo(nodeId: NodeId, uid: string): Line {
    if (!this.#node) throw new ClusterNotStartedError();
    const line = this.#node.line(nodeId);
    return line?.uid === uid ? line : new Line(nodeId, uid, null, this.#node);
  }

  /** Rejects with SpawnError, NotSerializableError, OverloadedError or ClusterNotStartedError. */
  async spawn<TBehavior = unknown>(
    name: string,
    { on, input, ...options }: SpawnOptions,
  ): Promise<Ref<unknown extends TBehavior ? unknown : MessageOf<TBehavior>>> {
    if (!this.#node) throw new ClusterNotStartedError();
    const line = this.#node.line(on);
    if (!line) throw new SpawnError(on, name, 'node_down');
    return this.#spawning.spawn(line, name, input, options);
  }
}
