/** What must hold for a node whenever nothing is happening in it. */
import type { Scene } from './scene.ts';
import type { TappedLink } from './tapped-link.ts';
import { node } from './troubles.ts';
import { Verdicts } from './verdicts.ts';
import type { Watch, Word } from './watch.ts';

/** To bind a port, besides the time that seeds are given. */
const START_SLACK_MS = 1_000;
const JOIN_TIMEOUT_MS = 3_000;
const LEAVE_TIMEOUT_MS = 2_000;
/** A teardown ends in the turn in which the node says that it has stopped. */
const STOPPED_SLACK_MS = 1;
/** Of the charts, handshakes, pings and housekeeping of one peer; and of a node by itself. */
const TIMERS_PER_PEER = 12;
const TIMERS = 40;

export class Audit {
  readonly #scene: Scene;
  readonly #verdicts: Verdicts;

  constructor(scene: Scene) {
    this.#scene = scene;
    this.#verdicts = new Verdicts(scene);
  }

  /** After an event in the node, if it has said something or a deadline has passed. */
  look(watch: Watch): void {
    const now = this.#scene.now();
    watch.isDirty = false;
    watch.lookAtMs = now + this.#scene.plan.intervalMs;
    if (watch.clock.frozen) return;
    if (watch.status !== 'running') return this.#moving(watch);
    this.#lists(watch);
    for (const word of watch.words.values()) this.#word(watch, word);
    for (const link of watch.tap.links) this.#link(watch, link);
    const most = TIMERS + TIMERS_PER_PEER * this.#scene.plan.nodes;
    const { pending } = watch.clock;
    if (pending > most) this.#note(watch, 'I10', `${pending} timers at once`);
  }

  /** To start and to stop takes no longer than it may, and nothing is left to be done after it. */
  #moving(watch: Watch): void {
    const { status, statusAtMs, member } = watch;
    const now = this.#scene.now();
    if (status === 'stopped') {
      const { pending } = watch.clock;
      const isOver = now > statusAtMs + STOPPED_SLACK_MS;
      if (isOver && pending > 0) this.#note(watch, 'I10', `${pending} timers after it has stopped`);
      return;
    }
    const mostMs = status === 'starting' ? JOIN_TIMEOUT_MS + START_SLACK_MS : LEAVE_TIMEOUT_MS + 1;
    const whom = node(member.index);
    const { lastedMs } = this.#scene.troubles.within(whom, 'frozen', statusAtMs, now);
    if (now > statusAtMs + mostMs + lastedMs) this.#note(watch, 'I10', `is ${status} for too long`);
    watch.lookAtMs = Math.min(watch.lookAtMs, statusAtMs + mostMs + lastedMs + 1);
  }

  #lists(watch: Watch): void {
    const up = watch.up();
    const said = up.map(({ id }) => id).join();
    const listed = watch.cluster.getConnectedNodes().map(({ id }) => id);
    if (listed.join() !== said) this.#note(watch, 'I2', `lists ${listed}, said ${said}`);
    const streamed = watch.streamed?.join() ?? said;
    if (streamed !== said) this.#note(watch, 'I2', `streams ${streamed}, said ${said}`);
    if (this.#scene.now() === watch.statusAtMs) return;
    for (const { id, isTold, heldUntilMs } of up) {
      if (isTold === (heldUntilMs !== null)) this.#note(watch, 'I2', `${id} is up: told ${isTold}`);
    }
  }

  #word(watch: Watch, word: Word): void {
    const now = this.#scene.now();
    if (this.#scene.dials.isLate(watch, word)) {
      this.#note(watch, 'D10', `does not dial ${word.id} again within the base delay`);
    }
    if (this.#scene.dials.isGivenUp(watch, word)) {
      this.#note(watch, 'D10', `has not dialled ${word.id} for too long`);
    }
    if (word.redialByMs !== null) soon(watch, word.redialByMs);
    // Who is forgotten will be a stranger, hung up on or not.
    if (word.hungUid !== null && !isKnown(watch, word)) word.hungUid = null;
    if (!word.isUp) return;
    if (word.uid === null) this.#note(watch, 'I1', `${word.id} is up without a session`);
    const overdueMs = this.#verdicts.overdueMs(watch, word);
    if (now > overdueMs)
      this.#note(watch, 'I5', `${word.id} is up, unheard since ${word.link?.heardAtMs}`);
    soon(watch, overdueMs);
    if (this.#verdicts.isBlind(watch, word)) this.#note(watch, 'D9', `does not doubt ${word.id}`);
    if (word.heldUntilMs === null) return;
    const lateMs = word.heldUntilMs + 1 + this.#frozenMs(watch, word.upAtMs);
    if (now > lateMs) this.#note(watch, 'D13', `${word.id} is held back for too long`);
    soon(watch, lateMs);
  }

  #link(watch: Watch, link: TappedLink): void {
    const { silenceLimitMs } = this.#scene.plan;
    const to = link.remote.host;
    if (link.isOverfull) this.#note(watch, 'I9', `${link.queuedBytes} bytes wait for ${to}`);
    if (link.isFooled)
      this.#note(watch, 'I7', `took a record from ${to} that was not the next one`);
    if (link.isOutOfOrder) this.#note(watch, 'I7', `numbers its heartbeats for ${to} wrongly`);
    if (link.queuedAtMs === null || link.isClosed || link.isEnding) return;
    // Only sessions are watched; what comes before has the time limits of a handshake.
    const mostMs = 1.1 * silenceLimitMs + 3_600 + 2 * this.#frozenMs(watch, link.queuedAtMs);
    if (this.#scene.now() <= link.queuedAtMs + mostMs) return;
    this.#note(watch, 'D8', `keeps a link to ${to} that takes nothing since ${link.queuedAtMs}`);
  }

  #frozenMs({ member }: Watch, sinceMs: number): number {
    const { troubles, now } = this.#scene;
    return troubles.within(node(member.index), 'frozen', sinceMs, now()).lastedMs;
  }

  #note(watch: Watch, rule: string, what: string): void {
    this.#scene.note(watch.member, rule, what);
  }
}

function soon(watch: Watch, atMs: number): void {
  if (atMs < watch.lookAtMs) watch.lookAtMs = atMs;
}

function isKnown(watch: Watch, word: Word): boolean {
  return watch.cluster.getNodes().some(({ id }) => id === word.id);
}
