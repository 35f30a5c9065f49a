/** What the simulation has done to whom, and when: the excuses for what nodes report. */
interface Spell {
  readonly cause: string;
  readonly fromMs: number;
  toMs: number;
}

export interface Share {
  readonly lastedMs: number;
  readonly longestMs: number;
  readonly count: number;
}

export class Troubles {
  readonly #spells = new Map<string, Spell[]>();

  begin(whom: string, cause: string, atMs: number): void {
    if (this.since(whom, cause) !== null) return;
    const spells = this.#spells.get(whom) ?? [];
    this.#spells.set(whom, spells);
    spells.push({ cause, fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
  }

  end(whom: string, cause: string, atMs: number): void {
    for (const spell of this.#spells.get(whom) ?? []) {
      if (spell.cause === cause && spell.toMs === Number.POSITIVE_INFINITY) spell.toMs = atMs;
    }
  }

  /** At one moment only. */
  touch(whom: string, cause: string, atMs: number): void {
    this.begin(whom, cause, atMs);
    this.end(whom, cause, atMs);
  }

  endAll(atMs: number): void {
    for (const spells of this.#spells.values()) {
      for (const spell of spells) spell.toMs = Math.min(spell.toMs, atMs);
    }
  }

  /** When the trouble began that goes on; null when there is none. */
  since(whom: string, cause: string): number | null {
    const isOpen = ({ cause: known, toMs }: Spell) =>
      known === cause && toMs === Number.POSITIVE_INFINITY;
    return this.#spells.get(whom)?.find(isOpen)?.fromMs ?? null;
  }

  /** Whether there was any trouble in that time, but for that of one kind. */
  touched(whom: string, fromMs: number, toMs: number, except?: string): boolean {
    const spells = this.#spells.get(whom);
    if (!spells) return false;
    return spells.some(
      (spell) =>
        spell.fromMs <= toMs &&
        spell.toMs >= fromMs &&
        (except === undefined || !spell.cause.startsWith(except)),
    );
  }

  /** How much of that time it lasted, and in how many pieces. */
  within(whom: string, cause: string, fromMs: number, toMs: number): Share {
    let lastedMs = 0;
    let longestMs = 0;
    let count = 0;
    for (const spell of this.#spells.get(whom) ?? []) {
      if (spell.cause !== cause) continue;
      const overlapMs = Math.min(spell.toMs, toMs) - Math.max(spell.fromMs, fromMs);
      if (overlapMs < 0) continue;
      lastedMs += overlapMs;
      longestMs = Math.max(longestMs, overlapMs);
      count += 1;
    }
    return { lastedMs, longestMs, count };
  }
}

/** Both directions between two nodes. */
export function pair(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}

export function node(index: number): string {
  return `${index}`;
}
