/** A whole cluster on a virtual clock and a network in memory: one seed, one run. */
import { TestClock } from './clock.ts';
import { MachineSet, type NodeNames } from './machine-set.ts';
import { createMemoryNetwork, type MemoryNetwork } from './memory-network.ts';
import type { NodeClock } from './node-clock.ts';
import { seededRandom } from './random.ts';
import { SimulatedMachine } from './simulated-machine.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationOptions, StartOptions } from './simulation-options.ts';
import { goodbyeMs, machineSetups, patienceMs } from './simulation-plan.ts';
import { SimulationRecord } from './simulation-record.ts';
import { SimulationTime } from './simulation-time.ts';

const MAX_TRACE_LINES = 100_000;

/**
 * A cluster of its own world. Nothing runs before `start`.
 *
 * @throws InvalidClusterConfigError for a configuration that no node would start with
 */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  return new Simulation(options);
}

export interface CutOptions {
  /** Only what the first send to the second is lost. Default false. */
  readonly oneWay?: boolean;
}

export interface WaitOptions {
  /** Virtual ms from now. */
  readonly withinMs?: number;
}

export interface ConvergenceOptions extends WaitOptions {
  /** Default: all nodes that run, or are about to, and are not frozen. */
  readonly among?: readonly string[];
}

/**
 * Machines, the nodes on them, and the network between: made by `createSimulation`.
 *
 * @throws SimulationError from every method that takes names, for one that is not known
 */
export class Simulation {
  readonly seed: number;
  readonly clock: TestClock;
  readonly network: MemoryNetwork;
  readonly nodes: readonly SimulatedNode[];
  readonly #machines: MachineSet;
  readonly #byClock = new Map<NodeClock, SimulatedMachine>();
  readonly #hosts: Record<string, readonly string[]>;
  readonly #record: SimulationRecord;
  readonly #time: SimulationTime;
  readonly #patienceMs: number;
  readonly #goodbyeMs: number;
  /** Something happened that may bring nodes together, or apart. */
  #hasMoved = true;

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
    this.#record = new SimulationRecord(this.clock, this.seed, maxTraceLines);
    this.#time = new SimulationTime(this.clock, this.#record);
    const own = setups.map(({ name, address }) => [name, [address]] as const);
    this.#hosts = { ...Object.fromEntries(own), ...options.hosts };
    const room = {
      options,
      random,
      network: this.network,
      hosts: this.#hosts,
      clock: (wallOffsetMs: number, name: string) => this.clock.node(wallOffsetMs, name),
      note: (who: string, what: string) => this.#record.note(who, what),
      born: (machine: SimulatedMachine) => this.#born(machine, options.onLife),
      moved: () => {
        this.#hasMoved = true;
      },
    };
    const machines = setups.map((setup) => new SimulatedMachine(setup, room));
    this.nodes = machines;
    this.#machines = new MachineSet(machines);
    const configs = setups.map(({ config }) => config);
    this.#patienceMs = Math.max(...configs.map(patienceMs));
    this.#goodbyeMs = Math.max(...configs.map(goodbyeMs));
    this.clock.onEvent((clock) => {
      this.#record.event((clock && this.#byClock.get(clock)?.number) ?? 0);
    });
  }

  node(name: string): SimulatedNode {
    return this.#machines.get(name);
  }

  // ---- nodes -------------------------------------------------------------------------------

  /**
   * Starts nodes that do not run, all by default; what comes of it shows as time passes. A node
   * that is stopping or frozen starts as soon as it can. After a kill it is a new process.
   */
  start(names: NodeNames = this.#machines.names, options: StartOptions = {}): void {
    for (const machine of this.#machines.those(names)) {
      this.#record.note(machine.name, `start ${JSON.stringify({ address: options.address })}`);
      machine.start(options);
      if (!this.#hosts[machine.name]?.includes(machine.address)) {
        this.#hosts[machine.name] = [machine.address];
      }
    }
    this.clock.settle();
  }

  /** The nodes leave; their processes go on. */
  stop(names: NodeNames = this.#machines.names): void {
    this.#do(names, 'stop', (machine) => machine.stop());
  }

  /** SIGKILL: kernels reset the links. Without `power` (default true) the machine dies with it. */
  kill(names: NodeNames, { power = true }: { readonly power?: boolean } = {}): void {
    this.#do(names, `kill ${power ? '' : 'without power'}`, (machine) => machine.kill(power));
  }

  /** SIGSTOP: nothing runs in the processes, while their kernels go on. */
  freeze(names: NodeNames): void {
    this.#do(names, 'freeze', (machine) => machine.freeze());
  }

  /** SIGCONT. */
  thaw(names: NodeNames = this.#machines.names): void {
    this.#do(names, 'thaw', (machine) => machine.thaw());
  }

  /** The date of the machines jumps, and stays so in later lives. */
  jumpWall(names: NodeNames, byMs: number): void {
    this.#do(names, `jumpWall ${byMs}`, (machine) => machine.jumpWall(byMs));
  }

  // ---- network: everything is between machines, by their present addresses -------------------

  /** Packets between the ones and the others are lost. Links stay, and dials hang. */
  cut(some: NodeNames, others: NodeNames, { oneWay = false }: CutOptions = {}): void {
    this.#record.note('network', `cut ${some} ${others} ${oneWay ? 'one way' : ''}`);
    for (const [from, to] of this.#machines.pairs(some, others)) {
      this.network.cutOneWay(from, to);
      if (!oneWay) this.network.cutOneWay(to, from);
    }
  }

  /** Ends the cuts between the ones and the others; without arguments, all. */
  heal(some?: NodeNames, others: NodeNames = this.#machines.names): void {
    this.#record.note('network', `heal ${some ?? ''} ${some === undefined ? '' : others}`);
    if (some === undefined) return this.network.heal();
    for (const [a, b] of this.#machines.pairs(some, others)) this.network.heal(a, b);
  }

  /** What a host name means from now on. The names of nodes follow their addresses. */
  setAddresses(host: string, addresses: readonly string[]): void {
    this.#record.note('network', `addresses ${host} ${addresses}`);
    this.#hosts[host] = addresses;
  }

  // ---- time --------------------------------------------------------------------------------

  /**
   * Lets time pass. Between two events all promises and microtasks run that can, so code under
   * test may use `await`.
   *
   * @throws SimulationError `observer_failed` when a callback of a cluster threw, at once
   */
  async advance(byMs: number): Promise<void> {
    await this.#time.pass(byMs, () => false);
  }

  /** The same at one go, several times faster: no promise settles meanwhile. */
  run(byMs: number): void {
    this.#time.run(byMs);
  }

  /**
   * Lets time pass until the condition holds; it is asked after every event.
   *
   * @throws SimulationError `not_in_time` after `withinMs` (by default what convergence is given)
   */
  async until(condition: () => boolean, options: WaitOptions = {}): Promise<void> {
    const { withinMs = this.#patienceMs } = options;
    if (await this.#time.pass(withinMs, condition)) return;
    throw this.#record.error('not_in_time', `after ${withinMs} ms the condition does not hold`);
  }

  /**
   * Lets time pass until every node is connected with all others, and with nobody else.
   * By default it waits for the longest reconnect delay, two silence limits and ten seconds.
   *
   * @throws SimulationError `not_in_time`, whose message says who does not see whom
   */
  async waitForConvergence(options: ConvergenceOptions = {}): Promise<void> {
    const { withinMs = this.#patienceMs, among } = options;
    this.#hasMoved = true;
    const isConverged = () => {
      if (!this.#hasMoved) return false;
      this.#hasMoved = false;
      return this.disagreement(among) === null;
    };
    if (await this.#time.pass(withinMs, isConverged)) return;
    const who = this.disagreement(among);
    if (who !== null) throw this.#record.error('not_in_time', `after ${withinMs} ms ${who}`);
  }

  /** Calls after every event of the clock, with the node to which it belonged, if to one. */
  onEvent(watch: (node: SimulatedNode | null) => void): () => void {
    return this.clock.onEvent((clock) => watch((clock && this.#byClock.get(clock)) ?? null));
  }

  /** Who of the running nodes does not see whom, as a sentence; null when all agree. */
  disagreement(among?: readonly string[]): string | null {
    return this.#machines.disagreement(among);
  }

  // ---- what happened -----------------------------------------------------------------------

  /** A line of the code under test in the trace. */
  note(what: string): void {
    this.#record.note('test', what);
  }

  /** The latest lines, at least `maxTraceLines` of them: what was done, and what nodes told. */
  get trace(): readonly string[] {
    return this.#record.trace.tail(Number.POSITIVE_INFINITY);
  }

  /** Of all lines and events so far: the same for the same seed and the same calls, anywhere. */
  get traceHash(): string {
    return this.#record.hash;
  }

  /** Timers and links that are left at nodes which are stopped or off, as sentences. */
  leftovers(): readonly string[] {
    return this.#machines.leftovers();
  }

  /**
   * Heals the network, thaws and stops every node, and lets time pass until all is quiet.
   *
   * @throws SimulationError `leftovers` when a timer or a link remains
   */
  async dispose(): Promise<void> {
    this.heal();
    this.thaw();
    this.stop();
    await this.advance(this.#goodbyeMs);
    const left = this.leftovers();
    if (left.length > 0) throw this.#record.error('leftovers', left.join('; '));
  }

  #born(machine: SimulatedMachine, onLife: SimulationOptions['onLife']): void {
    this.#byClock.set(machine.clock, machine);
    this.#record.watch(machine.name, machine.cluster);
    machine.cluster.connectedNodes$.subscribe(() => {
      this.#hasMoved = true;
    });
    onLife?.(machine);
  }

  #do(names: NodeNames, what: string, how: (machine: SimulatedMachine) => void): void {
    for (const machine of this.#machines.those(names)) {
      this.#record.note(machine.name, what);
      how(machine);
    }
    this.clock.settle();
  }
}
