/** Cuts a plan that fails down to what it takes to fail in the same way. */
import type { Plan } from './plan.ts';
import { type Outcome, simulate } from './run.ts';

export interface Failure {
  readonly plan: Plan;
  readonly outcome: Outcome;
}

/** The smallest plan found within so many runs. */
export async function shrink(failure: Failure, maxRuns: number): Promise<Failure> {
  const rule = failure.outcome.breach?.rule;
  let best = failure;
  let left = maxRuns;
  const isBetter = async (plan: Plan) => {
    if (left === 0) return false;
    left -= 1;
    const outcome = await simulate(plan);
    if (outcome.breach?.rule !== rule) return false;
    best = { plan, outcome };
    return true;
  };
  await isBetter({ ...best.plan, traffic: null });
  // Halves first, then quarters, and in the end one fault after the other.
  for (let size = best.plan.faults.length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.plan.faults.length && left > 0; ) {
      const faults = best.plan.faults.filter((_, index) => index < at || index >= at + size);
      if (!(await isBetter({ ...best.plan, faults }))) at += size;
    }
  }
  for (let node = best.plan.nodes - 1; node >= 0; node -= 1) {
    await isBetter({ ...best.plan, absent: [...(best.plan.absent ?? []), node] });
  }
  return best;
}

/** Everything somebody needs who wants to understand it. */
export function described({ plan, outcome }: Failure, tail: number): string {
  const { breach, trace } = outcome;
  const { faults, absent = [], joinsMs, ...rest } = plan;
  const joins = joinsMs
    .map((atMs, node) => ({ atMs, what: `boot n${node}` }))
    .filter((_, node) => !absent.includes(node));
  const steps = faults.flat().map(({ atMs, ...what }) => ({ atMs, what: JSON.stringify(what) }));
  const done = [...joins, ...steps].sort((a, b) => a.atMs - b.atMs);
  return [
    `${breach?.rule} broken at ${breach?.atMs} ms by ${breach?.who}: ${breach?.what}`,
    `  cluster: ${JSON.stringify(rest)}`,
    `  what it takes (${done.length} steps):`,
    ...done.map(({ atMs, what }) => `    ${atMs.toFixed(1)} ms  ${what}`),
    `  the trace ends:`,
    ...trace.slice(-tail).map((line) => `    ${line}`),
  ].join('\n');
}
