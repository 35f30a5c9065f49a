/** At most so many unanswered dials at once; the others wait their turn. */
export class DialSlots {
  readonly #max: () => number;
  readonly #waiting = new Set<() => void>();
  #taken = 0;

  /** The maximum may change with time; a place is handed on only while there is one. */
  constructor(max: () => number) {
    this.#max = max;
  }

  /** Calls `go` now or later; the returned function gives the place up, or the wait. */
  take(go: () => void): () => void {
    if (this.#taken >= this.#max()) {
      let giveBack = () => {
        this.#waiting.delete(turn);
      };
      const turn = () => {
        giveBack = this.#occupy();
        go();
      };
      this.#waiting.add(turn);
      return () => giveBack();
    }
    const giveBack = this.#occupy();
    go();
    return giveBack;
  }

  #occupy(): () => void {
    this.#taken += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#taken -= 1;
      this.#handOn();
    };
  }

  #handOn(): void {
    // One that is over in its own turn hands its place on itself.
    while (this.#taken < this.#max()) {
      const [next] = this.#waiting;
      if (!next) return;
      this.#waiting.delete(next);
      next();
    }
  }
}
