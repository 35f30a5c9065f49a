// Three legitimate nodes of which the first is attacked, and what they must not notice.
import { Member } from './member.mjs';

const HEARTBEAT_MS = 1_000;
const SPELL_MS = 250;

export class Mesh {
  members = [];
  #others = [];

  /** Starts them, lets `work` attack the first, and ends them whatever happens. */
  static async with(config, work) {
    const mesh = new Mesh();
    try {
      await mesh.#start({
        heartbeatIntervalMs: HEARTBEAT_MS,
        reconnectBaseDelayMs: 200,
        ...config,
      });
      return await work(mesh);
    } finally {
      await Promise.all([...mesh.members, ...mesh.#others].map((member) => member.end()));
    }
  }

  get victim() {
    return this.members[0];
  }

  get ids() {
    return this.members.map(({ id }) => id);
  }

  async join(name, config) {
    const member = new Member(name);
    this.members.push(member);
    return member.start(config);
  }

  /** Everybody has reported everybody else; the latest of those moments. */
  async meshed() {
    const ups = this.members.flatMap((member) =>
      this.ids.filter((id) => id !== member.id).map((id) => member.up(id)),
    );
    return Math.max(...(await Promise.all(ups)));
  }

  /** Members that are ended with the others, whether or not they join. */
  keep(members) {
    this.#others.push(...members);
  }

  async reset() {
    await this.#all('reset');
  }

  async startRequests(perSecond) {
    const share = perSecond / this.members.length;
    for (const member of this.members) {
      const others = this.ids.filter((id) => id !== member.id);
      await member.ask('startRequests', others, share);
    }
  }

  async takeRequests() {
    return merged(await this.#all('takeRequests'));
  }

  /** What became of the requests while `work` lasted, and how they fared spell by spell. */
  async watchRequests(work) {
    await this.takeRequests();
    const spells = [];
    const watching = setInterval(() => spells.push(this.#all('endSpell')), SPELL_MS);
    await work();
    clearInterval(watching);
    const p99s = (await Promise.all(spells)).map((parts) => Math.max(...parts));
    p99s.sort((a, b) => a - b);
    return { ...(await this.takeRequests()), typicalP99Ms: p99s[p99s.length >> 1] ?? Number.NaN };
  }

  async stopRequests() {
    await this.#all('stopRequests');
  }

  async figures(collects = false) {
    return this.#all('figures', collects);
  }

  /** Everybody answers everybody; then whatever went wrong since the last `reset`. */
  async losses() {
    const answers = await this.#all('pingAll', this.ids);
    const figures = await this.figures();
    return [
      ...this.members.flatMap(({ complaints }) => complaints),
      ...answers.flatMap((isFine, at) => (isFine ? [] : [`${this.ids[at]} does not reach all`])),
      ...figures.flatMap(({ losses }) => losses),
    ];
  }

  async #start(config) {
    const victim = await this.join('n1', config);
    const seeds = [victim.id];
    await Promise.all([
      this.join('n2', { ...config, seeds }),
      this.join('n3', { ...config, seeds }),
    ]);
    await this.meshed();
    await this.reset();
  }

  #all(command, ...args) {
    return Promise.all(this.members.map((member) => member.ask(command, ...args)));
  }
}

/** The worst of each node's quantiles stands for all. */
function merged(parts) {
  const most = (pick) => Math.max(...parts.map(pick));
  return {
    count: parts.reduce((sum, { count }) => sum + count, 0),
    failures: parts.flatMap(({ failures }) => failures),
    p50Ms: most(({ p50Ms }) => p50Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    longestMs: most(({ longestMs }) => longestMs),
  };
}
