import type { Network, Random, Resolver } from '../ports.ts';
import type { TestClock } from './clock.ts';
import { MemoryHost, type MemoryListener, type Surroundings } from './memory-host.ts';
import type { Path, Pipe } from './memory-pipe.ts';
import { memoryResolver } from './memory-resolver.ts';
import type { NodeClock } from './node-clock.ts';

export interface MemoryNetworkOptions {
  readonly clock: TestClock;
  readonly random: Random;
  /** One way, uniform; a new draw for every write. */
  readonly latencyMs?: { readonly min: number; readonly max: number };
}

/** Machines that talk TCP with each other, on a virtual clock, with the faults of real ones. */
export interface MemoryNetwork {
  /**
   * A process on the machine with this IP address. Call it again for a further process there, or
   * for the next one after a crash. What it reads is delivered by `clock`: never while frozen.
   */
  host(address: string, clock?: NodeClock): Network;
  /** Packets between the two wait, both ways; links stay, dials hang. */
  cut(a: string, b: string): void;
  cutOneWay(from: string, to: string): void;
  /** Ends the cuts between the two, or every cut; what was held arrives. */
  heal(a?: string, b?: string): void;
  /** All processes of the machine end; its kernel resets their links. */
  crash(address: string): void;
  /** Power loss: nobody is told, dials hang, until `host` is called for the address again. */
  vanish(address: string): void;
  /** Ends of links that are not over, of the processes alive there. */
  linkCount(address: string): number;
  /** Names; the record may be changed later, as DNS may. */
  resolver(hosts: Readonly<Record<string, readonly string[]>>, clock?: NodeClock): Resolver;
}

/** A data centre with some jitter. */
const LATENCY_MS = { min: 0.1, max: 2 };

const FIRST_EPHEMERAL_PORT = 49_152;

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new SimulatedNetwork(options);
}

interface Machine {
  readonly address: string;
  readonly processes: Set<MemoryHost>;
  readonly listeners: Map<number, MemoryListener>;
  nextPort: number;
  powered: boolean;
}

class SimulatedNetwork implements MemoryNetwork, Surroundings {
  readonly #clock: TestClock;
  readonly #random: Random;
  readonly #latency: { readonly min: number; readonly max: number };
  readonly #machines = new Map<string, Machine>();
  readonly #cuts = new Set<string>();
  readonly #stalled = new Set<Pipe>();
  readonly #hanging = new Set<() => void>();

  constructor({ clock, random, latencyMs = LATENCY_MS }: MemoryNetworkOptions) {
    this.#clock = clock;
    this.#random = random;
    this.#latency = latencyMs;
  }

  host(address: string, clock: NodeClock = this.#clock.node()): Network {
    const machine = this.#machines.get(address) ?? newMachine(address);
    this.#machines.set(address, machine);
    if (!machine.powered) this.#powerOn(machine);
    const process = new MemoryHost(address, clock, this);
    machine.processes.add(process);
    return process;
  }

  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  cutOneWay(from: string, to: string): void {
    this.#cuts.add(direction(from, to));
  }

  heal(a?: string, b?: string): void {
    if (a === undefined || b === undefined) this.#cuts.clear();
    else for (const cut of [direction(a, b), direction(b, a)]) this.#cuts.delete(cut);
    this.#retry();
  }

  crash(address: string): void {
    this.#down(address, true);
  }

  vanish(address: string): void {
    this.#down(address, false);
    const machine = this.#machines.get(address);
    if (machine) machine.powered = false;
  }

  linkCount(address: string): number {
    let count = 0;
    for (const { links } of this.#machines.get(address)?.processes ?? []) count += links.size;
    return count;
  }

  resolver(
    hosts: Readonly<Record<string, readonly string[]>>,
    clock: NodeClock = this.#clock.node(),
  ): Resolver {
    return memoryResolver(hosts, clock, () => this.#latencyMs());
  }

  path(from: string, to: string): Path {
    return {
      passes: () => this.#passes(from, to),
      returns: () => this.#passes(to, from),
      latencyMs: () => this.#latencyMs(),
      float: () => this.#random.float(),
      stalled: (pipe) => this.#stalled.add(pipe),
    };
  }

  later(run: () => void, delayMs: number): void {
    this.#clock.schedule(run, delayMs, 'io', null);
  }

  listeners(host: string): ReadonlyMap<number, MemoryListener> | null {
    return this.#machines.get(host)?.listeners ?? null;
  }

  bind(listener: MemoryListener, host: string, wanted: number): number | null {
    const listeners = this.#machines.get(host)?.listeners;
    const port = wanted === 0 ? this.ephemeralPort(host) : wanted;
    if (!listeners || listeners.has(port)) return null;
    listeners.set(port, listener);
    return port;
  }

  unbind(listener: MemoryListener, host: string, port: number): void {
    const listeners = this.#machines.get(host)?.listeners;
    if (listeners?.get(port) === listener) listeners.delete(port);
  }

  ephemeralPort(host: string): number {
    const machine = this.#machines.get(host);
    if (!machine) return FIRST_EPHEMERAL_PORT;
    const port = machine.nextPort;
    machine.nextPort = port === 65_535 ? FIRST_EPHEMERAL_PORT : port + 1;
    return machine.listeners.has(port) ? this.ephemeralPort(host) : port;
  }

  hang(retry: () => void): void {
    this.#hanging.add(retry);
  }

  #passes(from: string, to: string): boolean {
    if (this.#cuts.size > 0 && from !== to && this.#cuts.has(direction(from, to))) return false;
    return this.#machines.get(from)?.powered === true && this.#machines.get(to)?.powered === true;
  }

  #latencyMs(): number {
    const { min, max } = this.#latency;
    return min + this.#random.float() * (max - min);
  }

  #down(address: string, reset: boolean): void {
    const processes = this.#machines.get(address)?.processes;
    for (const process of processes ?? []) process.down(reset);
    processes?.clear();
  }

  /** Whoever still has a link to the machine's former life learns it as soon as something is sent. */
  #powerOn(machine: Machine): void {
    machine.powered = true;
    for (const { processes } of this.#machines.values()) {
      for (const { links } of processes) {
        for (const link of links) if (link.remote.host === machine.address) link.orphan();
      }
    }
    this.#retry();
  }

  /** What TCP would send again after a while; here it is the first thing after the change. */
  #retry(): void {
    const stalled = [...this.#stalled];
    const hanging = [...this.#hanging];
    this.#stalled.clear();
    this.#hanging.clear();
    for (const pipe of stalled) pipe.healed();
    for (const knock of hanging) this.later(knock, this.#latencyMs());
  }
}

function newMachine(address: string): Machine {
  return {
    address,
    processes: new Set(),
    listeners: new Map(),
    nextPort: FIRST_EPHEMERAL_PORT,
    powered: true,
  };
}

function direction(from: string, to: string): string {
  return `${from}>${to}`;
}
