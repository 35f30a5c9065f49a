/** What is promised about silence: from T to 1.1 T on an observer that is well, 3 T on a sick one. */
import { expect } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import type { Down } from '../support/journal.ts';
import { remark, within } from './figures.ts';
import { LATEST_MS, ROUNDING_MS, T } from './networks.ts';

/** Whether the observer trusted itself, and did not stand still itself while it listened. */
function isWell({ observer: { journal }, down: { at, silenceMs } }: Verdict): boolean {
  const heardAt = at - (silenceMs ?? 0);
  const scores = journal.all((entry) =>
    entry.type === 'event' && entry.event.type === 'health.changed' && entry.at <= at
      ? entry.event.score
      : undefined,
  );
  const lates = journal.all((entry) =>
    entry.type === 'event' && entry.event.type === 'timer.late' ? entry.at : undefined,
  );
  return (scores.at(-1) ?? 0) === 0 && !lates.some((late) => late >= heardAt && late <= at);
}

export interface Verdict {
  readonly observer: ChildNode;
  readonly down: Down;
}

/** Notes when observers that were well gave their verdicts, and checks those of the others. */
export function expectVerdicts(what: string, verdicts: readonly Verdict[]): void {
  const silences = (ofTheWell: boolean) =>
    verdicts
      .filter((verdict) => isWell(verdict) === ofTheWell)
      .map(({ down }) => down.silenceMs ?? Number.NaN);
  for (const { down } of verdicts) expect(down.reason).toBe('heartbeat_timeout');
  for (const silenceMs of silences(false)) {
    expect(silenceMs).toBeGreaterThanOrEqual(T - ROUNDING_MS);
    expect(silenceMs).toBeLessThanOrEqual(3 * T);
  }
  const ofTheWell = silences(true);
  if (ofTheWell.length > 0) within(what, [T - ROUNDING_MS, LATEST_MS], ofTheWell);
  else remark(`${what}: not measured, no observer was well.`);
}
