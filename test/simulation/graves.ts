/**
 * I11: whoever is dead is forgotten everywhere in the end, and stays so.
 *
 * When somebody died is known here from what was done, not from what nodes say.
 */
import type { WireEntry } from '../../src/wire/messages.ts';
import { indexOf } from './member.ts';
import type { Scene } from './scene.ts';
import { node } from './troubles.ts';
import type { Watch } from './watch.ts';

/** Handshakes that were under way, and ticks. */
const SLACK_MS = 10_000;
/** Whoever hears of a node from somebody who is about to doubt it begins to wait anew. */
const HEARSAYS = 2;

export class Graves {
  readonly #scene: Scene;
  /** By id: when its last life ended. */
  readonly #diedAtMs = new Map<string, number>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  born(id: string): void {
    this.#diedAtMs.delete(id);
  }

  died(id: string): void {
    if (!this.#diedAtMs.has(id)) this.#diedAtMs.set(id, this.#scene.now());
  }

  /** Nobody lists those who should be forgotten, nor those who were dead before it began. */
  look(): void {
    const old = [...this.#diedAtMs].filter(([id]) => this.#sinceNoticedMs(id) > 0);
    if (old.length === 0) return;
    for (const { index } of this.#scene.members) {
      const watch = this.#scene.watchOf(index);
      if (watch?.isRunning) this.#lists(watch, new Map(old));
    }
  }

  /** Whether everybody has forgotten it, but for those who have its node as a seed. */
  isForgotten(own: number, id: string): boolean {
    const { limits, seeds } = this.#scene.plan;
    if (seeds[own]?.includes(indexOf(id))) return false;
    const keptMs = limits.downRetentionMs + 2 * limits.fullSyncIntervalMs;
    return this.#sinceNoticedMs(id) > keptMs;
  }

  /** The node tells of a tombstone. */
  told(watch: Watch, { id, state, ageMs }: WireEntry): void {
    const { limits } = this.#scene.plan;
    const mostMs = state === 'left' ? limits.leftRetentionMs : limits.downRetentionMs;
    if (ageMs > mostMs / 2) {
      this.#note(watch, `tells of ${id}, ${state} for ${ageMs} ms, though others forget it soon`);
    }
    if (this.#sinceNoticedMs(id) > ageMs) {
      this.#note(watch, `says that ${id} is ${state} for ${ageMs} ms, and it is for longer`);
    }
  }

  #lists(watch: Watch, old: ReadonlyMap<string, number>): void {
    for (const { id } of watch.cluster.getNodes()) {
      const diedAtMs = old.get(id);
      if (diedAtMs === undefined) continue;
      if (this.isForgotten(watch.member.index, id)) {
        this.#note(watch, `lists ${id}, which is dead since ${diedAtMs}`);
      }
      if (watch.bornAtMs > diedAtMs + this.#noticedMs(diedAtMs)) {
        this.#note(watch, `has heard of ${id}, which was dead long before, since ${diedAtMs}`);
      }
    }
  }

  /** For how long everybody has known that it is dead; negative while somebody may not. */
  #sinceNoticedMs(id: string): number {
    const diedAtMs = this.#diedAtMs.get(id);
    if (diedAtMs === undefined) return Number.NEGATIVE_INFINITY;
    return this.#scene.now() - diedAtMs - this.#noticedMs(diedAtMs);
  }

  /** By silence, or by hearsay that nobody confirms. */
  #noticedMs(diedAtMs: number): number {
    const { plan, members, troubles, now } = this.#scene;
    const { hearsayRetentionMs, fullSyncIntervalMs } = plan.limits;
    const hearsayMs = HEARSAYS * (hearsayRetentionMs + 2 * fullSyncIntervalMs);
    const frozenMs = members.map(
      ({ index }) => troubles.within(node(index), 'frozen', diedAtMs, now()).lastedMs,
    );
    const allFrozenMs = frozenMs.reduce((sum, ms) => sum + ms, 0);
    return 3.3 * plan.silenceLimitMs + SLACK_MS + hearsayMs + allFrozenMs;
  }

  #note(watch: Watch, what: string): void {
    this.#scene.note(watch.member, 'I11', what);
  }
}
