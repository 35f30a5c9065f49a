import { createHash } from 'node:crypto';

/** What happened, and when: a line each. Its hash covers lines that are no longer kept, too. */
export class Trace {
  readonly #maxLines: number;
  readonly #hash = createHash('sha256');
  #lines: string[] = [];
  #length = 0;

  constructor(maxLines: number) {
    this.#maxLines = maxLines;
  }

  add(atMs: number, who: string, what: string): void {
    const line = `${atMs} ${who} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
    this.#length += 1;
    if (this.#lines.length > 2 * this.#maxLines) this.#lines = this.#lines.slice(-this.#maxLines);
  }

  /** Lines so far, those not kept included. */
  get length(): number {
    return this.#length;
  }

  /** The latest of the lines. */
  tail(count: number): readonly string[] {
    return this.#lines.slice(-Math.min(count, this.#maxLines));
  }

  /** Changes with every line, and with every word that is given here. */
  hash(extra: string): string {
    return this.#hash.copy().update(extra).digest('hex');
  }
}
