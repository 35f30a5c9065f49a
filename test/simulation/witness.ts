/**
 * Watches every node and holds what it says against what it promises.
 *
 * A broken promise is noted, not thrown: whoever throws inside an observer is heard too late.
 */
import type { ClusterEvent } from '../../src/inspect/events.ts';
import type { NodeDownReason } from '../../src/membership/node-info.ts';
import type { Life, Member } from './member.ts';
import type { Plan } from './plan.ts';
import type { Trace } from './trace.ts';
import { pair, type Troubles } from './troubles.ts';
import type { TappedLink } from './wiretap.ts';

/** Of sums of virtual times. */
const ROUNDING_MS = 0.001;

/** What one node says about another. */
interface Word {
  /** The life with which a session is open. */
  uid: string | null;
  link: TappedLink | null;
  isUp: boolean;
  /** Told to the user. */
  isTold: boolean;
}

export class Witness {
  readonly broken: string[] = [];
  readonly #plan: Plan;
  readonly #trace: Trace;
  readonly #troubles: Troubles;
  readonly #now: () => number;
  /** By node, by the id of the other. */
  readonly #words = new Map<number, Map<string, Word>>();
  readonly #streams = new Map<number, readonly string[]>();
  #changes = 0;

  constructor(plan: Plan, trace: Trace, troubles: Troubles, now: () => number) {
    this.#plan = plan;
    this.#trace = trace;
    this.#troubles = troubles;
    this.#now = now;
  }

  /** nodeUp and nodeDown so far, everywhere. */
  get changes(): number {
    return this.#changes;
  }

  watch(member: Member, { cluster, tap }: Life): void {
    this.forget(member);
    cluster.onStatusChange((status) => {
      this.#trace.add(this.#now(), member.name, status);
      // The user hears nothing more; sessions still end.
      if (status === 'stopping') for (const word of this.#wordsOf(member)) word.isTold = false;
      if (status === 'stopped') this.forget(member);
    });
    cluster.events$.subscribe((event) => this.#event(member, event, tap.reading));
    cluster.onNodeUp(({ id }) => this.#toldUp(member, id));
    cluster.onNodeDown((id, reason) => this.#toldDown(member, id, reason));
    cluster.connectedNodes$.subscribe((nodes) =>
      this.#streams.set(
        member.index,
        nodes.map(({ id }) => id),
      ),
    );
  }

  /** A life is over. */
  forget(member: Member): void {
    this.#words.set(member.index, new Map());
  }

  /** With whom the node says to be connected, and with which life. */
  upAt(member: Member): ReadonlyMap<string, string | null> {
    const told = [...(this.#words.get(member.index) ?? [])].filter(([, { isTold }]) => isTold);
    return new Map(told.map(([id, { uid }]) => [id, uid]));
  }

  /** What must hold whenever nothing is happening. */
  check(member: Member): void {
    const cluster = member.life?.cluster;
    if (!cluster || !member.isRunning) return;
    const told = [...this.upAt(member).keys()].sort().join();
    const listed = cluster.getConnectedNodes().map(({ id }) => id);
    const streamed = this.#streams.get(member.index) ?? [];
    this.#demand(listed.join() === told, member, `lists ${listed}, told ${told}`);
    this.#demand(streamed.join() === told, member, `streams ${streamed}, told ${told}`);
    for (const [id, { isUp, uid, link }] of this.#words.get(member.index) ?? []) {
      if (!isUp) continue;
      this.#demand(uid !== null, member, `I1: ${id} is up without a session`);
      const silenceMs = link ? this.#awakeSilenceMs(member, link) : 0;
      const isLate = silenceMs > 1.1 * this.#plan.silenceLimitMs + 250;
      this.#demand(!isLate, member, `I5: ${id} is up after ${silenceMs} ms of silence`);
    }
  }

  #event(member: Member, event: ClusterEvent, reading: TappedLink | null): void {
    const { error, ...rest } = { error: null, ...event };
    this.#trace.add(this.#now(), member.name, JSON.stringify(rest));
    this.#demand(error === null, member, `an observer failed: ${String(error)}`);
    switch (event.type) {
      case 'session.opened': {
        const word = this.#word(member, event.nodeId);
        this.#demand(word.uid === null, member, `I3: two sessions with ${event.nodeId}`);
        word.uid = event.uid;
        word.link = reading;
        return;
      }
      case 'session.closed': {
        this.#demand(event.cause !== 'tampered', member, `${event.nodeId} was taken for a forger`);
        const word = this.#word(member, event.nodeId);
        this.#demand(word.uid === event.uid, member, `I3: closes what was not open`);
        word.uid = null;
        return;
      }
      case 'node.up': {
        const word = this.#word(member, event.nodeId);
        this.#demand(word.uid !== null, member, `I1: up without a session: ${event.nodeId}`);
        this.#demand(!word.isUp, member, `I2: up twice: ${event.nodeId}`);
        word.isUp = true;
        return;
      }
      case 'node.down': {
        const word = this.#word(member, event.nodeId);
        this.#demand(word.isUp, member, `I2: down without up: ${event.nodeId}`);
        word.isUp = false;
        return this.#judgeDown(member, event.nodeId, event.reason, word.link);
      }
      default:
        return;
    }
  }

  #judgeDown(member: Member, id: string, reason: NodeDownReason, link: TappedLink | null): void {
    const now = this.#now();
    const { silenceLimitMs, intervalMs } = this.#plan;
    const silenceMs = link ? this.#awakeSilenceMs(member, link) : 0;
    if (reason === 'heartbeat_timeout') {
      const graceMs = link ? this.#graceMs(member, link.heardAtMs, now) : 0;
      const isEarly = silenceMs < silenceLimitMs - graceMs - ROUNDING_MS;
      this.#demand(!isEarly, member, `I4: ${id} judged after ${silenceMs} ms of silence`);
    }
    // Long enough for what a fault leaves behind to be noticed on both sides.
    const sinceMs = now - 2.2 * silenceLimitMs - intervalMs - 5_000;
    const other = indexOf(id);
    const isExcused = [`${member.index}`, `${other}`, pair(member.index, other)].some((whom) =>
      this.#troubles.touched(whom, sinceMs, now),
    );
    this.#demand(isExcused, member, `I4: ${id} is down (${reason}) though nothing has happened`);
  }

  #toldUp(member: Member, id: string): void {
    this.#changes += 1;
    this.#trace.add(this.#now(), member.name, `nodeUp ${id}`);
    const word = this.#word(member, id);
    this.#demand(!word.isTold, member, `I2: told nodeUp twice: ${id}`);
    word.isTold = true;
  }

  #toldDown(member: Member, id: string, reason: NodeDownReason): void {
    this.#changes += 1;
    this.#trace.add(this.#now(), member.name, `nodeDown ${id} ${reason}`);
    const word = this.#word(member, id);
    this.#demand(word.isTold, member, `I2: told nodeDown without nodeUp: ${id}`);
    word.isTold = false;
  }

  /** Silence during which the observer could have heard. */
  #awakeSilenceMs(member: Member, { heardAtMs }: TappedLink): number {
    const now = this.#now();
    return now - heardAtMs - this.#troubles.within(frozen(member), heardAtMs, now).lastedMs;
  }

  /** A pause shows as a late timer: what it does not show is the time until the timer was due. */
  #graceMs(member: Member, fromMs: number, toMs: number): number {
    const { count } = this.#troubles.within(frozen(member), fromMs, toMs);
    return count * (250 + Math.max(100, this.#plan.intervalMs / 4));
  }

  #wordsOf(member: Member): Iterable<Word> {
    return this.#words.get(member.index)?.values() ?? [];
  }

  #word(member: Member, id: string): Word {
    const words = this.#words.get(member.index) ?? new Map<string, Word>();
    this.#words.set(member.index, words);
    const word = words.get(id) ?? { uid: null, link: null, isUp: false, isTold: false };
    words.set(id, word);
    return word;
  }

  #demand(holds: boolean, member: Member, otherwise: string): void {
    if (!holds) this.note(member, otherwise);
  }

  note(member: Member | null, what: string): void {
    const line = `${this.#now()} ${member?.name ?? 'world'}: ${what}`;
    this.broken.push(line);
    this.#trace.add(this.#now(), member?.name ?? 'world', `BROKEN ${what}`);
  }
}

export function frozen({ index }: Member): string {
  return `frozen ${index}`;
}

/** `n3@10.0.0.4:4369` is node 3. */
function indexOf(id: string): number {
  return Number(id.slice(1, id.indexOf('@')));
}
