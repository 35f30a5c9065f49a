/** Five machines, a network between them, and everything that is done to them. */
import { TestClock } from '../../src/testing/clock.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../src/testing/memory-network.ts';
import { seededRandom } from '../../src/testing/random.ts';
import { type Life, Member, type Surroundings } from './member.ts';
import { type Action, NODES, type Plan } from './plan.ts';
import { Trace } from './trace.ts';
import { pair, Troubles } from './troubles.ts';
import { frozen, Witness } from './witness.ts';

export class World implements Surroundings {
  readonly plan: Plan;
  readonly clock = new TestClock();
  readonly random;
  readonly network: MemoryNetwork;
  readonly trace = new Trace();
  readonly troubles = new Troubles();
  readonly witness: Witness;
  readonly members: readonly Member[];
  /** To be started as soon as the former life has ended. */
  readonly #due = new Set<Member>();
  #cuts: string[] = [];

  constructor(plan: Plan) {
    this.plan = plan;
    this.random = seededRandom(plan.seed).fork('world');
    this.network = createMemoryNetwork({
      clock: this.clock,
      random: this.random.fork('network'),
      latencyMs: plan.latencyMs,
    });
    this.witness = new Witness(plan, this.trace, this.troubles, () => this.clock.now());
    this.members = Array.from({ length: NODES }, (_, index) => new Member(index, this));
  }

  born(member: Member, life: Life): void {
    this.witness.watch(member, life);
  }

  warned(member: Member, message: string): void {
    if (message.includes('failed') || message.includes('threw')) this.witness.note(member, message);
  }

  /** Lets time pass, and looks at every node now and then. */
  advanceTo(endMs: number): void {
    const stepMs = Math.max(50, this.plan.intervalMs / 2);
    for (let now = this.clock.now(); now < endMs; now = this.clock.now()) {
      this.clock.advanceTo(Math.min(endMs, now + stepMs));
      for (const member of [...this.#due]) this.#boot(member);
      this.clock.settle();
      for (const member of this.members) this.witness.check(member);
      if (this.witness.broken.length > 0) return;
    }
  }

  do(action: Action): void {
    this.trace.add(this.clock.now(), 'world', JSON.stringify(action));
    switch (action.type) {
      case 'suspend':
        for (const member of this.members) this.#freeze(member);
        break;
      case 'resume':
        for (const member of this.members) this.#thaw(member);
        break;
      case 'part':
        this.#part(action.side);
        break;
      case 'heal':
        this.network.heal();
        for (const cut of this.#cuts.splice(0)) this.troubles.end(cut, this.clock.now());
        break;
      default: {
        const member = this.members[action.node];
        if (member) this.#doTo(member, action);
        break;
      }
    }
    this.clock.settle();
  }

  /** Why the nodes do not agree, or null. */
  disagreement(): string | null {
    const digests = new Set<string | null>();
    for (const member of this.members) {
      if (!member.isRunning) return `${member.name} is not running`;
      const up = this.witness.upAt(member);
      if (up.size !== NODES - 1) return `${member.name} is connected with ${[...up.keys()]}`;
      if (member.linkCount !== NODES - 1) return `${member.name} has ${member.linkCount} links`;
      digests.add(member.life?.tap.digest ?? null);
    }
    return digests.size === 1 ? null : `the views differ: ${[...digests]}`;
  }

  #doTo(member: Member, action: Extract<Action, { readonly node: number }>): void {
    const life = member.life;
    switch (action.type) {
      case 'boot':
        return this.#boot(member);
      case 'freeze':
        return this.#freeze(member);
      case 'thaw':
        return this.#thaw(member);
      case 'leave':
        if (!member.isRunning) return;
        this.troubles.begin(`${member.index}`, this.clock.now());
        return member.leave();
      case 'crash':
        if (!life) return;
        this.#thawed(member);
        this.troubles.begin(`${member.index}`, this.clock.now());
        member.crash(action.hasPower);
        return this.witness.forget(member);
      case 'jump':
        return life?.clock.jumpWall(action.byMs);
      default:
        return action satisfies never;
    }
  }

  #boot(member: Member): void {
    const status = member.life?.cluster.getStatus();
    if (status === 'starting' || status === 'running') this.#due.delete(member);
    else if (member.boot()) {
      this.#due.delete(member);
      this.troubles.end(`${member.index}`, this.clock.now());
    } else this.#due.add(member);
  }

  #freeze(member: Member): void {
    if (!member.life || member.life.clock.frozen) return;
    member.life.clock.freeze();
    this.troubles.begin(`${member.index}`, this.clock.now());
    this.troubles.begin(frozen(member), this.clock.now());
  }

  #thaw(member: Member): void {
    if (!member.life?.clock.frozen) return;
    member.life.clock.thaw();
    this.#thawed(member);
    const status = member.life.cluster.getStatus();
    if (status === 'starting' || status === 'running') {
      this.troubles.end(`${member.index}`, this.clock.now());
    }
  }

  #thawed(member: Member): void {
    this.troubles.end(frozen(member), this.clock.now());
  }

  #part(side: readonly number[]): void {
    for (const a of this.members) {
      for (const b of this.members) {
        if (!side.includes(a.index) || side.includes(b.index)) continue;
        this.network.cut(a.address, b.address);
        const cut = pair(a.index, b.index);
        this.#cuts.push(cut);
        this.troubles.begin(cut, this.clock.now());
      }
    }
  }
}
