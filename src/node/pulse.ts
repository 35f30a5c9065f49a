/**
 * One timer per node: it beats, and it notices silence.
 *
 * The timer is armed for the earliest deadline and at the latest one tick ahead. Silence is never
 * judged in the turn of the timer itself: after a pause, timers run before sockets are read, so
 * the verdict waits for one poll, and a late timer first credits everybody with its lag.
 */

import {
  isPause,
  judge,
  silenceLimitMs,
  suspectAfterMs,
  sweepTickMs,
} from '../membership/liveness.ts';
import type { Clock, Timer } from '../ports.ts';
import type { Session } from './session.ts';

/** Real timers are no finer. */
const MIN_SWEEP_MS = 1;

export interface PulseInput {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMissThreshold: number;
  /** Uniform in [0, 1): where in the first tick the sweep begins. */
  readonly phase: number;
}

export interface PulseOwner {
  sessions(): Iterable<Session>;
  beat(session: Session): void;
  suspect(session: Session): void;
  fresh(session: Session): void;
  silent(session: Session): void;
  stalled(session: Session): void;
  late(lagMs: number): void;
  /** After each sweep: slow housekeeping hangs on it. */
  swept(now: number): void;
}

export class Pulse {
  readonly #clock: Clock;
  readonly #owner: PulseOwner;
  readonly #intervalMs: number;
  readonly #tickMs: number;
  readonly #limits: { readonly suspectMs: number; readonly T: number };
  #timer: Timer = null;
  #dueAt: number;
  #beatAt: number;
  #isRunning = false;

  constructor(input: PulseInput, clock: Clock, owner: PulseOwner) {
    const T = silenceLimitMs(input.heartbeatIntervalMs, input.heartbeatMissThreshold);
    this.#clock = clock;
    this.#owner = owner;
    this.#intervalMs = input.heartbeatIntervalMs;
    this.#tickMs = sweepTickMs(input.heartbeatIntervalMs);
    this.#limits = { suspectMs: suspectAfterMs(input.heartbeatIntervalMs, T), T };
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

  #wake(): void {
    const now = this.#clock.now();
    this.#creditIfPaused(now - this.#dueAt);
    if (now >= this.#beatAt) {
      for (const session of this.#owner.sessions()) this.#owner.beat(session);
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
    // At most 2 T by many pauses, so that a real death is reported by 3 T of a busy process.
    for (const session of this.#owner.sessions()) {
      session.creditPause(lagMs, 2 * this.#limits.T);
    }
    this.#owner.late(lagMs);
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
    const silenceMs = session.silenceMs(now);
    const verdict = judge(silenceMs, this.#limits);
    if (verdict === 'over') {
      this.#owner.silent(session);
      return Number.POSITIVE_INFINITY;
    }
    if (session.stalledMs(now) >= this.#limits.T) {
      this.#owner.stalled(session);
      return Number.POSITIVE_INFINITY;
    }
    if (verdict === 'suspect' && !session.isSuspect) this.#owner.suspect(session);
    if (verdict === 'fresh' && session.isSuspect) this.#owner.fresh(session);
    return now + Math.max(0, this.#limits.T - silenceMs);
  }
}
