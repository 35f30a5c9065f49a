/** What is promised about silence: from T to 1.1 T on an observer that is well, 3 T on a sick one. */
import { expect } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import type { Down, Journal } from '../support/journal.ts';
import { within } from './figures.ts';
import { LATEST_MS, ROUNDING_MS, T } from './networks.ts';

/** How much the node doubted itself when it told this. */
function scoreAt(journal: Journal, at: number): number {
  const scores = journal.all((entry) =>
    entry.type === 'event' && entry.event.type === 'health.changed' && entry.at <= at
      ? entry.event.score
      : undefined,
  );
  return scores.at(-1) ?? 0;
}

export interface Verdict {
  readonly observer: ChildNode;
  readonly down: Down;
}

/** Notes when observers that were well gave their verdicts, and checks those of the others. */
export function expectVerdicts(what: string, verdicts: readonly Verdict[]): void {
  const silences = (isWell: boolean) =>
    verdicts
      .filter(({ observer, down }) => (scoreAt(observer.journal, down.at) === 0) === isWell)
      .map(({ down }) => down.silenceMs ?? Number.NaN);
  for (const { down } of verdicts) expect(down.reason).toBe('heartbeat_timeout');
  for (const silenceMs of silences(false)) {
    expect(silenceMs).toBeGreaterThanOrEqual(T - ROUNDING_MS);
    expect(silenceMs).toBeLessThanOrEqual(3 * T);
  }
  const ofTheWell = silences(true);
  if (ofTheWell.length > 0) within(what, [T - ROUNDING_MS, LATEST_MS], ofTheWell);
}
