import type { LocalCluster } from '../api/cluster.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ClusterStatus } from '../membership/node-info.ts';
import type { NodeClock } from './node-clock.ts';
import type { SeededRandom } from './random.ts';

/** A machine of a simulation, and the process that runs on it, life after life. */
export interface SimulatedNode {
  readonly name: string;
  /** The present IP address of the machine. */
  readonly address: string;
  readonly id: NodeId;
  /** 'off': no process, since none was started yet or the last one was killed. */
  readonly status: ClusterStatus | 'off';
  readonly isFrozen: boolean;
  /** Processes so far: each one has a `cluster` of its own. */
  readonly lives: number;
  /**
   * The node of the present process.
   *
   * @throws SimulationError `no_process` while the node is off
   */
  readonly cluster: LocalCluster;
  /**
   * The clock of the present process, for the service under test: its timers stand still and die
   * with the process.
   *
   * @throws SimulationError `no_process` while the node is off
   */
  readonly clock: NodeClock;
  /** Repeatable, for the service under test; a stream of its own in each process. */
  readonly random: SeededRandom;
  /** Why the last start failed; null when it did not, and once the node was told to stop. */
  readonly startError: unknown;
  /** Timers that are set in the present process. */
  readonly timerCount: number;
  /** Ends of TCP connections at the machine. */
  readonly linkCount: number;
}
