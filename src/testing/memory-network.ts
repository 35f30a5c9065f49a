import type { Network, Random, Resolver } from '../ports.ts';
import type { TestClock } from './clock.ts';
import { MemoryHost, type MemoryListener, type Surroundings } from './memory-host.ts';
import type { MemoryLink } from './memory-link.ts';
import { MemoryMachine } from './memory-machine.ts';
import { Path, type PathConditions, type PathGround } from './memory-path.ts';
import { memoryResolver } from './memory-resolver.ts';
import type { NodeClock } from './node-clock.ts';
import { ReadPace } from './read-pace.ts';
import { assertValid, BYTES_PER_SECOND, CONDITIONS } from './simulation-schema.ts';

/** The conditions are those of every path that is given no others. */
export interface MemoryNetworkOptions extends PathConditions {
  readonly clock: TestClock;
  readonly random: Random;
}

/**
 * Machines that talk TCP with each other, on a virtual clock, with the faults of real ones.
 *
 * What is lost is sent again as Linux would: data after 200 ms and a round trip, then twice that
 * and so on, a SYN after 1 s, 2 s, 4 s. So it takes a while after a cut until a path is used again.
 */
export interface MemoryNetwork {
  /**
   * A process on the machine with this IP address. Call it again for a further process there, or
   * for the next one after a crash. What it reads is delivered by `clock`: never while frozen.
   */
  host(address: string, clock?: NodeClock): Network;
  /** Packets between the two are lost, both ways; links stay, dials hang. */
  cut(a: string, b: string): void;
  cutOneWay(from: string, to: string): void;
  /** Ends the cuts between the two, or every cut. */
  heal(a?: string, b?: string): void;
  /** Packets on this path wait, in the order in which they were sent. */
  stall(from: string, to: string): void;
  /** Ends a stall; what has waited travels. */
  resume(from: string, to: string): void;
  /**
   * Conditions of one path, or again those of the network.
   *
   * @throws SimulationError `invalid_argument` for a value out of its range, or an unknown name
   */
  setConditions(from: string, to: string, conditions?: PathConditions): void;
  /** Both ends of each link between the two are reset, as some firewalls do. */
  resetLinks(a: string, b: string): void;
  /**
   * All processes there together read no more than that, a positive number; null: as fast as
   * bytes arrive.
   */
  slowReceiver(address: string, bytesPerSecond: number | null): void;
  /** Ends cuts and stalls, and forgets conditions and slow receivers. */
  restore(): void;
  /** A process, as `host` gave it, ends; its kernel resets its links. */
  kill(process: Network): void;
  /** All processes of the machine end; its kernel resets their links. */
  crash(address: string): void;
  /** Power loss: nobody is told, dials hang, until `host` is called for the address again. */
  vanish(address: string): void;
  /** Ends of links that are not over, of the processes alive there. */
  linkCount(address: string): number;
  /** Names; the record may be changed later, as DNS may. */
  resolver(hosts: Readonly<Record<string, readonly string[]>>, clock?: NodeClock): Resolver;
}

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new SimulatedNetwork(options);
}

class SimulatedNetwork implements MemoryNetwork, Surroundings {
  readonly #clock: TestClock;
  readonly #ground: PathGround;
  readonly #conditions: PathConditions;
  readonly #names: Path;
  readonly #machines = new Map<string, MemoryMachine>();
  readonly #paths = new Map<string, Path>();

  constructor({ clock, random, ...conditions }: MemoryNetworkOptions) {
    assertValid('the conditions', CONDITIONS, conditions);
    this.#clock = clock;
    this.#conditions = conditions;
    this.#ground = {
      random,
      now: () => clock.now(),
      later: (run, delayMs) => this.later(run, delayMs),
    };
    this.#names = this.path('', '');
  }

  host(address: string, clock: NodeClock = this.#clock.node()): Network {
    const machine = this.#machine(address);
    machine.isKnown = true;
    machine.isPowered = true;
    const process = new MemoryHost(address, clock, this);
    machine.processes.add(process);
    return process;
  }

  cut(a: string, b: string): void {
    this.cutOneWay(a, b);
    this.cutOneWay(b, a);
  }

  cutOneWay(from: string, to: string): void {
    // A machine reaches itself whatever happens to its cable.
    if (from === to) return;
    const path = this.path(from, to);
    path.setCut(true);
    this.#interrupt(path);
  }

  heal(a?: string, b?: string): void {
    if (a === undefined || b === undefined) {
      for (const path of this.#paths.values()) path.setCut(false);
      return;
    }
    this.path(a, b).setCut(false);
    this.path(b, a).setCut(false);
  }

  stall(from: string, to: string): void {
    const path = this.path(from, to);
    path.setStalled(true);
    this.#interrupt(path);
  }

  resume(from: string, to: string): void {
    this.path(from, to).setStalled(false);
  }

  setConditions(from: string, to: string, conditions: PathConditions = this.#conditions): void {
    assertValid('the conditions', CONDITIONS, conditions);
    this.path(from, to).setConditions({ ...this.#conditions, ...conditions });
  }

  resetLinks(a: string, b: string): void {
    const [there, back] = [this.path(a, b), this.path(b, a)];
    for (const link of new Set([...this.#linksOf(there), ...this.#linksOf(back)])) {
      link.clock.deliver(() => link.receiveReset());
    }
  }

  slowReceiver(address: string, bytesPerSecond: number | null): void {
    if (bytesPerSecond !== null) assertValid('bytesPerSecond', BYTES_PER_SECOND, bytesPerSecond);
    this.#machine(address).pace = bytesPerSecond === null ? null : new ReadPace(bytesPerSecond);
  }

  restore(): void {
    this.heal();
    for (const path of this.#paths.values()) {
      path.setStalled(false);
      path.setConditions(this.#conditions);
    }
    for (const machine of this.#machines.values()) machine.pace = null;
  }

  kill(process: Network): void {
    if (!(process instanceof MemoryHost)) return;
    process.down(true);
    this.#machine(process.address).processes.delete(process);
  }

  crash(address: string): void {
    this.#down(this.#machine(address), true);
  }

  vanish(address: string): void {
    const machine = this.#machine(address);
    this.#down(machine, false);
    machine.isPowered = false;
    for (const path of this.#paths.values()) {
      if (path.from !== machine && path.to !== machine) continue;
      path.drop();
      this.#interrupt(path);
    }
  }

  linkCount(address: string): number {
    return this.#machines.get(address)?.linkCount ?? 0;
  }

  resolver(
    hosts: Readonly<Record<string, readonly string[]>>,
    clock: NodeClock = this.#clock.node(),
  ): Resolver {
    return memoryResolver(hosts, clock, () => this.#names.latencyMs());
  }

  path(from: string, to: string): Path {
    const key = `${from}>${to}`;
    const known = this.#paths.get(key);
    if (known) return known;
    const path = new Path(this.#machine(from), this.#machine(to), this.#ground);
    path.setConditions(this.#conditions);
    this.#paths.set(key, path);
    return path;
  }

  later(run: () => void, delayMs: number): void {
    this.#clock.schedule(run, delayMs, 'io', null);
  }

  listeners(host: string): ReadonlyMap<number, MemoryListener> | null {
    const machine = this.#machines.get(host);
    return machine?.isKnown ? machine.listeners : null;
  }

  bind(listener: MemoryListener, host: string, wanted: number): number | null {
    return this.#machine(host).bind(listener, wanted);
  }

  unbind(listener: MemoryListener, host: string, port: number): void {
    this.#machine(host).unbind(listener, port);
  }

  ephemeralPort(host: string): number {
    return this.#machine(host).ephemeralPort();
  }

  pace(host: string): ReadPace | null {
    return this.#machine(host).pace;
  }

  #machine(address: string): MemoryMachine {
    const known = this.#machines.get(address);
    if (known) return known;
    const machine = new MemoryMachine(address);
    this.#machines.set(address, machine);
    return machine;
  }

  #down(machine: MemoryMachine, reset: boolean): void {
    for (const process of machine.processes) process.down(reset);
    machine.processes.clear();
  }

  #interrupt(path: Path): void {
    for (const link of this.#linksOf(path)) link.interrupt(path);
  }

  /** The ends of connections that use it, at both of its ends. */
  #linksOf(path: Path): readonly MemoryLink[] {
    const ends = [path.from.address, path.to.address].flatMap((address) =>
      [...this.#machine(address).processes].flatMap(({ links }) => [...links]),
    );
    return ends.filter((link) => link.uses(path));
  }
}
