/** I8: what users ask of a node is answered exactly once, and in time. */
import { areTroubled, type Scene } from './scene.ts';
import type { Action } from './step.ts';
import { node } from './troubles.ts';
import type { Watch } from './watch.ts';

/** The end of a turn, and a poll. */
const SLACK_MS = 1;
/** Enough turns of the microtask queue for the longest chain of promises in the facade. */
const TURNS = 16;

interface Open {
  readonly watch: Watch;
  readonly what: string;
  readonly startedAtMs: number;
  readonly timeoutMs: number;
}

interface Target {
  readonly host: string;
  readonly text: string;
}

export type CallAction = Extract<Action, { readonly type: 'call' }>;

export class Calls {
  readonly #scene: Scene;
  readonly #open = new Set<Open>();
  #settled = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  get settled(): number {
    return this.#settled;
  }

  start(watch: Watch, { call, target: other, isByAddress, timeoutMs }: CallAction): void {
    const target = this.#targetOf(other, isByAddress);
    const { cluster } = watch;
    if (cluster.getStatus() !== 'running') return;
    if (call === 'connect' && other !== null) this.#scene.reunited(watch.member.index, other);
    const startedAtMs = this.#scene.now();
    const { host, text } = target;
    this.#scene.dials.asked(watch.member.index, host, startedAtMs + timeoutMs + 10_000);
    const open = { watch, what: `${call} ${text}`, startedAtMs, timeoutMs };
    this.#open.add(open);
    const isKnown = cluster.getConnectedNodes().some(({ id }) => id === text);
    const answered = (answer: unknown) => {
      this.#ended(open);
      const isSurprising = call === 'ping' && answer === false && isKnown && timeoutMs >= 1_000;
      if (isSurprising && other !== null) this.#mustBeExcused(open, other);
    };
    const failed = () => this.#ended(open);
    const options = { timeoutMs };
    if (call === 'health') cluster.health(options).then(answered, failed);
    else cluster[call](text, options).then(answered, failed);
  }

  /** Lets promises settle that can. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < TURNS; turn += 1) await null;
    for (const open of this.#open) {
      if (this.#scene.watchOf(open.watch.member.index) !== open.watch) this.#open.delete(open);
      else if (this.#isLate(open)) this.#tooLate(open);
      else if (open.watch.status === 'stopped') this.#tooLate(open);
    }
  }

  #ended(open: Open): void {
    if (!this.#open.delete(open)) return;
    this.#settled += 1;
    if (this.#isLate(open)) this.#tooLate(open);
  }

  #isLate({ watch, startedAtMs, timeoutMs }: Open): boolean {
    const now = this.#scene.now();
    if (watch.clock.frozen) return false;
    const { troubles } = this.#scene;
    const whom = node(watch.member.index);
    const { lastedMs } = troubles.within(whom, 'frozen', startedAtMs, now);
    return now > startedAtMs + timeoutMs + lastedMs + SLACK_MS;
  }

  #tooLate({ watch, what, startedAtMs }: Open): void {
    const afterMs = this.#scene.now() - startedAtMs;
    this.#scene.note(watch.member, 'I8', `${what} has no answer after ${afterMs} ms`);
  }

  #mustBeExcused({ watch, what, startedAtMs }: Open, other: number): void {
    const sinceMs = startedAtMs - 2 * this.#scene.plan.silenceLimitMs;
    const isExcused = areTroubled(
      this.#scene,
      watch.member.index,
      other,
      sinceMs,
      this.#scene.now(),
    );
    if (!isExcused) this.#scene.note(watch.member, 'I8', `${what} failed without a reason`);
  }

  #targetOf(index: number | null, isByAddress = false): Target {
    const there = index === null ? undefined : this.#scene.members[index]?.node;
    if (!there) return { host: '10.9.9.9', text: '10.9.9.9:4369' };
    const { address: host, id } = there;
    return { host, text: isByAddress ? id.slice(id.indexOf('@') + 1) : id };
  }
}
