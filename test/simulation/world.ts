/** Machines, a network between them, and everything that is done to them. */
import type { NodeClock } from '../../src/testing/node-clock.ts';
import type { SimulatedNode } from '../../src/testing/simulated-node.ts';
import { createSimulation, type Simulation } from '../../src/testing/simulation.ts';
import type { SimulatedConfig } from '../../src/testing/simulation-options.ts';
import { Agreement } from './agreement.ts';
import { Audit } from './audit.ts';
import { Calls } from './calls.ts';
import { Climate } from './climate.ts';
import { Deeds } from './deeds.ts';
import { Dials } from './dials.ts';
import { Graves } from './graves.ts';
import { Member } from './member.ts';
import type { Plan } from './plan.ts';
import type { Breach, Scene } from './scene.ts';
import { Traffic } from './traffic.ts';
import { node, pair, Troubles } from './troubles.ts';
import { Users } from './users.ts';
import type { Watch } from './watch.ts';
import { Witness } from './witness.ts';

const PORT = 4369;
const STRANGER = 'stranger';
/** Links younger than that may belong to a handshake. */
const HANDSHAKE_MS = 5_000;

export class World implements Scene {
  readonly plan: Plan;
  readonly sim: Simulation;
  readonly troubles = new Troubles();
  readonly breaches: Breach[] = [];
  readonly members: readonly Member[];
  readonly dials: Dials;
  readonly graves: Graves;
  readonly calls: Calls;
  readonly traffic: Traffic;
  readonly climate: Climate;
  readonly witness: Witness;
  readonly deeds: Deeds;
  readonly users: Users;
  secrets: readonly string[];
  events = 0;
  readonly #audit: Audit;
  readonly #agreement: Agreement;
  readonly #watches = new Map<number, Watch>();
  readonly #byClock = new Map<NodeClock, Watch>();

  constructor(plan: Plan) {
    this.plan = plan;
    this.secrets = plan.secret === null ? [] : [plan.secret];
    this.dials = new Dials(this);
    this.graves = new Graves(this);
    this.calls = new Calls(this);
    this.traffic = new Traffic(this);
    this.witness = new Witness(this);
    this.#audit = new Audit(this);
    this.#agreement = new Agreement(this);
    this.members = Array.from({ length: plan.nodes }, (_, index) => new Member(index, plan));
    this.sim = this.#simulation();
    this.climate = new Climate(this.sim);
    this.deeds = new Deeds(this);
    this.users = new Users(this);
    for (const member of this.members) {
      member.node = this.sim.node(member.name);
      member.addresses.add(member.node.address);
      this.troubles.begin(node(member.index), 'process', 0);
    }
    this.sim.clock.onEvent((clock) => this.#happened(clock));
    if (plan.secret !== null) this.sim.start(STRANGER);
  }

  /** Those that are not left out of the plan. */
  get present(): readonly Member[] {
    const absent = this.plan.absent ?? [];
    return absent.length === 0
      ? this.members
      : this.members.filter(({ index }) => !absent.includes(index));
  }

  readonly now = (): number => this.sim.clock.now();

  watchOf(index: number): Watch | undefined {
    return this.#watches.get(index);
  }

  note(member: Member | null, rule: string, what: string): void {
    const who = member?.name ?? 'world';
    this.breaches.push({ rule, atMs: this.now(), who, what });
    this.sim.note(`BROKEN ${who} ${rule}: ${what}`);
  }

  isHung(a: number, b: number): boolean {
    return this.users.isHung(a, b);
  }

  reunited(a: number, b: number): void {
    this.users.parted.delete(pair(a, b));
    for (const word of this.watchOf(a)?.words.values() ?? []) {
      if (word.index === b) word.hungUid = null;
    }
  }

  /** Lets time pass until then, or until a promise is broken. */
  async advanceTo(endMs: number): Promise<void> {
    const { clock } = this.sim;
    for (let now = this.now(); now < endMs; now = this.now()) {
      const untilMs = Math.min(endMs, now + this.plan.intervalMs);
      while (clock.runNext(untilMs)) {
        if (this.breaches.length > 0) return;
        if (this.calls.isOpen) await this.calls.settle();
        if (this.traffic.isRestless) await this.traffic.settle();
      }
      clock.advanceTo(untilMs);
      // Of a node in which nothing happens any more, too.
      for (const watch of this.#watches.values()) this.#audit.look(watch);
      this.traffic.asks.look();
      this.graves.look();
      if (this.plan.isDecoded) this.#agreement.look();
      if (this.breaches.length > 0) return;
    }
  }

  /** The process is no more. */
  forget(member: Member): void {
    const watch = this.#watches.get(member.index);
    if (!watch) return;
    this.#watches.delete(member.index);
    this.graves.died(member.node.id);
    this.#byClock.delete(watch.clock);
  }

  start(member: Member, address?: string): void {
    // One that runs learns new secrets where they are rotated: nothing can be given to its start.
    const isUp = member.node.status === 'running' || member.node.status === 'starting';
    const config =
      isUp || this.plan.secret === null ? {} : { config: { clusterSecret: this.secrets } };
    this.sim.start(member.name, { ...config, ...(address === undefined ? {} : { address }) });
  }

  isConnected(a: number, b: number): boolean {
    return (
      this.watchOf(a)
        ?.up()
        .some(({ index }) => index === b) === true
    );
  }

  /** Why the nodes do not agree, or null. */
  disagreement(): string | null {
    const digests = new Set<string | null>();
    const { present } = this;
    for (const member of present) {
      const watch = this.watchOf(member.index);
      if (!watch?.isRunning) return `${member.name} is not running`;
      const others = present.filter((other) => other !== member).map(({ node }) => node.id);
      const up = watch.up().map(({ id }) => id);
      if (up.join() !== others.sort().join()) return `${member.name} is connected with ${up}`;
      digests.add(watch.tap.digest);
    }
    return digests.size === 1 ? null : `the views differ: ${[...digests]}`;
  }

  /** Who has other links than those of its sessions; a handshake has one too, for a moment. */
  linkLeaks(): readonly string[] {
    const wanted = this.present.length - 1;
    const sinceMs = this.now() - HANDSHAKE_MS;
    const isLeaking = ({ node, tap }: Member) => {
      const young = [...(tap?.links ?? [])].filter(({ openedAtMs }) => openedAtMs > sinceMs);
      return node.linkCount - young.length !== wanted;
    };
    return this.present.filter(isLeaking).map(({ name }) => name);
  }

  /** Long enough for every doubt to have passed, one point in each interval. */
  isLongCalm(): boolean {
    return this.now() - this.plan.calmMs > 12 * this.plan.intervalMs + this.plan.silenceLimitMs;
  }

  doubtful(): string | undefined {
    return this.present.find(({ index }) => (this.watchOf(index)?.score ?? 0) > 0)?.name;
  }

  linksOf(name: string): string {
    const member = this.members.find((other) => other.name === name);
    const links = [...(member?.tap?.links ?? [])].map(
      ({ remote, dialled, openedAtMs, records }) => {
        const way = dialled === null ? 'from' : 'to';
        return `${way} ${remote.host}:${remote.port} since ${openedAtMs}, ${records} records`;
      },
    );
    return `${name} has ${member?.node.linkCount} links: ${links.join('; ')}`;
  }

  #happened(clock: NodeClock | null): void {
    this.events += 1;
    const watch = clock && this.#byClock.get(clock);
    if (watch && (watch.isDirty || this.now() >= watch.lookAtMs)) this.#audit.look(watch);
  }

  #simulation(): Simulation {
    const { plan } = this;
    const stranger = {
      name: STRANGER,
      address: '10.0.2.1',
      // Real keys cost what they cost: it tries now and then.
      config: {
        clusterSecret: 'a secret of nobody here',
        reconnectBaseDelayMs: 10_000,
        reconnectMaxDelayMs: 60_000,
      },
    };
    return createSimulation({
      seed: plan.seed,
      nodes: [
        ...this.members.map(({ index, name }) => ({ name, seeds: this.#seedsOf(index) })),
        ...(plan.secret === null ? [] : [{ ...stranger, seeds: ['n0', 'n1', 'n2'] }]),
      ],
      config: configOf(plan),
      network: { latencyMs: plan.latencyMs },
      ports: (made, defaults) => {
        const member = this.#memberOf(made);
        return member?.ports(defaults, this.deeds.listenerFor(member), this.traffic) ?? {};
      },
      onLife: (made) => this.#born(made),
      maxTraceLines: 20_000,
    });
  }

  #seedsOf(index: number): string[] {
    const { seed: number, hasNames, seeds } = this.plan;
    const prefix = (seed: number) => (number % 3 === 0 ? `n${seed}@` : '');
    return (seeds[index] ?? []).map((seed) =>
      hasNames ? `${prefix(seed)}n${seed}:${PORT}` : `n${seed}`,
    );
  }

  #born(made: SimulatedNode): void {
    const member = this.#memberOf(made);
    if (!member?.tap || !member.actors) return;
    this.forget(member);
    const watch = this.witness.watch(member, member.tap);
    this.#watches.set(member.index, watch);
    this.#byClock.set(watch.clock, watch);
    this.traffic.born(watch, member.actors);
    const { secrets } = this;
    watch.cluster.onStatusChange((status) => {
      if (status === 'running' && this.secrets !== secrets) watch.cluster.setSecrets(this.secrets);
    });
  }

  #memberOf({ name }: SimulatedNode): Member | undefined {
    return this.members.find((member) => member.name === name);
  }
}

function configOf(plan: Plan): SimulatedConfig {
  return {
    port: PORT,
    heartbeatIntervalMs: plan.intervalMs,
    heartbeatMissThreshold: plan.threshold,
    reconnectBaseDelayMs: plan.reconnectBaseDelayMs,
    reconnectMaxDelayMs: plan.reconnectMaxDelayMs,
    flapDamping: plan.flapDamping,
    phiAccrual: plan.rhythm ?? false,
    limits: plan.limits,
    ...(plan.secret === null ? {} : { clusterSecret: plan.secret }),
  };
}
