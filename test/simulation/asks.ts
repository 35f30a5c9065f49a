/** I8: whatever an actor's node was asked for is settled exactly once, and in time. */
import type { Life } from './life.ts';
import type { Scene } from './scene.ts';
import { node } from './troubles.ts';
import type { Watch } from './watch.ts';

/** One timer serves all time limits, and does not look more often than that; and a poll. */
const SLACK_MS = 11;

export interface OpenAsk {
  readonly watch: Watch;
  readonly life: Life;
  readonly what: string;
  readonly startedAtMs: number;
  /** Of each try. */
  readonly timeoutMs: number;
  readonly tries: number;
}

export class Asks {
  readonly #scene: Scene;
  readonly #open = new Set<OpenAsk>();
  #settled = 0;
  #earliestMs = Number.POSITIVE_INFINITY;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get settled(): number {
    return this.#settled;
  }

  /** Whether something may settle now by itself. */
  get isDue(): boolean {
    return this.#scene.now() >= this.#earliestMs;
  }

  begin(watch: Watch, life: Life, what: string, timeoutMs: number, tries = 1): OpenAsk {
    const open = { watch, life, what, startedAtMs: this.#scene.now(), timeoutMs, tries };
    this.#open.add(open);
    this.#earliestMs = Math.min(this.#earliestMs, open.startedAtMs + timeoutMs);
    return open;
  }

  end(open: OpenAsk): void {
    if (!this.#open.delete(open)) return;
    this.#settled += 1;
    if (this.#isLate(open)) this.#tooLate(open);
  }

  /** After promises have settled that could. */
  look(): void {
    this.#earliestMs = Number.POSITIVE_INFINITY;
    for (const open of this.#open) {
      const { watch, startedAtMs, timeoutMs } = open;
      // The process is no more, and whoever waited with it.
      if (this.#scene.watchOf(watch.member.index) !== watch) this.#open.delete(open);
      else if (open.life.isOver || this.#isLate(open)) this.#tooLate(open);
      else if (!watch.clock.frozen) {
        this.#earliestMs = Math.min(this.#earliestMs, startedAtMs + timeoutMs);
      }
    }
  }

  #isLate({ watch, startedAtMs, timeoutMs, tries }: OpenAsk): boolean {
    const now = this.#scene.now();
    const dueMs = startedAtMs + tries * (timeoutMs + SLACK_MS);
    if (watch.clock.frozen || now <= dueMs) return false;
    const whom = node(watch.member.index);
    return now > dueMs + this.#scene.troubles.within(whom, 'frozen', startedAtMs, now).lastedMs;
  }

  #tooLate({ watch, life, what, startedAtMs, timeoutMs }: OpenAsk): void {
    const afterMs = this.#scene.now() - startedAtMs;
    const when = life.isOver ? 'when its node has stopped' : `after ${afterMs} ms of ${timeoutMs}`;
    this.#scene.note(watch.member, 'I8', `${what} is not settled ${when}`);
  }
}
