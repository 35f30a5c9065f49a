/** The machines of a simulation, the nodes on them, the network between, and what befalls them. */
import { parseConfig } from '../api/config.ts';
import { TestClock } from './clock.ts';
import { MachineSet, type NodeNames } from './machine-set.ts';
import { createMemoryNetwork, type MemoryNetwork } from './memory-network.ts';
import type { PathConditions } from './memory-path.ts';
import type { NodeClock } from './node-clock.ts';
import { seededRandom } from './random.ts';
import { type MachineRoom, SimulatedMachine } from './simulated-machine.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationOptions, StartOptions } from './simulation-options.ts';
import { machineSetups } from './simulation-plan.ts';
import { SimulationRecord } from './simulation-record.ts';
import {
  ADDRESSES,
  BYTES_PER_SECOND,
  CALLBACK,
  CONDITIONS,
  HOST,
  KILL,
  ONE_WAY,
  SHIFT,
  START,
} from './simulation-schema.ts';

const MAX_TRACE_LINES = 100_000;

export interface CutOptions {
  /** Only what the first send to the second is lost. Default false. */
  readonly oneWay?: boolean;
}

/**
 * Every method that takes names throws a `SimulationError`, `unknown_node` for one that is not
 * known, and `invalid_argument` for a value out of its range or an option that does not exist.
 */
export class SimulatedWorld {
  readonly seed: number;
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  readonly nodes: readonly SimulatedNode[];
  protected readonly machines: MachineSet;
  /** Weak: clocks end with their processes. */
  readonly #byClock = new WeakMap<NodeClock, SimulatedMachine>();
  readonly #hosts: Record<string, readonly string[]>;
  protected readonly record: SimulationRecord;
  /** Something happened that may bring nodes together, or apart. */
  protected hasMoved = true;

  constructor(options: SimulationOptions) {
    const setups = machineSetups(options);
    this.seed = options.seed ?? 1;
    const random = seededRandom(this.seed).fork('simulation');
    const { maxEventsPerMoment } = options;
    this.clock = new TestClock(maxEventsPerMoment === undefined ? {} : { maxEventsPerMoment });
    this.network = createMemoryNetwork({
      ...options.network,
      clock: this.clock,
      random: random.fork('network'),
    });
    const { maxTraceLines = MAX_TRACE_LINES } = options;
    this.record = new SimulationRecord(this.clock, this.seed, maxTraceLines);
    const own = setups.map(({ name, address }) => [name, [address]] as const);
    this.#hosts = { ...Object.fromEntries(own), ...options.hosts };
    const room: MachineRoom = {
      random,
      network: this.network,
      hosts: this.#hosts,
      clock: (wallOffsetMs, name) => this.clock.node(wallOffsetMs, name),
      note: (who, what) => this.record.note(who, what),
      error: (reason, detail) => this.record.error(reason, detail),
      replacements: (machine, defaults) =>
        this.#ask(`ports of ${machine.name}`, () => options.ports?.(machine, defaults) ?? {}),
      born: (machine) => this.#born(machine, options.onLife),
      moved: () => {
        this.hasMoved = true;
      },
    };
    const machines = setups.map((setup) => new SimulatedMachine(setup, room));
    this.nodes = machines;
    this.machines = new MachineSet(machines, room.error);
    this.clock.onEvent((clock) => {
      this.record.event((clock && this.#byClock.get(clock)?.number) ?? 0);
    });
  }

  node(name: string): SimulatedNode {
    return this.machines.get(name);
  }

  /**
   * Calls after every event of the clock, with the node to which it belonged, if to one; returns
   * the way to end it. When it throws, time ends there.
   */
  onEvent(watch: (node: SimulatedNode | null) => void): () => void {
    this.record.check('the watcher', CALLBACK, watch);
    return this.clock.onEvent((clock) => {
      const node = (clock && this.#byClock.get(clock)) ?? null;
      this.#ask('a watcher (onEvent)', () => watch(node));
    });
  }

  // ---- nodes -------------------------------------------------------------------------------

  /**
   * Starts nodes that do not run, all by default; what comes of it shows as time passes. A node
   * that is stopping or frozen starts as soon as it can. After a kill it is a new process.
   *
   * @throws SimulationError `invalid_argument` for options given to a node that runs
   * @throws InvalidClusterConfigError for a configuration that a node would not start with
   */
  start(names: NodeNames = this.machines.names, options: StartOptions = {}): void {
    this.record.check('the options', START, options);
    const address = options.address?.toLowerCase();
    const own = address === undefined ? options : { ...options, address };
    const machines = this.machines.those(names);
    for (const machine of machines) this.record.refuse(machine.startProblem(own));
    for (const machine of machines) {
      parseConfig(machine.configFor(own), { allowPortZero: true });
    }
    for (const machine of machines) {
      this.record.note(machine.name, `start ${JSON.stringify({ address })}`);
      this.#ask(`a callback of ${machine.name}`, () => machine.start(own));
    }
    this.#settle();
  }

  /** The nodes leave; their processes go on. */
  stop(names: NodeNames = this.machines.names): void {
    this.#do(names, 'stop', (machine) => machine.stop());
  }

  /** SIGKILL: kernels reset the links. Without `power` (default true) the machine dies with it. */
  kill(names: NodeNames, options: { readonly power?: boolean } = {}): void {
    this.record.check('the options', KILL, options);
    const { power = true } = options;
    this.#do(names, `kill ${power ? '' : 'without power'}`, (machine) => machine.kill(power));
  }

  /** SIGSTOP: nothing runs in the processes, while their kernels go on. */
  freeze(names: NodeNames): void {
    this.#do(names, 'freeze', (machine) => machine.freeze());
  }

  /** SIGCONT. */
  thaw(names: NodeNames = this.machines.names): void {
    this.#do(names, 'thaw', (machine) => machine.thaw());
  }

  /** The date of the machines jumps, by any finite number of ms, and stays so in later lives. */
  jumpWall(names: NodeNames, byMs: number): void {
    this.record.check('byMs', SHIFT, byMs);
    this.#do(names, `jumpWall ${byMs}`, (machine) => machine.jumpWall(byMs));
  }

  // ---- network: everything is between machines, by their present addresses -------------------

  /** Packets between the ones and the others are lost. Links stay, and dials hang. */
  cut(some: NodeNames, others: NodeNames, options: CutOptions = {}): void {
    const paths = this.#directions(some, others, options);
    this.record.note('network', `cut ${some} ${others} ${JSON.stringify(options)}`);
    for (const [from, to] of paths) {
      this.network.cutOneWay(from, to);
    }
  }

  /** Ends the cuts between the ones and the others; without arguments, all. */
  heal(some?: NodeNames, others: NodeNames = this.machines.names): void {
    const pairs = some === undefined ? [] : this.machines.pairs(some, others);
    this.record.note('network', `heal ${some ?? ''} ${some === undefined ? '' : others}`);
    if (some === undefined) return this.network.heal();
    for (const [a, b] of pairs) this.network.heal(a, b);
  }

  /** What a host name means from now on. The names of nodes follow their addresses. */
  setAddresses(host: string, addresses: readonly string[]): void {
    this.record.check('the host', HOST, host);
    this.record.check('the addresses', ADDRESSES, addresses);
    this.record.note('network', `addresses ${host} ${addresses}`);
    this.#hosts[host] = addresses;
  }

  /** Packets between the ones and the others wait, to arrive in one burst. */
  stall(some: NodeNames, others: NodeNames, options: CutOptions = {}): void {
    const paths = this.#directions(some, others, options);
    this.record.note('network', `stall ${some} ${others} ${JSON.stringify(options)}`);
    for (const [from, to] of paths) this.network.stall(from, to);
  }

  resume(some: NodeNames = this.machines.names, others: NodeNames = this.machines.names): void {
    const paths = this.#directions(some, others);
    this.record.note('network', `resume ${some} ${others}`);
    for (const [from, to] of paths) this.network.resume(from, to);
  }

  /** Conditions between the ones and the others; what is not named is as the network is made. */
  degrade(
    conditions: PathConditions,
    some: NodeNames = this.machines.names,
    others: NodeNames = this.machines.names,
    options: CutOptions = {},
  ): void {
    this.record.check('the conditions', CONDITIONS, conditions);
    const paths = this.#directions(some, others, options);
    const text = JSON.stringify([conditions, options]);
    this.record.note('network', `degrade ${some} ${others} ${text}`);
    for (const [from, to] of paths) {
      this.network.setConditions(from, to, conditions);
    }
  }

  /**
   * The processes on the machines read no faster, all connections together; more than 0, and
   * null ends it.
   */
  slowReceiver(names: NodeNames, bytesPerSecond: number | null): void {
    if (bytesPerSecond !== null)
      this.record.check('bytesPerSecond', BYTES_PER_SECOND, bytesPerSecond);
    this.#do(names, `slowReceiver ${bytesPerSecond}`, ({ address }) =>
      this.network.slowReceiver(address, bytesPerSecond),
    );
  }

  /** A firewall between them resets every connection: both ends are told. */
  resetLinks(some: NodeNames, others: NodeNames): void {
    const pairs = this.machines.pairs(some, others);
    this.record.note('network', `resetLinks ${some} ${others}`);
    for (const [a, b] of pairs) this.network.resetLinks(a, b);
  }

  /** The network as it was made: no cuts, no stalls, no conditions, no slow receivers. */
  restore(): void {
    this.record.note('network', 'restore');
    this.network.restore();
  }

  #directions(
    some: NodeNames,
    others: NodeNames,
    options: CutOptions = {},
  ): readonly (readonly [string, string])[] {
    this.record.check('the options', ONE_WAY, options);
    const { oneWay = false } = options;
    const there = this.machines.pairs(some, others);
    return oneWay ? there : [...there, ...there.map(([from, to]) => [to, from] as const)];
  }

  #born(machine: SimulatedMachine, onLife: SimulationOptions['onLife']): void {
    this.#byClock.set(machine.clock, machine);
    if (!this.#hosts[machine.name]?.includes(machine.address)) {
      this.#hosts[machine.name] = [machine.address];
    }
    this.record.watch(machine.name, machine.cluster);
    machine.cluster.connectedNodes$.subscribe(() => {
      this.hasMoved = true;
    });
    this.#ask(`onLife of ${machine.name}`, () => onLife?.(machine));
  }

  #do(names: NodeNames, what: string, how: (machine: SimulatedMachine) => void): void {
    for (const machine of this.machines.those(names)) {
      this.record.note(machine.name, what);
      this.#ask(`a callback of ${machine.name}`, () => how(machine));
    }
    this.#settle();
  }

  #settle(): void {
    this.#ask('a callback', () => this.clock.settle());
  }

  /** Runs code of the user, or what may call it. */
  #ask<T>(who: string, run: () => T): T {
    return this.record.guard(() => who, run);
  }
}
