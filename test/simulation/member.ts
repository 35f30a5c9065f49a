/** One machine of the simulation: what is done to its node, whichever process it is in. */
import type { ClusterPorts } from '../../src/api/cluster-ports.ts';
import type { Faults, Resolver } from '../../src/ports.ts';
import { type SeededRandom, seededRandom } from '../../src/testing/random.ts';
import type { SimulatedNode } from '../../src/testing/simulated-node.ts';
import { TAG_BYTES } from '../../src/wire/record.ts';
import { cheapKeys } from './cheap-keys.ts';
import { type LifeListener, WatchedActors } from './life.ts';
import type { Plan } from './plan.ts';
import { pooledKeys } from './pooled-keys.ts';
import { type TapListener, Wiretap } from './wiretap.ts';

export class Member {
  readonly index: number;
  readonly name: string;
  /** Of the present process; null before the first. */
  tap: Wiretap | null = null;
  /** Of the present process. */
  actors: WatchedActors | null = null;
  /** All that the machine has had. */
  readonly addresses = new Set<string>();
  /** Chances, by the point that fails. */
  readonly strikes = new Map<string, number>();
  readonly #plan: Plan;
  readonly #random: SeededRandom;
  #node: SimulatedNode | null = null;

  constructor(index: number, plan: Plan) {
    this.index = index;
    this.name = `n${index}`;
    this.#plan = plan;
    this.#random = seededRandom(plan.seed).fork(`member ${index}`);
  }

  /** Known once the simulation is made. */
  set node(node: SimulatedNode) {
    this.#node = node;
  }

  get node(): SimulatedNode {
    if (!this.#node) throw new Error(`${this.name} has no machine`);
    return this.#node;
  }

  get isRunning(): boolean {
    return this.node.status === 'running' && !this.node.isFrozen;
  }

  /** Whether its present process runs that actor. */
  hosts(uid: string, number: number): boolean {
    const life = this.actors?.life;
    return life?.uid === uid && !life.isOver && this.actors?.node.hosted(number) !== undefined;
  }

  /** For a new process. */
  ports(defaults: ClusterPorts, listener: TapListener, lives: LifeListener): Partial<ClusterPorts> {
    const { secret, limits } = this.#plan;
    const tagBytes = secret === null ? 0 : TAG_BYTES;
    const rules = { tagBytes, maxQueueBytes: limits.maxControlQueueBytes };
    this.tap = new Wiretap(defaults.network, defaults.clock, listener, rules);
    this.tap.isDecoding = this.#plan.isDecoded;
    const keys = secret === null ? cheapKeys(this.#random) : pooledKeys(this.#random);
    const resolver: Resolver = {
      resolve: (host, done) => {
        listener.resolving(host);
        return defaults.resolver.resolve(host, done);
      },
    };
    this.actors = new WatchedActors(this.index, lives);
    const { tap: network, actors } = this;
    return { keys, resolver, network, actors, faults: this.#faults() };
  }

  #faults(): Faults {
    return {
      strikes: (point) => {
        const chance = this.strikes.get(point) ?? 0;
        return chance > 0 && this.#random.float() < chance;
      },
    };
  }
}

/** `n3@10.0.0.4:4369` is node 3; 99 stands for whoever belongs to no cluster. */
export function indexOf(id: string): number {
  const index = Number(id.slice(1, id.indexOf('@')));
  return Number.isInteger(index) ? index : 99;
}
