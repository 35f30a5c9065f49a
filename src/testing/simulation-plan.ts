/** From options to machines: names, addresses, and who is whose seed. */
import { parseConfig } from '../api/config.ts';
import { CLUSTER_DEFAULTS } from '../limits.ts';
import type { MachineSetup } from './simulated-machine.ts';
import { SimulationError } from './simulation-error.ts';
import type {
  SimulatedConfig,
  SimulatedNodeOptions,
  SimulationOptions,
} from './simulation-options.ts';
import { assertValid, OPTIONS } from './simulation-schema.ts';

const NODES = 3;

/** Handshakes, a write that has to be repeated, and their likes. */
const SLACK_MS = 10_000;

/**
 * @throws SimulationError `invalid_argument` for an option that no simulation could be made with
 * @throws InvalidClusterConfigError for a configuration that no node would start with
 */
export function machineSetups(options: SimulationOptions): readonly MachineSetup[] {
  assertValid('the options', OPTIONS, options);
  const { nodes = NODES } = options;
  const list = typeof nodes === 'number' ? numbered(nodes) : nodes;
  const named = list.map((node, at) => ({
    number: at + 1,
    name: node.name,
    address: node.address?.toLowerCase() ?? `10.0.${Math.floor(at / 250)}.${(at % 250) + 1}`,
    seeds: node.seeds ?? (at === 0 ? [] : [list[0]?.name ?? '']),
    config: { ...options.config, ...node.config },
  }));
  assertDistinct(named);
  const addresses = new Map(
    named.map(({ name, address, config }) => [name, where(address, config)]),
  );
  const setups = named.map((node) => ({
    ...node,
    seeds: node.seeds.map((seed) => addresses.get(seed) ?? seed),
  }));
  for (const { name, address, seeds, config } of setups) {
    parseConfig({ ...config, nodeName: name, host: address, seeds }, { allowPortZero: true });
  }
  return setups;
}

/** Of two nodes with one name only the later could be found, and one port is bound only once. */
function assertDistinct(nodes: readonly Pick<MachineSetup, 'name' | 'address' | 'config'>[]): void {
  const names = new Set<string>();
  const places = new Map<string, string>();
  for (const { name, address, config } of nodes) {
    if (names.has(name)) refuse(`two nodes have the name ${name}: give each its own`);
    names.add(name);
    const place = where(address, config);
    const other = places.get(place);
    if (other !== undefined && config.port !== 0) {
      refuse(`${other} and ${name} are both at ${place}: give one another address or port`);
    }
    places.set(place, name);
  }
}

function refuse(problem: string): never {
  throw new SimulationError('invalid_argument', problem);
}

function numbered(count: number): readonly SimulatedNodeOptions[] {
  return Array.from({ length: count }, (_, at) => ({ name: `n${at + 1}` }));
}

function where(address: string, { port = CLUSTER_DEFAULTS.PORT }: MachineSetup['config']): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** How long it may take until nodes that can reach each other are connected. */
export function patienceMs(config: SimulatedConfig): number {
  const {
    heartbeatIntervalMs = CLUSTER_DEFAULTS.HEARTBEAT_INTERVAL_MS,
    heartbeatMissThreshold = CLUSTER_DEFAULTS.HEARTBEAT_MISS_THRESHOLD,
    reconnectMaxDelayMs = CLUSTER_DEFAULTS.RECONNECT_MAX_DELAY_MS,
  } = config;
  return reconnectMaxDelayMs + 2 * heartbeatIntervalMs * heartbeatMissThreshold + SLACK_MS;
}

/** How long it takes at most until nothing is left of a node that leaves. */
export function goodbyeMs({ leaveTimeoutMs }: SimulatedConfig): number {
  return (leaveTimeoutMs ?? CLUSTER_DEFAULTS.LEAVE_TIMEOUT_MS) + SLACK_MS;
}
