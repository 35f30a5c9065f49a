/** What a simulation is made of. */
import type { ClusterPorts } from '../api/cluster-ports.ts';
import type { ClusterConfig } from '../api/config.ts';
import type { MemoryNetworkOptions } from './memory-network.ts';
import type { SimulatedNode } from './simulated-node.ts';

/**
 * A node's configuration but for what the simulation decides: its name, address and seeds.
 * `tls` is refused: links in memory are plain.
 */
export type SimulatedConfig = Partial<Omit<ClusterConfig, 'nodeName' | 'host' | 'seeds'>>;

export interface SimulatedNodeOptions {
  /** Of its own. */
  readonly name: string;
  /** An IP address, one for each `port` used there. Default 10.0.0.1 for the first, 10.0.0.2 for the second. */
  readonly address?: string;
  /**
   * Names of nodes, or addresses as in `ClusterConfig.seeds`. Default: the first node; for the
   * first node none. A name stands for the address that the node was given here; `n1:4369` is
   * resolved at every dial, and finds it under another address too.
   */
  readonly seeds?: readonly string[];
  /** On top of that of the simulation. */
  readonly config?: SimulatedConfig;
}

export interface SimulationOptions {
  /** All that is random follows from it: any finite number. Default 1. */
  readonly seed?: number;
  /** How many, n1 and so on; or each by itself. From 1 to 10,000, default 3. */
  readonly nodes?: number | readonly SimulatedNodeOptions[];
  readonly config?: SimulatedConfig;
  readonly network?: Omit<MemoryNetworkOptions, 'clock' | 'random'>;
  /** Host names besides those of the nodes; `setAddresses` changes them. */
  readonly hosts?: Readonly<Record<string, readonly string[]>>;
  /**
   * Called for each new process of a node, before the node is started in it: the place to attach
   * to `node.cluster` what the process would run.
   */
  readonly onLife?: (node: SimulatedNode) => void;
  /** Replaces what a new process takes from the world, given what it would take. */
  readonly ports?: (node: SimulatedNode, defaults: ClusterPorts) => Partial<ClusterPorts>;
  /** Lines of the trace that are kept, at least 1. Default 100,000. */
  readonly maxTraceLines?: number;
  /** At least 1, default 100,000: see `TestClockOptions`. */
  readonly maxEventsPerMoment?: number;
}

/** Of one start, for a node that does not run. */
export interface StartOptions {
  /** The machine comes back under this IP address, now and from now on. */
  readonly address?: string;
  /** On top of the node's own, for this start only. */
  readonly config?: SimulatedConfig;
  /** How far the machine's date is off, in ms. Default: as far as it was. */
  readonly wallOffsetMs?: number;
}
