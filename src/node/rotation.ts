/**
 * A change of secrets, without anybody going down: sessions proven by another secret than the
 * preferred one are renewed within the grace time, by the node with the smaller id. What is
 * still on a secret that is no longer accepted is closed at its end.
 */
import { NodeId } from '../membership/node-id.ts';
import type { Timer } from '../ports.ts';
import type { Core } from './core.ts';
import { reach } from './reach.ts';
import type { SecretRing } from './secrets.ts';
import type { Session } from './session.ts';

/** Renewals are spread over this share of the grace time; the rest is for trying again. */
const RENEWAL_SHARE = 0.5;

export class Rotation {
  readonly #core: Core;
  readonly #secrets: SecretRing;
  readonly #timers = new Set<Timer>();
  readonly #aborts = new Set<() => void>();

  constructor(core: Core, secrets: SecretRing) {
    this.#core = core;
    this.#secrets = secrets;
  }

  /** After a change of secrets. */
  plan(): void {
    this.stop();
    const { limits, ports, sessions, self } = this.#core;
    for (const session of sessions) {
      if (this.#secrets.isPreferred(session.secretId) || self.id > session.peerId) continue;
      const delayMs = ports.random.float() * limits.secretGraceMs * RENEWAL_SHARE;
      this.#after(delayMs, () => this.#renew(session));
    }
    this.#after(limits.secretGraceMs, () => this.#closeRetired());
  }

  stop(): void {
    for (const timer of this.#timers) this.#core.ports.clock.clearTimeout(timer);
    for (const abort of this.#aborts) abort();
    this.#timers.clear();
    this.#aborts.clear();
  }

  #after(delayMs: number, run: () => void): void {
    const { clock } = this.#core.ports;
    const timer = clock.setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
  }

  #renew(session: Session): void {
    const { peerId } = session;
    if (!session.isOpen || this.#core.sessions.with(peerId) !== session) return;
    const abort = reach(
      this.#core.reachPorts,
      {
        target: NodeId.components(peerId),
        expectedPeer: peerId,
        purpose: 'renew',
        slots: this.#core.slots.again,
        isOwn: () => false,
      },
      () => this.#aborts.delete(abort),
    );
    this.#aborts.add(abort);
  }

  #closeRetired(): void {
    for (const session of [...this.#core.sessions]) {
      if (!this.#secrets.accepts(session.secretId))
        this.#core.holding.retire(session, 'secret_retired');
    }
  }
}
