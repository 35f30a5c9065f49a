// The campaign of simulated clusters: `npm run sim`.
//
//   npm run sim                      1,000 seeds, as in the gate
//   npm run sim -- --seed 42         one seed, twice, with the hash of its trace; `--tail 200`
//   npm run sim -- --seeds 5..80     a range; `--count 500` for the first ones
//   npm run sim -- --nodes 20        clusters of that size
//   npm run sim -- --record          writes docs/figures
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { flag, range, readOptions, whole } from '../campaigns/support/options.mjs';
import { commit, report } from '../campaigns/support/report.mjs';
import { bundle } from './sim/bundle.mjs';
import { runSeeds } from './sim/workers.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const options = readOptions({
  seed: whole(undefined, { min: 0 }),
  seeds: range(undefined, { min: 0 }),
  count: whole(1_000),
  nodes: whole(undefined, { min: 3, max: 100 }),
  tail: whole(40),
  record: flag,
});
const FILE = '.tmp/sim/worker.mjs';
/** Enough to see whether they have one cause. */
const MAX_FAILURES = 3;
const SHRINK_RUNS = 150;
const GOAL_S = 180;
/** Of what each seed tells. */
const SUMMED = ['virtualMs', 'events', 'changes', 'calls', 'messages', 'asks', 'names', 'ends'];

const { nodes } = options;
const again = nodes === undefined ? '' : ` --nodes ${nodes}`;
mkdirSync('.tmp/sim', { recursive: true });
await bundle(FILE);
if (options.seed === undefined) await campaign(...(options.seeds ?? [1, options.count]));
else await replay(options.seed);

async function replay(seed) {
  const hashes = [];
  const seen = ({ hash, breach, text, trace, virtualMs, events }) => {
    hashes.push(hash);
    if (hashes.length > 1) return false;
    console.log((trace ?? []).slice(-options.tail).join('\n'));
    console.log(`\nseed ${seed}: ${virtualMs / 1_000} virtual s, ${events} events`);
    console.log(breach === null ? 'every promise was kept' : text);
    if (breach !== null) process.exitCode = 1;
    return true;
  };
  const task = { nodes, shrinkRuns: 0, tail: -1 };
  const once = { file: FILE, from: seed, to: seed, processes: 1, task, seen };
  await runSeeds(once);
  await runSeeds(once);
  console.log(`trace ${hashes[0]}\nagain ${hashes[1]}`);
  if (hashes[0] !== hashes[1]) process.exitCode = 1;
}

async function campaign(from, to) {
  const startedMs = performance.now();
  const failures = [];
  const sums = { seeds: 0, ...Object.fromEntries(SUMMED.map((name) => [name, 0])) };
  /** Seeds that were run, so that a campaign that was stopped can go on. */
  const done = new Set();
  let saidMs = startedMs;
  const seen = (result) => {
    sums.seeds += 1;
    done.add(result.seed);
    for (const name of SUMMED) sums[name] += result[name] ?? 0;
    if (result.breach !== null) {
      failures.push(result);
      const { seed, text } = result;
      console.log(`\nFAILED seed ${seed} of commit ${commit()}: ${text}`);
      console.log(`  replay: npm run sim -- --seed ${seed}${again}\n`);
    }
    if (performance.now() - saidMs > 5_000) {
      saidMs = performance.now();
      console.log(`${sums.seeds} of ${to - from + 1} seeds, ${rate(sums.seeds, startedMs)}`);
    }
    return failures.length < MAX_FAILURES;
  };
  process.once('SIGINT', () => {
    let next = from;
    while (done.has(next)) next += 1;
    console.log(`\nstopped; to go on: npm run sim -- --seeds ${next}..${to}${again}`);
    process.exit(130);
  });
  const task = { nodes, shrinkRuns: SHRINK_RUNS, tail: options.tail };
  await runSeeds({ file: FILE, from, to, processes: availableParallelism(), task, seen });
  tell(from, to, sums, failures, (performance.now() - startedMs) / 1_000);
}

function rate(seeds, sinceMs) {
  return `${(seeds / ((performance.now() - sinceMs) / 1_000)).toFixed(1)} a second`;
}

function tell(from, to, sums, failures, seconds) {
  // On a machine that does something else besides, the time says nothing.
  const isTimed = options.record && from === 1 && to === 1_000 && nodes === undefined;
  const broken = failures.map(({ seed, breach }) => `${breach.rule} (seed ${seed})`).join(', ');
  report({
    name: nodes === undefined ? 'simulation' : 'simulation-large',
    title: `Simulated clusters of ${nodes ?? '3 to 9'} nodes, each with its own faults`,
    seeds: `${from} to ${to}`,
    rows: [
      {
        what: 'seeds that broke a promise',
        goal: 'none',
        measured: failures.length === 0 ? 'none' : broken,
        ok: failures.length === 0,
      },
      {
        what: 'seeds run',
        goal: `${to - from + 1}`,
        measured: `${sums.seeds}`,
        ok: sums.seeds === to - from + 1,
      },
      {
        what: 'wall time',
        goal: isTimed ? `at most ${GOAL_S} s` : 'none set',
        measured: `${seconds.toFixed(0)} s`,
        ok: !isTimed || seconds <= GOAL_S,
      },
    ],
    notes: [
      `${(sums.seeds / seconds).toFixed(1)} seeds a second on ${availableParallelism()} cores; ` +
        `${(sums.virtualMs / 3_600_000).toFixed(1)} virtual hours; ` +
        `${(sums.events / 1e6).toFixed(1)} million events; ${sums.changes} times a user was told ` +
        `nodeUp or nodeDown; ${sums.calls} calls answered; ${sums.messages} messages to actors, ` +
        `${sums.asks} asks, spawns and stops settled; ${sums.names} names given, ${sums.ends} ends ` +
        'told by monitors.',
      'Ten virtual minutes a seed, one for the seed in fifty that beats ten times a second. One ' +
        'seed in ten has a secret, with real keys and an intruder; the others exchange cheap keys. ' +
        'In one of ten, nodes learn how long to wait from the rhythm of the beats (phi accrual).',
    ],
  });
}
