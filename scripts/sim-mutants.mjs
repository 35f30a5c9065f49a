// Does the simulation find faults at all? `npm run sim:mutants` plants one known mistake after the
// other into a copy of the program, and runs the campaign's seeds until one of them fails.
//
//   npm run sim:mutants                      all of them, up to 2,000 seeds each
//   npm run sim:mutants -- --only D10        those whose name has this in it
//   npm run sim:mutants -- --count 100       fewer seeds
//   npm run sim:mutants -- --check           only whether each still fits the source
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { flag, readOptions, text, whole } from '../campaigns/support/options.mjs';
import { report } from '../campaigns/support/report.mjs';
import { bundle, check } from './sim/bundle.mjs';
import { MUTANTS } from './sim/mutants.mjs';
import { runSeeds } from './sim/workers.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const options = readOptions({
  only: text(undefined, 'part of the name of a mistake that is known', (part) =>
    MUTANTS.some(({ name }) => name.includes(part)),
  ),
  count: whole(2_000),
  check: flag,
  record: flag,
});
const { count } = options;
const wanted = MUTANTS.filter(({ name }) => name.includes(options.only ?? ''));
/** A mistake may make a node spin. */
const HANG_MS = 120_000;

// Before anything runs: a source that has changed is known at once.
for (const { edits } of MUTANTS) check(edits);
if (options.check) process.exit();
mkdirSync('.tmp/mutants', { recursive: true });
const found = new Map();
const queue = wanted.map((mutant, number) => ({ ...mutant, number }));
await Promise.all(Array.from({ length: availableParallelism() }, work));
tell();

async function work() {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const { name, edits, number } = mutant;
    const file = `.tmp/mutants/${number}.mjs`;
    await bundle(file, edits);
    await runSeeds({
      file,
      from: 1,
      to: count,
      processes: 1,
      hangMs: HANG_MS,
      task: { nodes: undefined, shrinkRuns: 0, tail: 0 },
      seen: ({ seed, breach }) => {
        if (breach === null) return true;
        found.set(name, { seed, breach });
        return false;
      },
    });
    console.log(`${name}: ${said(found.get(name)).slice(0, 160)}`);
  }
}

/** An edit that does not fit breaks the program, not a rule of it. */
function isMisplanted({ breach }) {
  return /\b(TypeError|ReferenceError|SyntaxError)\b/.test(breach.what);
}

function said(how) {
  if (how === undefined) return 'NOT FOUND';
  const what = `${how.breach.rule} at seed ${how.seed}: ${how.breach.what}`;
  return isMisplanted(how) ? `NOT A PLANTED MISTAKE, ${what}` : what;
}

function tell() {
  report({
    name: 'simulation-mutants',
    title: 'Known mistakes, planted one by one, and the first seed that notices',
    seeds: `1 to ${count}, until one fails`,
    rows: wanted.map(({ name }) => {
      const how = found.get(name);
      const isPlanted = how !== undefined && !isMisplanted(how);
      const place = how ? `${how.breach.rule}, seed ${how.seed}` : 'not found';
      const measured = how && !isPlanted ? `not a planted mistake (${place})` : place;
      return { what: name, goal: `found within ${count} seeds`, measured, ok: isPlanted };
    }),
    notes: [
      'Each is named with the promise that it broke first.',
      'A program that ends by a TypeError, a ReferenceError or a SyntaxError is not found: the ' +
        'mistake is planted wrongly.',
    ],
  });
}
