// What an idle actor costs, and whether starting and stopping one stays as quick beside many others.
//   node bench/messaging/idle.mjs [--rounds 3] [--json file]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';
import { median, short } from '../support/rounds.mjs';

const { rounds, json } = readOptions({
  rounds: whole(3, { max: 100 }),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});

/** Of an idle machine actor, on the heap. */
const GOAL_BYTES = 4_096;
/** Of the time for each of many to that for each of few: more is growth, less is noise. */
const GOAL_GROWTH = 1.5;
const FEW = 10_000;
const MANY = 100_000;
const NODE = fileURLToPath(new URL('idle-node.mjs', import.meta.url));

const CASES = [
  { logic: 'machine', count: FEW },
  { logic: 'machine', count: MANY },
  { logic: 'machine with a timer', count: FEW },
  { logic: 'machine with a timer', count: MANY },
  { logic: 'fromTransition', count: MANY },
  { logic: 'handler', count: MANY },
];

const found = CASES.map(() => []);
for (let round = 0; round < rounds; round += 1) {
  for (const [at, which] of CASES.entries()) found[at].push(measure(which));
}
const rows = CASES.map((which, at) => ({ ...which, ...medians(found[at]) }));

function measure(which) {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--expose-gc', NODE, JSON.stringify(which)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  if (status !== 0) throw new Error(`${which.count} times ${which.logic} ended with ${status}`);
  return JSON.parse(stdout.toString());
}

function medians(results) {
  return Object.fromEntries(
    Object.keys(results[0]).map((name) => [name, median(results.map((result) => result[name]))]),
  );
}

console.table(
  rows.map(({ logic, count, heapBytes, refBytes, rssBytes, spawnUs, stopUs }) => ({
    logic,
    count,
    'heap bytes each': heapBytes,
    'of them its Ref': refBytes,
    'RSS bytes each': rssBytes,
    'spawn us each': short(spawnUs),
    'stop us each': short(stopUs),
  })),
);

const of = (logic, count) => rows.find((row) => row.logic === logic && row.count === count);
const goals = [
  goal('heap bytes of an idle machine', GOAL_BYTES, of('machine', MANY).heapBytes),
  ...['machine', 'machine with a timer'].flatMap((logic) =>
    ['spawnUs', 'stopUs'].map((name) =>
      goal(
        `${logic}: ${name} at ${MANY} by that at ${FEW}`,
        GOAL_GROWTH,
        of(logic, MANY)[name] / of(logic, FEW)[name],
      ),
    ),
  ),
];

function goal(what, limit, measured) {
  return { what, goal: limit, measured, ok: measured <= limit };
}

for (const { what, goal: limit, measured, ok } of goals) {
  console.log(`${ok ? 'ok' : 'MISSED'}: ${what}: ${short(measured)}, at most ${short(limit)}`);
}
if (goals.some(({ ok }) => !ok)) process.exitCode = 1;

const results = { machine: machine(), rounds, goals, rows };
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(JSON.stringify(results));
