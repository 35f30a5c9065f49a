import type { Clock, Timer } from '../ports.ts';
import type { Session } from './session.ts';

interface PendingPing {
  session: Session;
  readonly sentAt: number;
  readonly timer: Timer;
  readonly done: (roundTripMs: number | null) => void;
}

/** Pings under way. Each ends once: by its pong, its time limit, or the end of its session. */
export class Pings {
  readonly #clock: Clock;
  readonly #maxPending: number;
  readonly #pending = new Map<number, PendingPing>();
  #nonce = 0;

  constructor(clock: Clock, maxPending: number) {
    this.#clock = clock;
    this.#maxPending = maxPending;
  }

  /** `done` gets the round trip in milliseconds, or null; false when too many are under way. */
  send(session: Session, timeoutMs: number, done: (roundTripMs: number | null) => void): boolean {
    if (this.#pending.size >= this.#maxPending) return false;
    const nonce = ++this.#nonce;
    // Not in the timer's own turn: after a pause the answer may be there and not yet read.
    const timer = this.#clock.setTimeout(
      () => this.#clock.afterPoll(() => this.#settle(nonce, null)),
      timeoutMs,
    );
    this.#pending.set(nonce, { session, sentAt: this.#clock.now(), timer, done });
    session.send({ type: 'ping', nonce });
    return true;
  }

  answered(session: Session, nonce: number): void {
    const pending = this.#pending.get(nonce);
    if (pending?.session !== session) return;
    this.#settle(nonce, this.#clock.now() - pending.sentAt);
  }

  /** The same life over another link: it is asked again there. */
  move(from: Session, to: Session): void {
    for (const [nonce, pending] of this.#pending) {
      if (pending.session !== from) continue;
      pending.session = to;
      to.send({ type: 'ping', nonce });
    }
  }

  /** The session has ended: nobody will answer. */
  drop(session: Session): void {
    for (const [nonce, pending] of [...this.#pending]) {
      if (pending.session === session) this.#settle(nonce, null);
    }
  }

  dropAll(): void {
    for (const nonce of [...this.#pending.keys()]) this.#settle(nonce, null);
  }

  #settle(nonce: number, roundTripMs: number | null): void {
    const pending = this.#pending.get(nonce);
    if (!pending) return;
    this.#pending.delete(nonce);
    this.#clock.clearTimeout(pending.timer);
    pending.done(roundTripMs);
  }
}
