/** Between the charts and the user: holds back the nodeUp of a node that comes and goes. */
import { type Flapping, flapped, isSteady, STEADY } from '../membership/damping.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { NodeDownReason } from '../membership/node-info.ts';
import type { Clock, Timer } from '../ports.ts';

export interface DamperOwner {
  up(id: NodeId): void;
  down(id: NodeId, reason: NodeDownReason): void;
  held(id: NodeId, holdMs: number): void;
}

export class Damper {
  readonly #clock: Clock;
  readonly #isOn: boolean;
  readonly #owner: DamperOwner;
  /** Of nodes with recent ups or downs. */
  readonly #flapping = new Map<NodeId, Flapping>();
  readonly #held = new Map<NodeId, Timer>();

  constructor(isOn: boolean, clock: Clock, owner: DamperOwner) {
    this.#isOn = isOn;
    this.#clock = clock;
    this.#owner = owner;
  }

  up(id: NodeId): void {
    const holdMs = this.#note(id, true);
    if (holdMs === 0) return this.#owner.up(id);
    this.#held.set(
      id,
      this.#clock.setTimeout(() => {
        this.#held.delete(id);
        this.#owner.up(id);
      }, holdMs),
    );
    this.#owner.held(id, holdMs);
  }

  /** Whoever was not told of the up is not told of the down. */
  down(id: NodeId, reason: NodeDownReason): void {
    this.#note(id, false);
    const timer = this.#held.get(id);
    if (timer === undefined) return this.#owner.down(id, reason);
    this.#clock.clearTimeout(timer);
    this.#held.delete(id);
  }

  /** Forgets nodes that have been steady for long. */
  sweep(): void {
    const now = this.#clock.now();
    for (const [id, flapping] of this.#flapping) {
      if (isSteady(flapping, now)) this.#flapping.delete(id);
    }
  }

  stop(): void {
    for (const timer of this.#held.values()) this.#clock.clearTimeout(timer);
    this.#held.clear();
  }

  #note(id: NodeId, isUp: boolean): number {
    if (!this.#isOn) return 0;
    const after = flapped(this.#flapping.get(id) ?? STEADY, this.#clock.now(), isUp);
    this.#flapping.set(id, after);
    return after.holdMs;
  }
}
