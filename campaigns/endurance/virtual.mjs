// Days of small clusters on a virtual clock, with a fault now and then; nothing may pile up:
//   node campaigns/endurance/virtual.mjs [--seeds 1..100] [--hours 24] [--record]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { atMost, exactly, unjudged } from '../support/goals.mjs';
import { flag, range, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';
import { lastShare, slope } from '../support/slope.mjs';

const values = readOptions({
  seeds: range('1..100'),
  hours: whole(24, { max: 10_000 }),
  record: flag,
});
const WORKER = new URL('day-worker.mjs', import.meta.url);
const { hours } = values;
const [first, last] = values.seeds;
const JUDGED_SHARE = 0.8;
const MAX_GROWTH_PERCENT = 1;
/** In fewer hours the compiler's own growth cannot be told from a leak. */
const MIN_HOURS = 12;
const MAX_GROWTH_MIB = 4;

const startedAt = performance.now();
const queue = Array.from({ length: last - first + 1 }, (_, index) => first + index);
const seeds = queue.length;
const days = [];
const failures = [];
await Promise.all(Array.from({ length: Math.min(availableParallelism(), seeds) }, work));
const minutes = (performance.now() - startedAt) / 60_000;
const rests = days.flatMap(({ seed, size, rests }) =>
  rests.map((rest) => ({ seed, size, ...rest })),
);
const apart = rests.filter(({ disagreement }) => disagreement !== null);
const bulky = rests.filter(({ size, timers, links, known }) => {
  const others = size - 1;
  return timers > 1 || links !== others || known !== others;
});
const littered = days.filter(({ left }) => left.length > 0);

report({
  name: 'endurance-virtual',
  title: 'Days of small clusters, with a fault now and then',
  seeds: `${first}..${last}`,
  rows: [
    exactly('virtual hours', seeds * hours, rests.length),
    exactly('days that broke off', 0, failures.length),
    exactly('rests at which two nodes did not see each other', 0, apart.length),
    exactly(
      'rests with other than one timer, and a link and an entry per other node',
      0,
      bulky.length,
    ),
    heapRow(),
    exactly('days after which something was left of a stopped node', 0, littered.length),
    unjudged('time', minutes, 'min'),
  ],
  notes: [
    `Three to five nodes with the default intervals; ${faultsInAll()}. Every hour ends with three
    minutes without faults, after which is looked.`.replace(/\s+/g, ' '),
    ...[
      ...failures.map(({ seed, failure }) => `seed ${seed}: ${failure}`),
      ...apart.map(({ seed, hour, disagreement }) => `seed ${seed}, hour ${hour}: ${disagreement}`),
      ...bulky.map(({ disagreement, ...rest }) => JSON.stringify(rest)),
      ...littered.map(({ seed, left }) => `seed ${seed}: ${left.join('; ')}`),
    ].slice(0, 10),
  ],
});

async function work() {
  const worker = fork(WORKER, {
    execArgv: ['--expose-gc'],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  for (let seed = queue.shift(); seed !== undefined; seed = queue.shift()) {
    const answer = once(worker, 'message');
    const exit = once(worker, 'exit').then(([code]) => [{ seed, failure: `exit ${code}` }]);
    worker.send({ seed, hours });
    const [said] = await Promise.race([answer, exit]);
    if (said.day) days.push(said.day);
    else failures.push(said);
    if (seeds > 1) console.log(`seed ${seed}: ${said.failure ?? 'done'}; ${queue.length} to come`);
  }
  if (worker.connected) worker.disconnect();
}

/** The day with the steepest heap counts. */
function heapRow() {
  if (hours < MIN_HOURS) {
    const growths = days.map(({ rests }) => rests.at(-1).heapBytes - rests[0].heapBytes);
    return atMost(
      'growth of the heap since the first rest',
      MAX_GROWTH_MIB,
      Math.max(...growths) / 2 ** 20,
      'MiB',
    );
  }
  const percents = days.map(({ rests }) => {
    const judged = lastShare(rests, JUDGED_SHARE).map(({ hour, heapBytes }) => ({
      x: hour,
      y: heapBytes,
    }));
    return (slope(judged) / judged[0].y) * 100;
  });
  return atMost(
    'growth of the heap per hour on the worst day',
    MAX_GROWTH_PERCENT,
    Math.max(...percents),
    '%',
  );
}

function faultsInAll() {
  const sums = {};
  for (const { faults } of days) {
    for (const [kind, n] of Object.entries(faults)) sums[kind] = (sums[kind] ?? 0) + n;
  }
  return Object.entries(sums)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');
}
