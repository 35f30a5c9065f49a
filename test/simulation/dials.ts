/** Who dials whom: only those who are known, not too many at once, and again after a loss. */
import type { NodeDownReason } from '../../src/membership/node-info.ts';
import type { Endpoint } from '../../src/ports.ts';
import { indexOf } from './member.ts';
import type { Scene } from './scene.ts';
import type { TappedLink } from './tapped-link.ts';
import { node, pair } from './troubles.ts';
import type { Watch, Word } from './watch.ts';

/** Until a resolver has answered, and the end of the turn. */
const SLACK_MS = 5;
const WINDOW_MS = 10_000;
/** Until TCP has answered, and as long again for a handshake. */
const CONNECT_MS = 5_000;

interface Dialled {
  readonly atMs: number;
  readonly address: string;
  /** Ids that may answer there; null: whoever does. */
  readonly ids: readonly string[] | null;
}

export class Dials {
  readonly #scene: Scene;
  readonly #dialled = new WeakMap<Watch, Dialled[]>();
  /** Addresses that users of a node have asked for, and until when that may be dialled. */
  readonly #asked = new Map<string, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** A user of the node asks for an address. */
  asked(own: number, address: string, untilMs: number): void {
    const key = `${own} ${address}`;
    this.#asked.set(key, Math.max(untilMs, this.#asked.get(key) ?? 0));
  }

  /** Whether a user of the node has asked for somebody there, not long ago. */
  isAsked(own: number, host: string): boolean {
    const untilMs = this.#asked.get(`${own} ${host}`);
    return untilMs !== undefined && this.#scene.now() <= untilMs;
  }

  /** I11: a chart that outlives its node would look it up for ever, and only then not dial it. */
  resolving(watch: Watch, host: string): void {
    const { index } = watch.member;
    if (watch.status !== 'running' || this.#isSeed(index, host) || this.isAsked(index, host))
      return;
    const isKnown = watch.cluster.getNodes().some(({ id }) => hostOf(id) === host);
    if (!isKnown) this.#note(watch, 'I11', `looks ${host} up for nobody`);
  }

  /** I11: nobody is dialled who is not known, has left, or was forgotten. */
  dialling(watch: Watch, to: Endpoint): void {
    const now = this.#scene.now();
    const address = `${to.host}:${to.port}`;
    const { member, status } = watch;
    const isWanted = this.#isSeed(member.index, to.host) || this.isAsked(member.index, to.host);
    if (status === 'stopping' || status === 'stopped') {
      this.#note(watch, 'I11', `dials ${address} while it is ${status}`);
    }
    const known = status === 'running' ? this.#known(watch, address) : null;
    if (known?.length === 0 && !isWanted) this.#note(watch, 'I11', `dials ${address} for nobody`);
    for (const id of known ?? []) {
      const isForgotten = this.#scene.graves.isForgotten(member.index, id);
      if (isForgotten && !isWanted) this.#note(watch, 'I11', `dials ${id}, which is long dead`);
      const word = watch.word(id, indexOf(id));
      word.redialByMs = null;
      if (word.dialledAtMs !== null) word.dialledAtMs = now;
    }
    const dialled = (this.#dialled.get(watch) ?? []).filter(({ atMs }) => now - atMs < WINDOW_MS);
    this.#dialled.set(watch, dialled);
    dialled.push({ atMs: now, address, ids: isWanted ? null : known });
    const count = dialled.filter((dial) => dial.address === address).length;
    const most = 12 + (4 * WINDOW_MS) / this.#scene.plan.reconnectBaseDelayMs;
    if (count > most) this.#note(watch, 'D10', `dials ${address} ${count} times in 10 s`);
    this.#countOpen(watch, to.host);
  }

  /** I1: whoever answers a dial is the one who was dialled. */
  met(watch: Watch, id: string, link: TappedLink | null): void {
    if (!link?.dialled) return;
    const address = `${link.dialled.host}:${link.dialled.port}`;
    const dials = this.#dialled.get(watch)?.filter((dial) => dial.address === address) ?? [];
    const isRight = dials.length === 0 || dials.some(({ ids }) => ids === null || ids.includes(id));
    if (!isRight) this.#note(watch, 'I1', `met ${id}, whom it did not dial`);
  }

  /** D10: after a healthy session the first dial comes within the base delay. */
  lost(watch: Watch, word: Word, reason: NodeDownReason): void {
    const { plan } = this.#scene;
    const now = this.#scene.now();
    word.redialByMs = null;
    word.dialledAtMs = null;
    if (reason === 'graceful_shutdown' || !watch.isRunning) return;
    word.dialledAtMs = now;
    if (now - word.upAtMs <= plan.silenceLimitMs + SLACK_MS) return;
    word.redialByMs = now + plan.reconnectBaseDelayMs + SLACK_MS;
  }

  /** Whether a dial that is due has not been made. */
  isLate(watch: Watch, word: Word): boolean {
    const now = this.#scene.now();
    if (word.redialByMs === null || now <= word.redialByMs) return false;
    const sinceMs = word.redialByMs - this.#scene.plan.reconnectBaseDelayMs - 10_000;
    word.redialByMs = null;
    // Hung up on, forgotten, frozen meanwhile, or in want of a place to dial from.
    const { index } = watch.member;
    if (this.#scene.troubles.touched(node(index), sinceMs, now)) return false;
    const hung = this.#scene.troubles.within(pair(index, word.index), 'hung', sinceMs, now);
    if (hung.count > 0) return false;
    return watch.cluster.getNodes().find(({ id }) => id === word.id)?.status === 'disconnected';
  }

  /** D10: who is lost is dialled again and again, as long as it is known. */
  isGivenUp(watch: Watch, word: Word): boolean {
    const { plan, troubles } = this.#scene;
    const now = this.#scene.now();
    const { dialledAtMs } = word;
    // The dial itself, the wait for a place, and the delay.
    const queueMs = (3 * plan.nodes * CONNECT_MS) / plan.limits.maxDials;
    const mostMs = plan.reconnectMaxDelayMs + 2 * CONNECT_MS + queueMs;
    if (dialledAtMs === null || now <= dialledAtMs + mostMs) return false;
    word.dialledAtMs = null;
    const { index } = watch.member;
    if (troubles.touched(node(index), dialledAtMs - CONNECT_MS, now)) return false;
    const hung = troubles.within(pair(index, word.index), 'hung', dialledAtMs - CONNECT_MS, now);
    if (hung.count > 0) return false;
    return watch.cluster.getNodes().find(({ id }) => id === word.id)?.status === 'disconnected';
  }

  /** I9: at most so many dials without an answer, besides the first round of the seeds. */
  #countOpen(watch: Watch, host: string): void {
    const { plan } = this.#scene;
    const isJoining = this.#scene.now() - watch.statusAtMs < 15_000 || watch.status !== 'running';
    const most = 2 * plan.limits.maxDials + (isJoining ? plan.nodes : 0);
    const { openDials } = watch.tap;
    const isAgain = watch.tap.reading?.dialled?.host === host;
    if (openDials >= most && !isAgain)
      this.#note(watch, 'I9', `${openDials + 1} dials at once, the last to ${host}`);
  }

  #known(watch: Watch, address: string): string[] {
    const ids = watch.cluster.getNodes().map(({ id }) => id);
    return ids.filter((id) => id.endsWith(`@${address}`));
  }

  #isSeed(own: number, host: string): boolean {
    const { plan, members } = this.#scene;
    return (plan.seeds[own] ?? []).some((seed) => {
      const member = members[seed];
      // A name may have meant the former address when it was resolved.
      return member?.name === host || member?.addresses.has(host) === true;
    });
  }

  #note(watch: Watch, rule: string, what: string): void {
    this.#scene.note(watch.member, rule, what);
  }
}

function hostOf(id: string): string {
  return id.slice(id.indexOf('@') + 1, id.lastIndexOf(':'));
}
