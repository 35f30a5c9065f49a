/** What the simulation has done to the nodes, and when: the excuses for what they report. */
interface Spell {
  readonly fromMs: number;
  toMs: number;
}

export class Troubles {
  readonly #spells = new Map<string, Spell[]>();

  begin(whom: string, atMs: number): void {
    const spells = this.#spells.get(whom) ?? [];
    this.#spells.set(whom, spells);
    const open = spells.at(-1);
    if (open?.toMs !== Number.POSITIVE_INFINITY) {
      spells.push({ fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
    }
  }

  end(whom: string, atMs: number): void {
    const open = this.#spells.get(whom)?.at(-1);
    if (open?.toMs === Number.POSITIVE_INFINITY) open.toMs = atMs;
  }

  /** Whether there was any trouble in that time. */
  touched(whom: string, fromMs: number, toMs: number): boolean {
    return (this.#spells.get(whom) ?? []).some(
      (spell) => spell.fromMs <= toMs && spell.toMs >= fromMs,
    );
  }

  /** How much of that time it lasted, and in how many pieces. */
  within(whom: string, fromMs: number, toMs: number): { lastedMs: number; count: number } {
    let lastedMs = 0;
    let count = 0;
    for (const spell of this.#spells.get(whom) ?? []) {
      const overlapMs = Math.min(spell.toMs, toMs) - Math.max(spell.fromMs, fromMs);
      if (overlapMs < 0) continue;
      lastedMs += overlapMs;
      count += 1;
    }
    return { lastedMs, count };
  }
}

export function pair(a: number, b: number): string {
  return `${Math.min(a, b)}-${Math.max(a, b)}`;
}
