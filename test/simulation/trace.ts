import { createHash } from 'node:crypto';

const TAIL_LINES = 40;

/** Everything that happened in a run: its hash says whether two runs were the same. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly #lines: string[] = [];

  add(atMs: number, who: string, what: string): void {
    const line = `${atMs} ${who} ${what}`;
    this.#hash.update(`${line}\n`);
    this.#lines.push(line);
  }

  get length(): number {
    return this.#lines.length;
  }

  tail(): string {
    const count = Number(process.env.SIM_TAIL ?? TAIL_LINES);
    return this.#lines.slice(-count).join('\n');
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }
}
