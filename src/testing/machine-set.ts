import { preview } from '../errors.ts';
import type { SimulatedMachine } from './simulated-machine.ts';
import type { SimulationError, SimulationReason } from './simulation-error.ts';
import type { SimulatedConfig } from './simulation-options.ts';

/** One node, or several, by name. */
export type NodeNames = string | readonly string[];

/** The machines of a simulation, by name. */
export class MachineSet {
  readonly #machines: ReadonlyMap<string, SimulatedMachine>;
  readonly #error: (reason: SimulationReason, detail: string) => SimulationError;
  #grumbler: SimulatedMachine | null = null;

  constructor(
    machines: readonly SimulatedMachine[],
    error: (reason: SimulationReason, detail: string) => SimulationError,
  ) {
    this.#error = error;
    this.#machines = new Map(machines.map((machine) => [machine.name, machine]));
  }

  get names(): readonly string[] {
    return [...this.#machines.keys()];
  }

  get configs(): readonly SimulatedConfig[] {
    return [...this.#machines.values()].map(({ config }) => config);
  }

  get(name: string): SimulatedMachine {
    const machine = this.#machines.get(name);
    if (machine) return machine;
    const known = this.names.join(', ');
    throw this.#error('unknown_node', `there is no node ${name}, only ${known}`);
  }

  those(names: NodeNames): readonly SimulatedMachine[] {
    if (typeof names !== 'string' && !Array.isArray(names)) {
      const given = preview(names);
      throw this.#error('invalid_argument', `expected the name of a node or a list, got ${given}`);
    }
    return (typeof names === 'string' ? [names] : names).map((name) => this.get(name));
  }

  /** The addresses of each of some and each of the others. */
  pairs(some: NodeNames, others: NodeNames): readonly (readonly [string, string])[] {
    const there = this.those(others);
    return this.those(some).flatMap((a) =>
      there.filter((b) => a !== b).map((b) => [a.address, b.address] as const),
    );
  }

  /** Who is not connected with exactly the others, as a sentence; null when all agree. */
  disagreement(among: NodeNames | undefined): string | null {
    const nodes = this.#expected(among);
    const complaints = nodes.flatMap((node) => complaintOf(node, nodes) ?? []);
    return complaints.length === 0 ? null : complaints.join('; ');
  }

  /** The same as a question, cheap to ask again and again. */
  agree(among: NodeNames | undefined): boolean {
    const nodes = this.#expected(among);
    // Whoever was not content last time is probably not content now.
    if (this.#grumbler && nodes.includes(this.#grumbler)) {
      if (complaintOf(this.#grumbler, nodes) !== null) return false;
    }
    this.#grumbler = nodes.find((node) => complaintOf(node, nodes) !== null) ?? null;
    return this.#grumbler === null;
  }

  leftovers(): readonly string[] {
    return [...this.#machines.values()].flatMap(({ name, status, timerCount, linkCount }) => {
      if (status !== 'stopped' && status !== 'off') return [`${name} is ${status}`];
      if (timerCount + linkCount === 0) return [];
      return [`${name} leaves ${timerCount} timers and ${linkCount} links`];
    });
  }

  /** That nobody disagrees means nothing when there is nobody. */
  assertSomebody(among: NodeNames | undefined): void {
    if (this.#expected(among).length > 0) return;
    const all = [...this.#machines.values()].map(
      ({ name, isFrozen, status }) => `${name} is ${isFrozen ? 'frozen' : status}`,
    );
    throw this.#error('no_process', `no node runs that could be waited for: ${all.join(', ')}`);
  }

  /** Those that should find each other. */
  #expected(among: NodeNames | undefined): readonly SimulatedMachine[] {
    if (among !== undefined) return this.those(among);
    return [...this.#machines.values()].filter(({ isExpected }) => isExpected);
  }
}

function complaintOf(node: SimulatedMachine, all: readonly SimulatedMachine[]): string | null {
  const { name, startError } = node;
  if (startError !== null) return `${name} could not start: ${String(startError)}`;
  if (node.isFrozen) return `${name} is frozen`;
  if (node.isLeaving) return `${name} is about to stop`;
  if (node.status !== 'running') return `${name} is ${node.status}`;
  const connected = new Set<string>(node.cluster.getConnectedNodes().map(({ id }) => id));
  const missing: string[] = [];
  for (const other of all) {
    if (other !== node && !connected.delete(other.id)) missing.push(other.name);
  }
  const words = [
    ...(missing.length > 0 ? [`does not see ${missing.join(' and ')}`] : []),
    ...(connected.size > 0
      ? [`still sees ${[...connected].map((id) => id.slice(0, id.indexOf('@'))).join(' and ')}`]
      : []),
  ];
  return words.length === 0 ? null : `${name} ${words.join(' and ')}`;
}
