/**
 * How many messages went over a line, each way. What a link that was given up had taken charge of is
 * gone without a word; when the next one takes its place, both ends compare.
 */
export class Tally {
  #sent = 0;
  #received = 0;

  get sent(): number {
    return this.#sent;
  }

  send(): void {
    this.#sent += 1;
  }

  receive(): void {
    this.#received += 1;
  }

  /** The other side has sent so many: how many of them never came. */
  missing(sent: number): number {
    // Fewer than have come: whatever that is, nothing is missing.
    const missing = Math.max(0, sent - this.#received);
    this.#received += missing;
    return missing;
  }
}
