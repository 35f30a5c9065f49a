import type { LocalCluster } from '../../src/api/cluster.ts';
import type { ClusterConfig } from '../../src/api/config.ts';
import { createCounters } from '../../src/system/counters.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { type ClusterPorts, createTestCluster } from '../../src/testing/index.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../src/testing/memory-network.ts';
import type { NodeClock } from '../../src/testing/node-clock.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { simulatedKeys } from '../../src/testing/simulated-keys.ts';

export const A = '10.0.0.1';
export const B = '10.0.0.2';
export const C = '10.0.0.3';

/** Intervals that are easy to add: a beat each second, silence limit three seconds. */
export const PACE = { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 3 } as const;

export interface VirtualNode {
  readonly cluster: LocalCluster;
  readonly clock: NodeClock;
  readonly warnings: string[];
}

export interface World {
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  node(address: string, ports?: Partial<ClusterPorts>, wallOffsetMs?: number): VirtualNode;
  /** Moves the clock, letting promises settle in between. */
  advance(byMs: number): Promise<void>;
  /** Starts a node named after its letter, on port 4369 of its own address. */
  start(node: VirtualNode, config: Partial<ClusterConfig> & { host: string }): Promise<void>;
}

/** Machines on a virtual clock; every hop takes one millisecond, unless told otherwise. */
export function virtualWorld(seed = 1, latencyMs = { min: 1, max: 1 }): World {
  const clock = new TestClock();
  const random = seededRandom(seed);
  const network = createMemoryNetwork({ clock, random: random.fork('net'), latencyMs });
  const names = network.resolver({ 'b.example': [B] });
  const world: World = {
    clock,
    network,
    node: (address, ports = {}, wallOffsetMs = 0) => {
      const nodeClock = clock.node(wallOffsetMs);
      const own = random.fork(address);
      const warnings: string[] = [];
      const cluster = createTestCluster({
        clock: nodeClock,
        random: own,
        keys: simulatedKeys(own.fork('keys')),
        resolver: names,
        network: network.host(address, nodeClock),
        counters: createCounters(),
        advertise: (config, done) => done(config.advertiseHost ?? config.host),
        warn: (_, code) => warnings.push(code),
        ...ports,
      });
      return { cluster, clock: nodeClock, warnings };
    },
    advance: async (byMs) => {
      const stepMs = byMs > 200 ? 10 : 1;
      for (let left = byMs; left > 0; left -= stepMs) {
        clock.advance(Math.min(stepMs, left));
        await flush();
      }
    },
    start: async (node, config) => {
      const started = node.cluster.start({ nodeName: nameOf(config.host), ...PACE, ...config });
      const guarded = started.then(
        () => ({ ok: true }) as const,
        (error: unknown) => ({ ok: false, error }) as const,
      );
      let outcome: Awaited<typeof guarded> | undefined;
      guarded.then((settled) => {
        outcome = settled;
      });
      for (let steps = 0; outcome === undefined && steps < 5_000; steps += 1) {
        clock.advance(1);
        await flush();
      }
      if (outcome?.ok === false) throw outcome.error;
      if (outcome === undefined) throw new Error('start did not settle within 5 virtual seconds');
    },
  };
  return world;
}

/** Long enough for a chain of a few `then`s. */
export async function flush(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await null;
}

function nameOf(host: string): string {
  return { [A]: 'a', [B]: 'b', [C]: 'c' }[host] ?? 'n';
}

/** Two connected nodes; `b` has `a` as its seed. */
export async function virtualPair(options: { readonly wallOffsetOfBMs?: number } = {}) {
  const world = virtualWorld();
  const a = world.node(A);
  const b = world.node(B, {}, options.wallOffsetOfBMs ?? 0);
  await world.start(a, { host: A });
  await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
  await world.advance(5);
  return { world, a, b };
}
