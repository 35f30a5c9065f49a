import { NodeId } from '../membership/node-id.ts';
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

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  heard(id: NodeId, said: { readonly processCount: number; readonly uptimeMs: number }): void {
    const { processCount, uptimeMs } = said;
    this.#vitals.set(id, { processCount, uptimeMs, lastHeartbeatAt: this.#clock.wallNow() });
  }

  forget(id: NodeId): void {
    this.#vitals.delete(id);
  }

  info(id: NodeId, status: NodeStatus): NodeInfo {
    const { host, port } = NodeId.components(id);
    return { id, host, port, status, ...(this.#vitals.get(id) ?? UNHEARD) };
  }
}
