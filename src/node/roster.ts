import { NodeId, type NodeIdComponents } from '../membership/node-id.ts';
import type { NodeInfo, NodeStatus } from '../membership/node-info.ts';
import type { Clock } from '../ports.ts';

interface Vitals {
  readonly processCount: number;
  readonly uptimeMs: number;
  readonly lastHeartbeatAt: number;
}

const UNHEARD: Vitals = { processCount: 0, uptimeMs: 0, lastHeartbeatAt: 0 };

/** What other nodes said about themselves in their last heartbeat, and when it came. */
export class Roster {
  readonly #clock: Clock;
  readonly #vitals = new Map<NodeId, Vitals>();
  /** Read once: all nodes are listed at every change, and reading an id costs. */
  readonly #places = new Map<NodeId, NodeIdComponents>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `ageMs`: how long ago the record came. This process may have stood still since then. */
  heard(
    id: NodeId,
    { processCount, uptimeMs }: { readonly processCount: number; readonly uptimeMs: number },
    ageMs: number,
  ): void {
    const lastHeartbeatAt = Math.floor(this.#clock.wallNow() - ageMs);
    this.#vitals.set(id, { processCount, uptimeMs, lastHeartbeatAt });
  }

  forget(id: NodeId): void {
    this.#vitals.delete(id);
    this.#places.delete(id);
  }

  info(id: NodeId, status: NodeStatus): NodeInfo {
    const { host, port } = this.#placeOf(id);
    return { id, host, port, status, ...(this.#vitals.get(id) ?? UNHEARD) };
  }

  #placeOf(id: NodeId): NodeIdComponents {
    const known = this.#places.get(id);
    if (known) return known;
    const place = NodeId.components(id);
    this.#places.set(id, place);
    return place;
  }
}
