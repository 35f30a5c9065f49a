/** Whether nodes that talk with each other come to the same view, or stay apart for ever. */
import { areTroubled, type Scene } from './scene.ts';
import type { Watch } from './watch.ts';

/** Beats after which a difference is none that is being settled. */
const BEATS = 6;

export class Agreement {
  readonly #scene: Scene;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** D14: two connected nodes do not keep different views. */
  look(): void {
    const { members } = this.#scene;
    const watches = members.flatMap(({ index }) => this.#scene.watchOf(index) ?? []);
    for (const watch of watches) {
      for (const word of watch.words.values()) {
        const other = this.#scene.watchOf(word.index);
        if (word.index <= watch.member.index || !word.isUp || !other) continue;
        if (this.#areApart(watch, other)) {
          const views = `${watch.tap.digest} and ${other.tap.digest}`;
          this.#scene.note(watch.member, 'D14', `keeps another view than ${word.id}: ${views}`);
        }
      }
    }
  }

  #areApart(watch: Watch, other: Watch): boolean {
    const { plan, now } = this.#scene;
    const sinceMs = now() - BEATS * plan.intervalMs - 500;
    if (watch.tap.digest === other.tap.digest) return false;
    if (watch.tap.digestSinceMs > sinceMs || other.tap.digestSinceMs > sinceMs) return false;
    const [word, back] = [wordOf(watch, other), wordOf(other, watch)];
    if (!word?.isUp || !back?.isUp || word.upAtMs > sinceMs || back.upAtMs > sinceMs) return false;
    // What was lost on the way is sent again, late.
    const [a, b] = [watch.member.index, other.member.index];
    return !areTroubled(this.#scene, a, b, sinceMs - 3.3 * plan.silenceLimitMs, now());
  }
}

function wordOf(watch: Watch, other: Watch) {
  return watch.words.get(other.member.node.id);
}
