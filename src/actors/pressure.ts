/** Which nodes do not keep up with what is sent to them. */
import type { NodeId } from '../membership/node-id.ts';
import type { Outbox } from '../node/outbox.ts';

export interface NodeBusy {
  readonly nodeId: NodeId;
  readonly busy: boolean;
}

export class Pressure {
  readonly #busy = new Set<NodeId>();
  readonly #changed: (change: NodeBusy) => void;

  constructor(changed: (change: NodeBusy) => void) {
    this.#changed = changed;
  }

  /** Of which it has been told that they are. */
  get busy(): ReadonlySet<NodeId> {
    return this.#busy;
  }

  /** The lane, and every other one that takes its place. */
  watch(nodeId: NodeId, lane: Outbox): void {
    lane.onBusy = (busy) => this.#set(nodeId, busy);
  }

  /** Nothing is sent there any more. */
  end(nodeId: NodeId, lane: Outbox): void {
    lane.onBusy = null;
    this.#set(nodeId, false);
  }

  #set(nodeId: NodeId, busy: boolean): void {
    if (busy === this.#busy.has(nodeId)) return;
    if (busy) this.#busy.add(nodeId);
    else this.#busy.delete(nodeId);
    this.#changed({ nodeId, busy });
  }
}
