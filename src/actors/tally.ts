/**
 * How many messages to actors went over a line, each way. What a link that was given up had taken
 * charge of is gone without a word; when the next one takes its place, both ends compare. Answers and
 * cancellations keep no order, and could come before a count that leaves them out: they are not
 * counted.
 */
export class Tally {
  #sent = 0;
  #received = 0;
  #hasMoved = false;

  get sent(): number {
    return this.#sent;
  }

  send(): void {
    this.#sent += 1;
  }

  receive(): void {
    this.#received += 1;
  }

  get hasMoved(): boolean {
    return this.#hasMoved;
  }

  /** The line goes over another link. */
  move(): void {
    this.#hasMoved = true;
  }

  /** The other side has sent so many: how many of them never came. */
  missing(sent: number): number {
    const missing = sent - this.#received;
    this.#received = sent;
    // For whoever had taken the node for lost the line began with this link, and there is no gap.
    return this.#hasMoved ? Math.max(0, missing) : 0;
  }
}
