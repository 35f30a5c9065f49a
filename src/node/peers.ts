/** The peer charts: one per node that was ever worth a session, children of the lifecycle. */
import type { ActorRefFrom } from 'xstate';
import { peerActorId } from '../machines/cluster.ts';
import type { PeerEmitted, PeerEvent, peerMachine } from '../machines/peer.ts';
import { fullJitterMs } from '../membership/backoff.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { NodeStatus } from '../membership/node-info.ts';
import type { Random } from '../ports.ts';
import type { Lifecycle } from './lifecycle.ts';

export type PeerActor = ActorRefFrom<typeof peerMachine>;

export interface PeersInput {
  readonly silenceLimitMs: number;
  readonly greetTimeoutMs: number;
  readonly reconnectBaseDelayMs: number;
  readonly reconnectMaxDelayMs: number;
}

export interface PeersOwner {
  emitted(id: NodeId, event: PeerEmitted): void;
  /** The public status of a node is not what it was. */
  moved(): void;
}

export class Peers {
  readonly #input: PeersInput;
  readonly #lifecycle: Lifecycle;
  readonly #random: Random;
  readonly #owner: PeersOwner;
  readonly #actors = new Map<NodeId, PeerActor>();
  /** By snapshot: all nodes are listed at every change, and matching a state costs. */
  readonly #statuses = new WeakMap<object, NodeStatus>();

  constructor(input: PeersInput, lifecycle: Lifecycle, random: Random, owner: PeersOwner) {
    this.#input = input;
    this.#lifecycle = lifecycle;
    this.#random = random;
    this.#owner = owner;
  }

  get(id: NodeId): PeerActor | undefined {
    return this.#actors.get(id);
  }

  /** Creates the chart when there is none yet; undefined when the node is stopping. */
  ensure(id: NodeId): PeerActor | undefined {
    const known = this.#actors.get(id);
    if (known) return isActive(known) ? known : undefined;
    const { reconnectBaseDelayMs, reconnectMaxDelayMs, ...input } = this.#input;
    this.#lifecycle.send({
      type: 'peer.known',
      peer: {
        ...input,
        peer: id,
        backoff: (attempt) =>
          fullJitterMs(attempt, reconnectBaseDelayMs, reconnectMaxDelayMs, this.#random.float()),
      },
    });
    const actor: PeerActor | undefined = this.#lifecycle.system.get(peerActorId(id));
    if (!actor) return undefined;
    this.#actors.set(id, actor);
    actor.on('*', (event) => this.#owner.emitted(id, event));
    let status = this.statusOf(id);
    actor.subscribe(() => {
      const before = status;
      status = this.statusOf(id);
      if (status !== before) this.#owner.moved();
    });
    return actor;
  }

  /** While the node closes, its charts have ended before the last words of others arrive. */
  tell(id: NodeId, event: PeerEvent): void {
    const actor = this.#actors.get(id);
    if (actor && isActive(actor)) actor.send(event);
  }

  forget(id: NodeId): void {
    if (!this.#actors.delete(id)) return;
    this.#lifecycle.send({ type: 'peer.forgotten', peer: id });
  }

  statusOf(id: NodeId): NodeStatus {
    const snapshot = this.#actors.get(id)?.getSnapshot();
    if (!snapshot) return 'disconnected';
    const known = this.#statuses.get(snapshot);
    if (known) return known;
    const status = statusIn(snapshot);
    this.#statuses.set(snapshot, status);
    return status;
  }
}

function statusIn(snapshot: ReturnType<PeerActor['getSnapshot']>): NodeStatus {
  if (snapshot.matches('connected')) return 'connected';
  return snapshot.matches('connecting') ? 'connecting' : 'disconnected';
}

/** XState warns on the console about an event to an actor that was stopped. */
function isActive(actor: PeerActor): boolean {
  return actor.getSnapshot().status === 'active';
}
