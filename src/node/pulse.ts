/**
 * One timer per node: it beats, and it notices silence.
 *
 * The timer is armed for the earliest deadline and at the latest one tick ahead. Silence is never
 * judged in the turn of the timer itself: after a pause, timers run before sockets are read, so
 * the verdict waits for one poll, and a late timer first credits everybody with its lag.
 */

import {
  fellSilent,
  HEALTHY,
  type Health,
  intervalPassed,
  troubled,
} from '../membership/health.ts';
import { isPause, sweepTickMs } from '../membership/liveness.ts';
import type { Clock, Timer } from '../ports.ts';
import type { Session } from './session.ts';

/** Real timers are no finer. */
const MIN_SWEEP_MS = 1;

export interface PulseInput {
  readonly heartbeatIntervalMs: number;
  readonly silenceLimitMs: number;
  /** Uniform in [0, 1): where in the first tick the sweep begins. */
  readonly phase: number;
}

export interface PulseOwner {
  sessions(): Iterable<Session>;
  beat(session: Session): void;
  suspect(session: Session): void;
  fresh(session: Session): void;
  /** The last third of the wait begins: time to ask others. */
  doubtful(session: Session): void;
  silent(session: Session): void;
  stalled(session: Session): void;
  late(lagMs: number): void;
  /** This node trusts itself more, or less, than before. */
  healthChanged(score: number): void;
  /** After each sweep: slow housekeeping hangs on it. */
  swept(now: number): void;
}

export class Pulse {
  readonly #clock: Clock;
  readonly #owner: PulseOwner;
  readonly #intervalMs: number;
  readonly #tickMs: number;
  readonly #limitMs: number;
  /** Whether the next tick always comes before the deadline of a session that is well. */
  readonly #maySkip: boolean;
  #health = HEALTHY;
  #timer: Timer = null;
  #dueAt: number;
  #beatAt: number;
  #isRunning = false;

  constructor(input: PulseInput, clock: Clock, owner: PulseOwner) {
    this.#clock = clock;
    this.#owner = owner;
    this.#intervalMs = input.heartbeatIntervalMs;
    this.#tickMs = sweepTickMs(input.heartbeatIntervalMs);
    this.#limitMs = input.silenceLimitMs;
    this.#maySkip = this.#tickMs <= input.silenceLimitMs / 3;
    const now = clock.now();
    this.#dueAt = now + input.phase * this.#tickMs;
    this.#beatAt = now + input.heartbeatIntervalMs;
  }

  start(): void {
    this.#isRunning = true;
    this.#timer = this.#clock.setTimeout(() => this.#wake(), this.#dueAt - this.#clock.now());
  }

  stop(): void {
    this.#isRunning = false;
    this.#clock.clearTimeout(this.#timer);
  }

  /** This node had to refute its own death: others did not hear it. */
  refuted(): void {
    this.#feel(troubled(this.#health));
  }

  #feel(health: Health): void {
    const { score } = this.#health;
    this.#health = health;
    if (health.score !== score) this.#owner.healthChanged(health.score);
  }

  #wake(): void {
    const now = this.#clock.now();
    const wasPaused = this.#creditIfPaused(now - this.#dueAt);
    if (now >= this.#beatAt) {
      for (const session of this.#owner.sessions()) this.#owner.beat(session);
      // An interval that ended in a pause was none, and its trouble counts for the next one.
      if (!wasPaused) this.#feel(intervalPassed(this.#health));
      // Beats missed during a pause are not made up for.
      this.#beatAt += this.#intervalMs * Math.ceil((now - this.#beatAt + 1) / this.#intervalMs);
    }
    this.#clock.afterPoll(() => this.#look(now));
  }

  /** What was readable at `askedAt` has been read; what came since has not, if this turn was long. */
  #look(askedAt: number): void {
    if (!this.#isRunning) return;
    const now = this.#clock.now();
    if (this.#creditIfPaused(now - askedAt)) this.#clock.afterPoll(() => this.#look(now));
    else this.#sweep();
  }

  #creditIfPaused(lagMs: number): boolean {
    if (!isPause(lagMs, this.#intervalMs)) return false;
    for (const session of this.#owner.sessions()) session.paused(lagMs);
    this.#owner.late(lagMs);
    this.#feel(troubled(this.#health));
    return true;
  }

  #sweep(): void {
    const now = this.#clock.now();
    let next = Math.min(now + this.#tickMs, this.#beatAt);
    for (const session of [...this.#owner.sessions()]) {
      if (session.isOpen) next = Math.min(next, this.#judge(session, now));
    }
    this.#owner.swept(now);
    if (!this.#isRunning) return;
    // Rounding can put a deadline at this very moment and yet not reach it: no look without a pause.
    this.#dueAt = Math.max(now + MIN_SWEEP_MS, next);
    this.#timer = this.#clock.setTimeout(() => this.#wake(), this.#dueAt - now);
  }

  /** Returns when this session wants to be judged again, at the latest. */
  #judge(session: Session, now: number): number {
    const { hearing } = session;
    if (this.#maySkip && hearing.isPlainlyFresh(now) && session.isIdle(now)) {
      return Number.POSITIVE_INFINITY;
    }
    const verdict = hearing.judge(now, this.#health.score);
    if (verdict === 'over') {
      this.#owner.silent(session);
      return Number.POSITIVE_INFINITY;
    }
    if (session.stalledMs(now) >= this.#limitMs) {
      this.#owner.stalled(session);
      return Number.POSITIVE_INFINITY;
    }
    const before = hearing.verdict;
    hearing.verdict = verdict;
    if (verdict === 'fresh' && before !== 'fresh') this.#owner.fresh(session);
    if (verdict !== 'fresh' && before === 'fresh') this.#suspect(session);
    if (verdict === 'doubtful' && before !== 'doubtful') this.#owner.doubtful(session);
    return Math.max(now, hearing.overAt(this.#health.score));
  }

  #suspect(session: Session): void {
    this.#owner.suspect(session);
    let peers = 0;
    for (const { isOpen } of this.#owner.sessions()) if (isOpen) peers += 1;
    this.#feel(fellSilent(this.#health, peers));
  }
}
