/** A machine and its present process: what `SimulatedNode` shows, and what is done to it. */
import { Actors } from '../actors/actors.ts';
import { LocalCluster } from '../api/cluster.ts';
import type { ClusterPorts } from '../api/cluster-ports.ts';
import type { ClusterConfig } from '../api/config.ts';
import { CLUSTER_DEFAULTS } from '../limits.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Network } from '../ports.ts';
import { createCounters } from '../system/counters.ts';
import { noFaults } from '../system/faults.ts';
import type { MemoryNetwork } from './memory-network.ts';
import type { NodeClock } from './node-clock.ts';
import type { SeededRandom } from './random.ts';
import { simulatedKeys } from './simulated-keys.ts';
import type { SimulatedNode } from './simulated-node.ts';
import type { SimulationError, SimulationReason } from './simulation-error.ts';
import type { SimulatedConfig, StartOptions } from './simulation-options.ts';

/** What a machine needs of the simulation around it. */
export interface MachineRoom {
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  /** Answers for all names, those of nodes too. */
  readonly hosts: Readonly<Record<string, readonly string[]>>;
  clock(wallOffsetMs: number, name: string): NodeClock;
  note(who: string, what: string): void;
  error(reason: SimulationReason, detail: string): SimulationError;
  /** What the test replaces of the ports of a new process. */
  replacements(machine: SimulatedMachine, defaults: ClusterPorts): Partial<ClusterPorts>;
  /** A process is about to be used; nothing has happened in it. */
  born(machine: SimulatedMachine): void;
  /** It may see others now, or no longer. */
  moved(): void;
}

interface Life {
  /** Null while its ports are being made. */
  cluster: LocalCluster | null;
  readonly clock: NodeClock;
  readonly random: SeededRandom;
  readonly network: Network;
}

export interface MachineSetup {
  /** From 1. */
  readonly number: number;
  readonly name: string;
  readonly address: string;
  readonly seeds: readonly string[];
  readonly config: SimulatedConfig;
}

export class SimulatedMachine implements SimulatedNode {
  readonly name: string;
  readonly number: number;
  readonly #setup: MachineSetup;
  readonly #room: MachineRoom;
  #address: string;
  #life: Life | null = null;
  #lives = 0;
  #wallOffsetMs = 0;
  #startError: unknown = null;
  /** Counts what was asked for last, so that the outcome of an earlier start is not taken for it. */
  #attempt = 0;
  /** It was told to stop while frozen, and has not heard of it. */
  #isLeaving = false;
  /** To be started as soon as the node has stopped, or the process goes on. */
  #due: StartOptions | null = null;
  #config: SimulatedConfig;

  constructor(setup: MachineSetup, room: MachineRoom) {
    this.name = setup.name;
    this.number = setup.number;
    this.#setup = setup;
    this.#config = setup.config;
    this.#address = setup.address;
    this.#room = room;
  }

  get address(): string {
    return this.#address;
  }

  /** Of the last start, or of one that is due. */
  get config(): SimulatedConfig {
    return this.#due ? this.configFor(this.#due) : this.#config;
  }

  get id(): NodeId {
    const { advertiseHost, advertisePort, port } = this.#config;
    const announced = advertisePort ?? port ?? CLUSTER_DEFAULTS.PORT;
    return NodeId.create(this.name, advertiseHost ?? this.#address, announced);
  }

  get status(): SimulatedNode['status'] {
    return this.#life?.cluster?.getStatus() ?? 'off';
  }

  get isFrozen(): boolean {
    return this.#life?.clock.frozen ?? false;
  }

  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** It runs, is about to, or should have: the others are to find it. */
  get isExpected(): boolean {
    if (this.isFrozen) return false;
    return this.#due !== null || this.#startError !== null || this.#isUp;
  }

  get lives(): number {
    return this.#lives;
  }

  get cluster(): LocalCluster {
    return this.#alive().cluster ?? this.#missing();
  }

  get clock(): NodeClock {
    return this.#alive().clock;
  }

  get random(): SeededRandom {
    return this.#alive().random;
  }

  get startError(): unknown {
    return this.#startError;
  }

  get timerCount(): number {
    return this.#life?.clock.pending ?? 0;
  }

  get linkCount(): number {
    return this.#room.network.linkCount(this.#address);
  }

  /** As it is, or will be when this start is made. */
  configFor(options: StartOptions): ClusterConfig {
    const address = options.address ?? this.#address;
    const { seeds, config } = this.#setup;
    return { ...config, ...options.config, nodeName: this.name, host: address, seeds };
  }

  /** Why this start would come to nothing; null when it would not. */
  startProblem(options: StartOptions): string | null {
    const isAnyGiven = Object.values(options).some((value) => value !== undefined);
    if (!this.#isUp || !isAnyGiven) return null;
    return `${this.name} is ${this.status}: stop or kill it to start it with other options`;
  }

  start(options: StartOptions): void {
    if (this.#isUp) {
      this.#due = null;
      return;
    }
    if (this.isFrozen || this.#isLeaving || this.status === 'stopping') {
      this.#due = options;
      return;
    }
    this.#due = null;
    this.#boot(options);
  }

  stop(): void {
    this.#due = null;
    this.#startError = null;
    this.#attempt += 1;
    const life = this.#life;
    if (!life) return;
    // Like a signal: a frozen process sees it when it goes on.
    if (!life.clock.frozen) void life.cluster?.stop();
    else if (!this.#isLeaving) {
      this.#isLeaving = true;
      life.clock.deliver(() => this.#leave(life));
    }
  }

  kill(power: boolean): void {
    const life = this.#life;
    if (!life) return;
    this.#due = null;
    this.#isLeaving = false;
    this.#wallOffsetMs = life.clock.wallOffsetMs;
    life.clock.stop();
    this.#life = null;
    this.#startError = null;
    if (power) this.#room.network.kill(life.network);
    else this.#room.network.vanish(this.#address);
    this.#room.moved();
  }

  freeze(): void {
    this.#life?.clock.freeze();
    this.#room.moved();
  }

  thaw(): void {
    this.#life?.clock.thaw();
    this.#startIfDue();
    this.#room.moved();
  }

  /** Lasts: the offset of one life is that of the next. */
  jumpWall(byMs: number): void {
    if (this.#life) this.#life.clock.jumpWall(byMs);
    else this.#wallOffsetMs += byMs;
  }

  #alive(): Life {
    return this.#life ?? this.#missing();
  }

  #missing(): never {
    throw this.#room.error('no_process', `${this.name} has no process: it is off`);
  }

  #boot(options: StartOptions): void {
    const moves = options.address !== undefined && options.address !== this.#address;
    // A process has one network for life: to move it means to end it.
    if (moves) this.kill(true);
    this.#address = options.address ?? this.#address;
    const config = this.configFor(options);
    this.#config = config;
    const life = this.#life ?? this.#process(options);
    const { wallOffsetMs = life.clock.wallOffsetMs } = options;
    life.clock.jumpWall(wallOffsetMs - life.clock.wallOffsetMs);
    this.#startError = null;
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.cluster.start(config).catch((error: unknown) => {
      if (this.#life === life && this.#attempt === attempt) this.#startError = error;
    });
  }

  #process(options: StartOptions): Life {
    this.#lives += 1;
    const clock = this.#room.clock(options.wallOffsetMs ?? this.#wallOffsetMs, this.name);
    const source = this.#room.random.fork(`${this.name}, life ${this.#lives}`);
    const network = this.#room.network.host(this.#address, clock);
    const life: Life = { cluster: null, clock, random: source.fork('user'), network };
    this.#life = life;
    try {
      this.#furnish(life, source);
      return life;
    } catch (error) {
      // As a program that throws before it has begun.
      this.kill(true);
      throw error;
    }
  }

  #furnish(life: Life, source: SeededRandom): void {
    const defaults = this.#ports(life, source);
    const cluster = new LocalCluster({ ...defaults, ...this.#room.replacements(this, defaults) });
    life.cluster = cluster;
    cluster.onStatusChange((status) => {
      this.#room.moved();
      if (status === 'stopped' && this.#due) life.clock.deliver(() => this.#startIfDue());
    });
    this.#room.born(this);
  }

  #leave({ cluster }: Life): void {
    this.#isLeaving = false;
    void cluster?.stop();
    // It may have stopped already, and then nothing else would come of the next start.
    this.#startIfDue();
  }

  /** It runs, and will go on. */
  get #isUp(): boolean {
    return !this.#isLeaving && (this.status === 'starting' || this.status === 'running');
  }

  #startIfDue(): void {
    if (this.#due) this.start(this.#due);
  }

  #ports({ clock, network }: Life, source: SeededRandom): ClusterPorts {
    return {
      actors: new Actors(),
      clock,
      random: source,
      keys: simulatedKeys(source.fork('keys')),
      resolver: this.#room.network.resolver(this.#room.hosts, clock),
      network,
      counters: createCounters(),
      faults: noFaults,
      advertise: ({ advertiseHost, host }, done) => done(advertiseHost ?? host),
      warn: (message, code) => this.#room.note(this.name, `warning ${code} ${message}`),
      allowPortZero: true,
    };
  }
}
