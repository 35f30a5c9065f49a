/** One machine of the simulation and the node that runs on it, life after life. */
import type { LocalCluster } from '../../src/api/cluster.ts';
import type { ClusterConfig } from '../../src/api/config.ts';
import type { TestClock } from '../../src/testing/clock.ts';
import { createTestCluster } from '../../src/testing/index.ts';
import type { MemoryNetwork } from '../../src/testing/memory-network.ts';
import type { NodeClock } from '../../src/testing/node-clock.ts';
import type { SeededRandom } from '../../src/testing/random.ts';
import { simulatedKeys } from '../../src/testing/simulated-keys.ts';
import type { Plan } from './plan.ts';
import { Wiretap } from './wiretap.ts';

const PORT = 4369;

export interface Surroundings {
  readonly plan: Plan;
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  readonly random: SeededRandom;
  /** A process has been started; its node has not. */
  born(member: Member, life: Life): void;
  warned(member: Member, message: string): void;
}

/** One process. A node may leave and start again in it. */
export interface Life {
  readonly cluster: LocalCluster;
  readonly clock: NodeClock;
  readonly tap: Wiretap;
}

export class Member {
  readonly index: number;
  readonly name: string;
  readonly address: string;
  readonly id: string;
  readonly #around: Surroundings;
  readonly #config: ClusterConfig;
  #life: Life | null = null;
  #lives = 0;

  constructor(index: number, around: Surroundings) {
    this.index = index;
    this.name = `n${index}`;
    this.address = addressOf(index);
    this.id = `${this.name}@${this.address}:${PORT}`;
    this.#around = around;
    this.#config = configOf(index, around.plan);
  }

  get life(): Life | null {
    return this.#life;
  }

  get isRunning(): boolean {
    return this.#life?.cluster.getStatus() === 'running' && !this.#life.clock.frozen;
  }

  get linkCount(): number {
    return this.#around.network.linkCount(this.address);
  }

  /** False while the former life still says goodbye. */
  boot(): boolean {
    const life = this.#life ?? this.#process();
    if (life.cluster.getStatus() !== 'stopped' || life.clock.frozen) return false;
    // How a start ends is seen by the status; here nobody can wait for a promise.
    life.cluster.start(this.#config).catch(() => {});
    return true;
  }

  leave(): void {
    this.#life?.cluster.stop().catch(() => {});
  }

  crash(hasPower: boolean): void {
    this.#life?.clock.stop();
    if (hasPower) this.#around.network.crash(this.address);
    else this.#around.network.vanish(this.address);
    this.#life = null;
  }

  #process(): Life {
    const { clock: world, network, plan, random } = this.#around;
    this.#lives += 1;
    const source = random.fork(`${this.name}, life ${this.#lives}`);
    // A machine that was off may come back with an older date than its last life had.
    const clock = world.node(source.float() < 0.5 ? 0 : (source.float() - 0.5) * 120_000);
    const tap = new Wiretap(network.host(this.address, clock), clock, plan.secret !== null);
    const cluster = createTestCluster({
      clock,
      random: source,
      keys: simulatedKeys(source.fork('keys')),
      resolver: network.resolver({}, clock),
      network: tap.network,
      advertise: ({ host }, done) => done(host),
      warn: (message) => this.#around.warned(this, message),
    });
    this.#life = { cluster, clock, tap };
    this.#around.born(this, this.#life);
    return this.#life;
  }
}

function addressOf(index: number): string {
  return `10.0.0.${index + 1}`;
}

function configOf(index: number, plan: Plan): ClusterConfig {
  const { intervalMs, threshold, reconnectBaseDelayMs, reconnectMaxDelayMs, secret } = plan;
  return {
    nodeName: `n${index}`,
    host: addressOf(index),
    port: PORT,
    seeds: (plan.seeds[index] ?? []).map((seed) => `${addressOf(seed)}:${PORT}`),
    heartbeatIntervalMs: intervalMs,
    heartbeatMissThreshold: threshold,
    reconnectBaseDelayMs,
    reconnectMaxDelayMs,
    ...(secret === null ? {} : { clusterSecret: secret }),
  };
}
