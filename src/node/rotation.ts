/**
 * A change of secrets, without anybody going down: sessions proven by another secret than the
 * preferred one are renewed within the grace time, by the node with the smaller id. What is
 * still on a secret that is no longer accepted is closed at its end.
 */
import type { NodeId } from '../membership/node-id.ts';
import type { Timer } from '../ports.ts';
import type { Core } from './core.ts';
import type { SecretRing } from './secrets.ts';
import type { Session } from './session.ts';

/** Renewals are spread over this share of the time that is left; the rest is for trying again. */
const RENEWAL_SHARE = 0.5;

/** Of the grace time, so much lies at least between two tries. */
const RETRY_SHARE = 0.05;

/** What could not be renewed is closed within this share at the end of the grace time. */
const CLOSING_SHARE = 0.1;

export class Rotation {
  readonly #core: Core;
  readonly #secrets: SecretRing;
  /** By peer: there is one session with each, and what is planned ends with it. */
  readonly #timers = new Map<NodeId, Set<Timer>>();
  #endAt = 0;

  constructor(core: Core, secrets: SecretRing) {
    this.#core = core;
    this.#secrets = secrets;
  }

  /** After a change of secrets. */
  plan(): void {
    this.stop();
    const { limits, ports, sessions } = this.#core;
    this.#endAt = ports.clock.now() + limits.secretGraceMs;
    for (const session of sessions) this.#planFor(session);
  }

  /** A session that was opened, maybe by the secret of yesterday. */
  opened(session: Session): void {
    this.drop(session);
    this.#planFor(session);
  }

  /** It has ended, or another one with its peer has taken its place. */
  drop({ peerId }: Session): void {
    const { clock } = this.#core.ports;
    for (const timer of this.#timers.get(peerId) ?? []) clock.clearTimeout(timer);
    this.#timers.delete(peerId);
  }

  #planFor(session: Session): void {
    this.#consider(session);
    // Also one that was proven by a secret which was retired during the handshake.
    if (this.#secrets.accepts(session.secretId)) return;
    const { limits, ports } = this.#core;
    const share = 1 - CLOSING_SHARE * ports.random.float();
    this.#after(session, limits.secretGraceMs * share, () => this.#closeRetired(session));
  }

  #consider(session: Session, isRetry = false): void {
    const { limits, ports, self } = this.#core;
    if (this.#secrets.isPreferred(session.secretId) || self.id > session.peerId) return;
    const leftMs = Math.max(0, this.#endAt - ports.clock.now());
    if (leftMs === 0) this.#endAt = ports.clock.now() + limits.secretGraceMs;
    const delayMs = ports.random.float() * RENEWAL_SHARE * (leftMs || limits.secretGraceMs);
    const minDelayMs = isRetry ? limits.secretGraceMs * RETRY_SHARE : 0;
    this.#after(session, Math.max(minDelayMs, delayMs), () =>
      // Renewed, it is no longer the one with its peer; else it is tried again.
      this.#core.renewals.begin(session, () => this.#consider(session, true)),
    );
  }

  stop(): void {
    const { clock } = this.#core.ports;
    for (const timers of this.#timers.values())
      for (const timer of timers) clock.clearTimeout(timer);
    this.#timers.clear();
  }

  #after({ peerId }: Session, delayMs: number, run: () => void): void {
    const timers = this.#timers.get(peerId) ?? new Set();
    this.#timers.set(peerId, timers);
    const timer = this.#core.ports.clock.setTimeout(() => {
      timers.delete(timer);
      if (timers.size === 0) this.#timers.delete(peerId);
      run();
    }, delayMs);
    timers.add(timer);
  }

  #isPresent(session: Session): boolean {
    return session.isOpen && this.#core.sessions.with(session.peerId) === session;
  }

  #closeRetired(session: Session): void {
    if (!this.#isPresent(session) || this.#secrets.accepts(session.secretId)) return;
    this.#core.holding.retire(session, 'secret_retired');
  }
}
