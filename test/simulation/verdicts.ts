/** Whether a node was right to call another one dead, and whether it should have. */
import type { NodeDownReason } from '../../src/membership/node-info.ts';
import { leastMs, mostMs } from './rhythm.ts';
import { areTroubled, type Scene } from './scene.ts';
import { node, pair } from './troubles.ts';
import type { Watch, Word } from './watch.ts';

/** Of sums of virtual times. */
const ROUNDING_MS = 0.001;
/** The longest time between two looks of the node at its deadlines. */
const TICK_MS = 250;
/** A replaced link is closed by then. */
const REPLACED_MS = 10_000;

export class Verdicts {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** I4: nobody is called dead too early, or without a reason. */
  down(watch: Watch, word: Word, reason: NodeDownReason): void {
    const { member } = watch;
    const isExcused = this.#isExcused(member.index, word.index);
    if (!isExcused) this.#note(watch, 'I4', `${word.id} is down (${reason}), and nothing was done`);
    if (reason === 'heartbeat_timeout') this.#silent(watch, word);
    if (reason === 'connection_closed') this.#closed(watch, word);
    if (reason === 'graceful_shutdown') this.#left(watch, word);
  }

  /** D6: whoever lets a new life in has called the former one dead before. */
  admitted(watch: Watch, { index }: Word): void {
    const there = this.#scene.watchOf(index);
    const word = there?.words.get(watch.member.node.id);
    // While a node stops, sessions end without a nodeDown.
    const isHeld = word?.isUp === true && word.uid !== null;
    if (!there || !isHeld || word.upAtMs >= watch.bornAtMs) return;
    this.#note(there, 'D6', `has let ${word.id} in, and still holds on to the life before`);
  }

  /** D4: somebody is said to hear a node; it must have been alive when it was asked. */
  fault(watch: Watch, index: number): void {
    const { silenceLimitMs } = this.#scene.plan;
    const subject = this.#scene.watchOf(index);
    // Who complains that it hears nothing is asked about at once, long before it is silent itself.
    const wasUnheard = this.#wasTroubled(watch, index, 3.3 * silenceLimitMs);
    const sinceMs = this.#scene.now() - (wasUnheard ? 3.3 : 1 / 3) * silenceLimitMs - 1_000;
    const isDead = subject === undefined || subject.status === 'stopped';
    const wasTouched = this.#scene.troubles.touched(node(index), sinceMs, this.#scene.now());
    const diedLongAgo = isDead && wasTouched && this.#deadSince(index) < sinceMs;
    if (diedLongAgo) this.#note(watch, 'D4', `others vouch for n${index}, which is dead`);
  }

  /** Something was done to what the node said to another one. */
  #wasTroubled({ member }: Watch, index: number, forMs: number): boolean {
    const { troubles, now } = this.#scene;
    const sinceMs = now() - forMs;
    return [node(member.index), pair(member.index, index)].some((whom) =>
      troubles.touched(whom, sinceMs, now()),
    );
  }

  /** I5: silence after which the node must have been called dead. */
  overdueMs(watch: Watch, word: Word): number {
    const { intervalMs } = this.#scene.plan;
    if (!word.link) return Number.POSITIVE_INFINITY;
    const { heardAtMs } = word.link;
    const { count } = this.#pauses(watch, heardAtMs);
    const limitMs = this.#limitMs(watch, word, mostMs);
    if (limitMs === Number.POSITIVE_INFINITY) return limitMs;
    const patienceMs = this.#patienceMs(watch, heardAtMs, watch.scoreSince(heardAtMs), limitMs);
    const graceMs = TICK_MS + count * Math.max(100, intervalMs / 4);
    return heardAtMs + 1.1 * patienceMs + graceMs;
  }

  /** D9: a node that is not heard by another must doubt the link, though it hears the other. */
  isBlind(watch: Watch, word: Word): boolean {
    const { plan, troubles } = this.#scene;
    const now = this.#scene.now();
    const [own, other] = [watch.member.index, word.index];
    const whom = pair(own, other);
    const cutAtMs = troubles.since(whom, `cut ${own}>${other}`);
    if (cutAtMs === null || !word.isUp || word.isSuspect) return false;
    const dueMs = cutAtMs + 2.2 * plan.intervalMs + 2 * plan.latencyMs.max + TICK_MS + 100;
    if (now < dueMs) return false;
    const sinceMs = cutAtMs - 2 * plan.intervalMs;
    const isSimple =
      !troubles.touched(node(own), sinceMs, now) &&
      !troubles.touched(node(other), sinceMs, now) &&
      !troubles.touched(whom, sinceMs, now, `cut ${own}>${other}`);
    return isSimple && word.upAtMs < sinceMs;
  }

  #silent(watch: Watch, word: Word): void {
    const { link } = word;
    if (!link) return;
    const { member } = watch;
    const now = this.#scene.now();
    const { plan, troubles } = this.#scene;
    const { count } = this.#pauses(watch, link.heardAtMs);
    // A pause shows as a late timer: what it does not show is the time until the timer was due.
    const graceMs = count * (TICK_MS + Math.max(100, plan.intervalMs / 4));
    const limitMs = this.#limitMs(watch, word, leastMs);
    const patienceMs = this.#patienceMs(watch, link.heardAtMs, watch.score, limitMs);
    const dueMs = link.heardAtMs + patienceMs - graceMs;
    // Whoever is known not to hear us, and then falls silent, has given the link up.
    const sinceMs = now - 4 * plan.silenceLimitMs;
    const mayBeUnheard =
      troubles.touched(pair(member.index, word.index), sinceMs, now) ||
      troubles.touched(node(word.index), sinceMs, now, 'frozen') ||
      troubles.touched(node(member.index), sinceMs, now, 'frozen');
    const missedMs = link.heardAtMs + 1.2 * plan.intervalMs - graceMs;
    if (now < (mayBeUnheard ? missedMs : dueMs) - ROUNDING_MS) {
      this.#note(watch, 'I4', `${word.id} judged after ${now - link.heardAtMs} ms of silence`);
    }
    if (this.#isReadable(watch, word)) {
      this.#note(watch, 'D3', `${word.id} is judged while its words lie unread`);
    }
    if (this.#mustBeVouchedFor(watch, word) && word.faultAtMs !== now) {
      this.#note(watch, 'D4', `${word.id} is heard by all others, and nobody was asked`);
    }
  }

  /** Another link to the same life is no loss to anybody. */
  #closed(watch: Watch, word: Word): void {
    const there = this.#scene.watchOf(word.index)?.words.get(watch.member.node.id);
    const openedAtMs = word.link?.openedAtMs ?? 0;
    const replacedAtMs = there?.replacedAtMs ?? 0;
    const { now, troubles } = this.#scene;
    if (replacedAtMs <= openedAtMs || now() - replacedAtMs > REPLACED_MS) return;
    if (!watch.isRunning || this.#scene.watchOf(word.index)?.isRunning !== true) return;
    const sinceMs = replacedAtMs - 2_000;
    const [own, other] = [watch.member.index, word.index];
    if (troubles.touched(pair(own, other), sinceMs, now())) return;
    // That one of them has just been started is no excuse.
    const isTroubled = [own, other].some((index) =>
      troubles.touched(node(index), sinceMs, now(), 'process'),
    );
    if (isTroubled) return;
    this.#note(watch, 'I3', `${word.id} is down, because it has taken another link`);
  }

  /** Something had arrived on a sound path, and the process had not looked yet. */
  #isReadable(watch: Watch, word: Word): boolean {
    const { plan, troubles, now } = this.#scene;
    const [own, other] = [watch.member.index, word.index];
    const there = this.#scene.watchOf(other)?.words.get(watch.member.node.id)?.link;
    const { link } = word;
    if (!link || !there || there.local.port !== link.remote.port) return false;
    const { wroteAtMs } = there;
    const isNews = wroteAtMs > link.heardAtMs && wroteAtMs + 2 * plan.latencyMs.max + 5 < now();
    const sinceMs = wroteAtMs - 3 * plan.silenceLimitMs - 5_000;
    return (
      isNews &&
      !troubles.touched(pair(own, other), sinceMs, now()) &&
      !troubles.touched(node(own), sinceMs, now(), 'frozen') &&
      !troubles.touched(node(other), sinceMs, now(), 'strike')
    );
  }

  #left(watch: Watch, word: Word): void {
    const other = this.#scene.watchOf(word.index);
    const hasLeft =
      other === undefined || other.status === 'stopping' || other.status === 'stopped';
    // A goodbye may come late, over a slow path or to a slow reader.
    const { now, plan, troubles } = this.#scene;
    const sinceMs = now() - 10_000 - 4 * plan.silenceLimitMs;
    const wasTroubled = troubles.touched(node(word.index), sinceMs, now());
    if (!hasLeft && !wasTroubled) this.#note(watch, 'I4', `${word.id} has not left`);
  }

  /** A broken link in an otherwise sound neighbourhood. */
  #mustBeVouchedFor(watch: Watch, { index }: Word): boolean {
    const { plan, troubles } = this.#scene;
    const now = this.#scene.now();
    const own = watch.member.index;
    const sinceMs = now - 4 * plan.silenceLimitMs - 5_000;
    if (troubles.touched(node(own), sinceMs, now)) return false;
    if (troubles.touched(node(index), sinceMs, now)) return false;
    if (troubles.touched(pair(own, index), sinceMs, now, 'cut')) return false;
    const others = watch.up().filter((other) => other.index !== index);
    return (
      others.length > 0 &&
      others.every((other) => {
        const there = this.#scene.watchOf(other.index);
        const word = there?.up().find((heard) => heard.index === index);
        return (
          word !== undefined &&
          word.upAtMs < sinceMs &&
          other.upAtMs < sinceMs &&
          !areTroubled(this.#scene, own, other.index, sinceMs, now) &&
          !areTroubled(this.#scene, index, other.index, sinceMs, now)
        );
      })
    );
  }

  /** Long enough for what a fault leaves behind to be noticed on both sides. */
  #isExcused(own: number, other: number): boolean {
    const { silenceLimitMs, intervalMs } = this.#scene.plan;
    const now = this.#scene.now();
    return areTroubled(
      this.#scene,
      own,
      other,
      now - 3.3 * silenceLimitMs - intervalMs - 5_000,
      now,
    );
  }

  /** T, or a bound of what the node has learned to wait. */
  #limitMs(watch: Watch, word: Word, bound: typeof leastMs): number {
    const { rhythm, intervalMs, silenceLimitMs } = this.#scene.plan;
    return rhythm ? bound(rhythm, intervalMs, this.#isSteady(watch, word)) : silenceLimitMs;
  }

  /** D15: over this link, every beat that was heard has come in time. */
  #isSteady(watch: Watch, { index, link }: Word): boolean {
    if (!link) return false;
    const { troubles } = this.#scene;
    const own = watch.member.index;
    const { openedAtMs, heardAtMs } = link;
    return !(
      troubles.touched(pair(own, index), openedAtMs, heardAtMs) ||
      // That one of them has just been started makes no beat late.
      troubles.touched(node(own), openedAtMs, heardAtMs, 'process') ||
      troubles.touched(node(index), openedAtMs, heardAtMs, 'process')
    );
  }

  /** T, longer by what the node could not hear and by how much it doubts itself; at most 3 T. */
  #patienceMs(watch: Watch, heardAtMs: number, score: number, T: number): number {
    const { lastedMs, longestMs } = this.#pauses(watch, heardAtMs);
    return T + Math.max(longestMs, Math.min(2 * T, lastedMs + (T * score) / 4));
  }

  #pauses({ member }: Watch, sinceMs: number) {
    const { troubles, now } = this.#scene;
    return troubles.within(node(member.index), 'frozen', sinceMs, now());
  }

  #deadSince(index: number): number {
    return this.#scene.troubles.since(node(index), 'process') ?? this.#scene.now();
  }

  #note(watch: Watch, rule: string, what: string): void {
    this.#scene.note(watch.member, rule, what);
  }
}
