/** Does what the plan says, and remembers it as an excuse. */
import type { Member } from './member.ts';
import type { Action, Direction } from './step.ts';
import { node, pair } from './troubles.ts';
import type { TapListener } from './wiretap.ts';
import type { World } from './world.ts';

type Of<T extends Action['type']> = Extract<Action, { readonly type: T }>;

export class Deeds {
  readonly #world: World;
  readonly #clogs = new Map<string, Direction>();
  constructor(world: World) {
    this.#world = world;
  }

  do(action: Action): void {
    if (!this.#isPossible(action)) return;
    const { sim, climate, troubles, users } = this.#world;
    const { atMs: _, ...told } = { atMs: 0, ...action };
    sim.note(JSON.stringify(told));
    const now = this.#world.now();
    switch (action.type) {
      case 'suspend':
        return this.#all((member) => this.#freeze(member));
      case 'resume':
        return this.#all((member) => this.#thaw(member));
      case 'cut':
        return action.paths.forEach((path) => {
          if (climate.cut(path)) troubles.begin(pair(...path), `cut ${path[0]}>${path[1]}`, now);
        });
      case 'mend':
        return action.paths.forEach((path) => {
          if (climate.mend(path)) troubles.end(pair(...path), `cut ${path[0]}>${path[1]}`, now);
        });
      case 'clog':
      case 'unclog':
        return this.#clog(action);
      case 'reset':
        troubles.touch(pair(...action.path), 'reset', now);
        return sim.network.resetLinks(...this.#addresses(action.path));
      case 'strand':
        return this.#strand(action.path);
      case 'forge':
        return this.#forge(action);
      case 'weather': {
        const { path, weather } = action;
        if (weather) troubles.begin(pair(...path), `weather ${path}`, now);
        else troubles.end(pair(...path), `weather ${path}`, now);
        return climate.setWeather(path, weather);
      }
      case 'call':
        return users.call(action);
      case 'disconnect':
        return users.disconnect(action.path);
      case 'reconnect':
        return users.reconnect(action.path);
      case 'rotate':
        return users.rotate(action.secrets);
      default: {
        const member = this.#world.members[action.node];
        if (member) this.#doTo(member, action);
      }
    }
  }

  /** What was done to links to come: what is clogged stays so when it is dialled again. */
  listenerFor(member: Member): TapListener {
    return {
      resolving: (host) => {
        const watch = this.#world.watchOf(member.index);
        if (watch) this.#world.dials.resolving(watch, host);
      },
      dialling: (to) => {
        const watch = this.#world.watchOf(member.index);
        if (watch) this.#world.dials.dialling(watch, to);
      },
      opened: (link) => {
        for (const [from, to] of this.#clogs.values()) {
          if (from === member.index && link.remote.host === this.#addressOf(to)) link.clog();
        }
      },
      tombstone: (entry) => {
        const watch = this.#world.watchOf(member.index);
        if (watch) this.#world.graves.told(watch, entry);
      },
      relapsed: ({ remote }) => {
        const what = `answers ${remote.host} over a link that another has replaced`;
        this.#world.note(member, 'I7', what);
      },
    };
  }

  /** Nothing is done any more, and what was done is undone; everybody is started. */
  calm(): void {
    this.#world.climate.calm();
    for (const path of [...this.#clogs.values()]) this.#clog({ type: 'unclog', path });
    this.#all((member) => {
      member.strikes.clear();
      this.#thaw(member);
      if (member.node.status !== 'running') this.#world.start(member);
    });
    const frozen = this.#world.members.filter((member) => !member.isRunning);
    this.#world.troubles.endAll(this.#world.now());
    for (const { index } of frozen) {
      this.#world.troubles.begin(node(index), 'process', this.#world.now());
    }
    const { users } = this.#world;
    for (const path of users.hung.values()) users.reconnect(path);
  }

  #isPossible(action: Action): boolean {
    const absent = this.#world.plan.absent ?? [];
    if ('node' in action) return !absent.includes(action.node);
    return !('path' in action) || !action.path.some((index) => absent.includes(index));
  }

  #doTo(
    member: Member,
    action: Of<
      'boot' | 'leave' | 'freeze' | 'thaw' | 'move' | 'crash' | 'jump' | 'slow' | 'strike'
    >,
  ): void {
    const { sim, troubles, climate } = this.#world;
    const now = this.#world.now();
    const whom = node(member.index);
    switch (action.type) {
      case 'boot':
        return this.#world.start(member);
      case 'leave':
        if (!member.isRunning) return;
        troubles.begin(whom, 'process', now);
        return sim.stop(member.name);
      case 'freeze':
        return this.#freeze(member);
      case 'thaw':
        return this.#thaw(member);
      case 'move':
        return this.#move(member, action.address);
      case 'crash':
        return this.#crash(member, action.hasPower);
      case 'jump':
        return sim.jumpWall(member.name, action.byMs);
      case 'slow': {
        if (action.bytesPerSecond === null) troubles.end(whom, 'slow', now);
        else troubles.begin(whom, 'slow', now);
        return climate.setSlow(member.index, action.bytesPerSecond);
      }
      case 'strike': {
        if (action.chance > 0) troubles.begin(whom, `strike ${action.point}`, now);
        else troubles.end(whom, `strike ${action.point}`, now);
        member.strikes.set(action.point, action.chance);
        return;
      }
      default:
        return action satisfies never;
    }
  }

  #crash(member: Member, hasPower: boolean): void {
    if (member.node.status === 'off') return;
    const { sim, troubles } = this.#world;
    const now = this.#world.now();
    troubles.end(node(member.index), 'frozen', now);
    troubles.begin(node(member.index), 'process', now);
    sim.kill(member.name, { power: hasPower });
    this.#world.forget(member);
  }

  /** Nobody else may live there. */
  #move(member: Member, address: string): void {
    const isTaken = this.#world.members.some(({ node: other }) => other.address === address);
    if (isTaken) return this.#world.start(member);
    this.#crash(member, true);
    member.addresses.add(address);
    this.#world.start(member, address);
    this.#world.climate.moved();
  }

  #freeze(member: Member): void {
    if (member.node.status === 'off' || member.node.isFrozen) return;
    this.#world.troubles.begin(node(member.index), 'frozen', this.#world.now());
    this.#world.sim.freeze(member.name);
  }

  #thaw(member: Member): void {
    if (!member.node.isFrozen) return;
    this.#world.troubles.end(node(member.index), 'frozen', this.#world.now());
    this.#world.sim.thaw(member.name);
    // What it has waited for may be over long since.
    this.#world.traffic.stir();
  }

  #clog({ type, path }: Of<'clog' | 'unclog'>): void {
    const { troubles, members } = this.#world;
    const [from, to] = path;
    const links = members[from]?.tap?.to(this.#addressOf(to)) ?? [];
    if (type === 'clog') {
      this.#clogs.set(`${path}`, path);
      troubles.begin(pair(...path), `clog ${path}`, this.#world.now());
      for (const link of links) link.clog();
    } else if (this.#clogs.delete(`${path}`)) {
      troubles.end(pair(...path), `clog ${path}`, this.#world.now());
      const still = [...this.#clogs.values()].filter(([other]) => other === from);
      const hosts = still.map(([, other]) => this.#addressOf(other));
      // By whatever address it was clogged.
      for (const link of members[from]?.tap?.links ?? []) {
        if (!hosts.includes(link.remote.host)) link.unclog();
      }
    }
  }

  #forge({ path: [from, to], how }: Of<'forge'>): void {
    const link = this.#world.members[to]?.tap?.to(this.#addressOf(from)).at(-1);
    if (!link) return;
    this.#world.troubles.begin(pair(from, to), 'forge', this.#world.now());
    link.forgery = how;
  }

  #strand([from, to]: Direction): void {
    this.#world.troubles.touch(pair(from, to), 'strand', this.#world.now());
    const links = this.#world.members[from]?.tap?.to(this.#addressOf(to)) ?? [];
    for (const link of links) link.isStranded = true;
  }

  #all(run: (member: Member) => void): void {
    for (const member of this.#world.present) run(member);
  }

  #addressOf(index: number): string {
    return this.#world.members[index]?.node.address ?? '';
  }

  #addresses([a, b]: Direction): [string, string] {
    return [this.#addressOf(a), this.#addressOf(b)];
  }
}
