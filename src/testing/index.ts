/** Tools for testing what is built on a cluster: `chartmesh/testing`. */

import { LocalCluster } from '../api/cluster.ts';
import type { ClusterPorts } from '../api/cluster-ports.ts';
import { systemPorts } from '../api/default-ports.ts';

export type { ClusterPorts } from '../api/cluster-ports.ts';
export type { Clock, Random, Timer } from '../ports.ts';
export { type EventWatcher, TestClock, type TestClockOptions } from './clock.ts';
export type { NodeNames } from './machine-set.ts';
export {
  createMemoryNetwork,
  type MemoryNetwork,
  type MemoryNetworkOptions,
} from './memory-network.ts';
export type { PathConditions } from './memory-path.ts';
export { NodeClock } from './node-clock.ts';
export { type SeededRandom, seededRandom } from './random.ts';
export { simulatedKeys } from './simulated-keys.ts';
export type { SimulatedNode } from './simulated-node.ts';
export type { CutOptions } from './simulated-world.ts';
export {
  type ConvergenceOptions,
  createSimulation,
  type Simulation,
  type WaitOptions,
} from './simulation.ts';
export { SimulationError, type SimulationReason } from './simulation-error.ts';
export type {
  SimulatedConfig,
  SimulatedNodeOptions,
  SimulationOptions,
  StartOptions,
} from './simulation-options.ts';

/** A node like that of `createCluster`, but it may bind port 0, and any port can be replaced. */
export function createTestCluster(ports: Partial<ClusterPorts> = {}): LocalCluster {
  return new LocalCluster({ ...systemPorts(), allowPortZero: true, ...ports });
}
