/** A whole cluster on a virtual clock and a network in memory: one seed, one run. */
import type { LocalCluster } from '../api/cluster.ts';
import type { ClusterEvent } from '../inspect/events.ts';
import { CLUSTER_DEFAULTS } from '../limits.ts';
import { systemClock } from '../system/clock.ts';
import { TestClock } from './clock.ts';
import { disagreement, isExpected } from './convergence.ts';
import { createMemoryNetwork, type MemoryNetwork } from './memory-network.ts';
import type { NodeClock } from './node-clock.ts';
import { seededRandom } from './random.ts';
import { SimulatedMachine } from './simulated-machine.ts';
import type { SimulatedNode } from './simulated-node.ts';
import { SimulationError, type SimulationReason } from './simulation-error.ts';
import type { SimulationOptions, StartOptions } from './simulation-options.ts';
import { machineSetups } from './simulation-plan.ts';
import { Trace } from './trace.ts';

const MAX_TRACE_LINES = 100_000;
const TOLD_LINES = 20;

/** Handshakes, a write that has to be repeated, and their likes. */
const SLACK_MS = 10_000;

/** One node, or several, by name. */
export type NodeNames = string | readonly string[];

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
  readonly #machines: ReadonlyMap<string, SimulatedMachine>;
  readonly #byClock = new Map<NodeClock, SimulatedMachine>();
  readonly #hosts: Record<string, readonly string[]>;
  readonly #trace: Trace;
  readonly #patienceMs: number;
  #events = 0;
  #fingerprint = 0;
  /** Something happened that may bring nodes together, or apart. */
  #hasMoved = true;
  #failure: SimulationError | null = null;
  #isMoving = false;
  #isDisposed = false;

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
    this.#trace = new Trace(options.maxTraceLines ?? MAX_TRACE_LINES);
    const own = setups.map(({ name, address }) => [name, [address]] as const);
    this.#hosts = { ...Object.fromEntries(own), ...options.hosts };
    const machines = setups.map(
      (setup) =>
        new SimulatedMachine(setup, {
          options,
          random,
          network: this.network,
          hosts: this.#hosts,
          clock: (wallOffsetMs, name) => this.clock.node(wallOffsetMs, name),
          note: (who, what) => this.#note(who, what),
          born: (machine, cluster) => {
            this.#byClock.set(machine.clock, machine);
            this.#watch(machine.name, cluster);
            options.onLife?.(machine);
          },
          moved: () => {
            this.#hasMoved = true;
          },
        }),
    );
    this.nodes = machines;
    this.#machines = new Map(machines.map((machine) => [machine.name, machine]));
    this.#patienceMs = Math.max(...setups.map(({ config }) => patienceMs(config)));
    this.clock.onEvent((clock) => this.#count(clock));
  }

  node(name: string): SimulatedNode {
    return this.#machine(name);
  }

  // ---- nodes -------------------------------------------------------------------------------

  /**
   * Starts nodes that do not run, all by default; what comes of it shows as time passes. A node
   * that is stopping or frozen starts as soon as it can. After a kill it is a new process.
   */
  start(names: NodeNames = this.#names(), options: StartOptions = {}): void {
    for (const machine of this.#those(names)) {
      this.#note(machine.name, `start ${JSON.stringify({ address: options.address })}`);
      machine.start(options);
      if (!this.#hosts[machine.name]?.includes(machine.address)) {
        this.#hosts[machine.name] = [machine.address];
      }
    }
    this.clock.settle();
  }

  /** The nodes leave; their processes go on. */
  stop(names: NodeNames = this.#names()): void {
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
  thaw(names: NodeNames = this.#names()): void {
    this.#do(names, 'thaw', (machine) => machine.thaw());
  }

  /** The date of the machines jumps, and stays so in later lives. */
  jumpWall(names: NodeNames, byMs: number): void {
    this.#do(names, `jumpWall ${byMs}`, (machine) => machine.jumpWall(byMs));
  }

  // ---- network: everything is between machines, by their present addresses -------------------

  /** Packets between the ones and the others are lost. Links stay, and dials hang. */
  cut(some: NodeNames, others: NodeNames, { oneWay = false }: CutOptions = {}): void {
    this.#note('network', `cut ${some} ${others} ${oneWay ? 'one way' : ''}`);
    for (const [from, to] of this.#pairs(some, others)) {
      this.network.cutOneWay(from, to);
      if (!oneWay) this.network.cutOneWay(to, from);
    }
  }

  /** Ends the cuts between the ones and the others; without arguments, all. */
  heal(some?: NodeNames, others: NodeNames = this.#names()): void {
    this.#note('network', `heal ${some ?? ''} ${some === undefined ? '' : others}`);
    if (some === undefined) return this.network.heal();
    for (const [a, b] of this.#pairs(some, others)) this.network.heal(a, b);
  }

  /** What a host name means from now on. The names of nodes follow their addresses. */
  setAddresses(host: string, addresses: readonly string[]): void {
    this.#note('network', `addresses ${host} ${addresses}`);
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
    const endMs = this.clock.now() + byMs;
    await this.#pass(endMs, () => false);
    this.clock.advanceTo(endMs);
  }

  /** The same at one go, several times faster: no promise settles meanwhile. */
  run(byMs: number): void {
    this.#begin();
    const endMs = this.clock.now() + byMs;
    try {
      while (this.clock.runNext(endMs)) this.#throwFailure();
      this.clock.advanceTo(endMs);
    } finally {
      this.#isMoving = false;
    }
    this.#throwFailure();
  }

  /**
   * Lets time pass until the condition holds; it is asked after every event.
   *
   * @throws SimulationError `not_in_time` after `withinMs` (by default what convergence is given)
   */
  async until(condition: () => boolean, options: WaitOptions = {}): Promise<void> {
    const { withinMs = this.#patienceMs } = options;
    const endMs = this.clock.now() + withinMs;
    if (await this.#pass(endMs, condition)) return;
    this.clock.advanceTo(endMs);
    throw this.#error('not_in_time', `the condition does not hold after ${withinMs} ms`);
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
    const endMs = this.clock.now() + withinMs;
    const isConverged = () => {
      if (!this.#hasMoved) return false;
      this.#hasMoved = false;
      return this.disagreement(among) === null;
    };
    if (await this.#pass(endMs, isConverged)) return;
    this.clock.advanceTo(endMs);
    const who = this.disagreement(among);
    if (who !== null) throw this.#error('not_in_time', `after ${withinMs} ms ${who}`);
  }

  /** Who of the running nodes does not see whom, as a sentence; null when all agree. */
  disagreement(among?: readonly string[]): string | null {
    const machines = among
      ? this.#those(among)
      : [...this.#machines.values()].filter((machine) => isExpected(machine));
    return disagreement(machines, (id) => id.slice(0, id.indexOf('@')));
  }
