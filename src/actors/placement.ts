/** On which node an actor is to be started. */
import type { NodeId } from '../membership/node-id.ts';
import type { NodeInfo } from '../membership/node-info.ts';
import type { Line } from './line.ts';
import type { ServicePart } from './service.ts';

/**
 * A node; this one; any; the one with the fewest actors; or what a function chooses among this node
 * (first) and those that are connected.
 */
export type Placement =
  | NodeId
  | 'local'
  | 'any'
  | 'least'
  | ((nodes: readonly NodeInfo[]) => NodeId);

export class Placements implements ServicePart {
  readonly #random: () => number;
  /** What was started from here on a node since its count was last heard. */
  readonly #added = new Map<NodeId, { readonly heard: number; readonly added: number }>();

  /** `random`: uniform in [0, 1). */
  constructor(random: () => number) {
    this.#random = random;
  }

  /** Nodes to try in turn, as long as one cannot take the actor. `nodes`: this one first. */
  candidates(on: Placement, nodes: readonly NodeInfo[]): readonly NodeId[] {
    if (typeof on === 'function') return [on(nodes)];
    if (on === 'local') return nodes.slice(0, 1).map(({ id }) => id);
    if (on === 'any') return this.#fromAnywhere(nodes);
    return on === 'least' ? this.#byLoad(nodes) : [on];
  }

  /** Counts change a heartbeat later; until then those who ask for the least all meet at one node. */
  started(node: NodeInfo | undefined): void {
    if (node) this.#added.set(node.id, { heard: node.processCount, added: this.#ofUs(node) + 1 });
  }

  /** Of nodes that are gone nothing is kept. */
  lost({ nodeId }: Pick<Line, 'nodeId'>): void {
    this.#added.delete(nodeId);
  }

  #byLoad(nodes: readonly NodeInfo[]): readonly NodeId[] {
    const load = (node: NodeInfo) => node.processCount + this.#ofUs(node);
    return [...nodes].sort((a, b) => load(a) - load(b)).map(({ id }) => id);
  }

  #ofUs({ id, processCount }: NodeInfo): number {
    const known = this.#added.get(id);
    return known?.heard === processCount ? known.added : 0;
  }

  /** Beginning anywhere: who is tried first is what counts. */
  #fromAnywhere(nodes: readonly NodeInfo[]): readonly NodeId[] {
    const ids = nodes.map(({ id }) => id);
    const first = Math.floor(this.#random() * ids.length);
    return [...ids.slice(first), ...ids.slice(0, first)];
  }
}
