/** What the users of nodes ask for: to call, to part and to meet again, and other secrets. */
import { areTroubled } from './scene.ts';
import type { Action, Direction } from './step.ts';
import { node, pair } from './troubles.ts';
import type { World } from './world.ts';

type Of<T extends Action['type']> = Extract<Action, { readonly type: T }>;

/** A handshake under way, a little more than it may take. */
const HANDSHAKE_MS = 9_000;

export class Users {
  readonly #world: World;
  /** Pairs that were told to hang up, and by whom. */
  readonly hung = new Map<string, Direction>();
  /** When two that had no other trouble were told to part. */
  readonly parted = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  call(action: Of<'call'>): void {
    const watch = this.#world.watchOf(action.node);
    watch?.clock.deliver(() => this.#world.calls.start(watch, action));
  }

  disconnect(path: Direction): void {
    const [a, b] = path;
    const watch = this.#world.watchOf(a);
    const other = this.#world.members[b];
    if (!watch?.isRunning || !other) return;
    this.hung.set(pair(a, b), path);
    const now = this.#world.now();
    const sinceMs = now - 4 * this.#world.plan.silenceLimitMs - HANDSHAKE_MS;
    if (!areTroubled(this.#world, a, b, sinceMs, now)) this.parted.set(pair(a, b), now);
    this.#world.troubles.begin(pair(a, b), 'hung', this.#world.now());
    watch.cluster.disconnect(other.node.id).catch(() => {});
  }

  rotate(secrets: readonly string[]): void {
    if (this.#world.plan.secret === null) return;
    this.#world.secrets = secrets;
    for (const { index } of this.#world.present) {
      const watch = this.#world.watchOf(index);
      watch?.clock.deliver(() => {
        if (watch.cluster.getStatus() === 'running') watch.cluster.setSecrets(this.#world.secrets);
      });
    }
  }

  /** Long enough ago for what was under way to be over, and for no other reason. */
  isHung(a: number, b: number): boolean {
    const { troubles } = this.#world;
    const now = this.#world.now();
    const sinceMs = this.parted.get(pair(a, b));
    if (sinceMs === undefined || now - sinceMs < HANDSHAKE_MS) return false;
    const isTroubled =
      troubles.touched(node(a), sinceMs, now) ||
      troubles.touched(node(b), sinceMs, now) ||
      troubles.touched(pair(a, b), sinceMs, now, 'hung');
    return !isTroubled;
  }

  reconnect([a, b]: Direction): void {
    this.parted.delete(pair(a, b));
    const watch = this.#world.watchOf(a);
    const other = this.#world.members[b];
    if (!watch || !other) return;
    const { index } = watch.member;
    watch.clock.deliver(() => {
      if (watch.cluster.getStatus() !== 'running') return;
      const { address, id } = other.node;
      this.#world.dials.asked(index, address, this.#world.now() + 20_000);
      this.#world.reunited(a, b);
      watch.cluster.connect(id).catch(() => {});
    });
  }
}
