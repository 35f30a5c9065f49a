/** At most so many unanswered dials at once; the others wait their turn. */
export class DialSlots {
  readonly #max: () => number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;
  #isHandingOn = false;

  /** The maximum may change with time; it must never be less than one. */
  constructor(max: () => number) {
    this.#max = max;
  }

  /**
   * Calls `go` now or later. What it is given, and what is returned, gives the place up, or the
   * wait; it may be called again.
   */
  take(go: (giveBack: () => void) => void): () => void {
    let isOver = false;
    let hasPlace = false;
    const turn = () => {
      hasPlace = true;
      this.#taken += 1;
      try {
        go(giveBack);
      } catch (error) {
        giveBack();
        throw error;
      }
    };
    const giveBack = () => {
      if (isOver) return;
      isOver = true;
      this.#waiting.delete(turn);
      if (!hasPlace) return;
      this.#taken -= 1;
      this.#handOn();
    };
    this.#waiting.add(turn);
    this.#handOn();
    return giveBack;
  }

  #handOn(): void {
    // Whoever is over in its own turn hands its place on in this very loop: thousands may wait.
    if (this.#isHandingOn) return;
    this.#isHandingOn = true;
    try {
      while (this.#taken < this.#max()) {
        const [next] = this.#waiting;
        if (!next) break;
        this.#waiting.delete(next);
        next();
      }
    } finally {
      this.#isHandingOn = false;
    }
  }
}
