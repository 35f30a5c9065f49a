/**
 * Nodes known by hearsay, on their way to a chart and a dial of their own: some at a time, so
 * that a long list, honest or not, never occupies a whole turn.
 */
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';

/** As many as may be dialled at once; a chart for more would only wait. */
const PER_TURN = 8;

export class Introductions {
  readonly #clock: Clock;
  readonly #introduce: (id: NodeId, isUrgent: boolean) => void;
  readonly #waiting = new Map<NodeId, boolean>();
  #isPlanned = false;

  constructor(clock: Clock, introduce: (id: NodeId, isUrgent: boolean) => void) {
    this.#clock = clock;
    this.#introduce = introduce;
  }

  add(id: NodeId, isUrgent: boolean): void {
    this.#waiting.set(id, isUrgent || this.#waiting.get(id) === true);
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    this.#clock.endOfTurn(() => this.#run());
  }

  /** Whoever is still waiting is forgotten. */
  clear(): void {
    this.#waiting.clear();
  }

  #run(): void {
    let left = PER_TURN;
    for (const [id, isUrgent] of this.#waiting) {
      if (left === 0) break;
      left -= 1;
      this.#waiting.delete(id);
      this.#introduce(id, isUrgent);
    }
    this.#isPlanned = this.#waiting.size > 0;
    if (this.#isPlanned) this.#clock.afterPoll(() => this.#run());
  }
}
