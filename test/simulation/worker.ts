/** Runs seeds for `scripts/sim.mjs`, in a process of its own. */
import { planOf } from './plan.ts';
import { simulate } from './run.ts';
import { described, shrink } from './shrink.ts';

interface Task {
  readonly from: number;
  readonly to: number;
  readonly nodes: number | undefined;
  /** How many runs a failure may take to be made small; 0: it is not. */
  readonly shrinkRuns: number;
  /** Lines of the trace that are told of a failure. */
  readonly tail: number;
}

process.on('message', (task: Task) => {
  run(task).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});

async function run({ from, to, nodes, shrinkRuns, tail }: Task): Promise<void> {
  for (let seed = from; seed <= to; seed += 1) {
    const plan = planOf(seed, { nodes });
    const outcome = await simulate(plan);
    const { trace, ...told } = outcome;
    const failure = outcome.breach === null ? null : { plan, outcome };
    const small = failure && shrinkRuns > 0 ? await shrink(failure, shrinkRuns) : failure;
    const text = small && described(small, tail);
    process.send?.({ seed, ...told, text, trace: tail < 0 ? trace : null });
  }
  process.send?.({ isIdle: true });
}
