// Messages between two processes, each variant in turn, round after round: the raw line beside ours.
//   node bench/messaging/run.mjs [--rounds 5] [--ms 1000] [--unpinned] [--only handler] [--json file]
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { certificates } from '../../campaigns/support/certificates.mjs';
import { flag, readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';

const values = readOptions({
  rounds: whole(5, { max: 100 }),
  ms: whole(1_000, { min: 50, max: 60_000 }),
  unpinned: flag,
  /** Of the variants whose name begins so. */
  only: text('', 'the beginning of a name', () => true),
  payloads: text('small', 'names with commas', () => true),
  phases: text('one,64,256,sends', 'names with commas', () => true),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});

const VARIANTS = [
  { name: 'raw', script: 'raw.mjs' },
  { name: 'handler', script: 'chartmesh.mjs', target: 'handler' },
  { name: 'handler, secret', script: 'chartmesh.mjs', target: 'handler', secret: true },
  { name: 'handler, TLS', script: 'chartmesh.mjs', target: 'handler', tls: certificates() },
  { name: 'fromTransition', script: 'chartmesh.mjs', target: 'transition' },
  { name: 'machine', script: 'chartmesh.mjs', target: 'machine' },
].filter(({ name }) => name === 'raw' || name.startsWith(values.only));

const shared = {
  ms: values.ms,
  payloads: values.payloads.split(','),
  phases: values.phases.split(','),
  ...(values.unpinned ? {} : { pin: 0 }),
};

const rounds = new Map(VARIANTS.map(({ name }) => [name, []]));
for (let round = 0; round < values.rounds; round += 1) {
  for (const { name, script, ...options } of VARIANTS) {
    const file = fileURLToPath(new URL(script, import.meta.url));
    const request = JSON.stringify({ role: 'client', options: { ...shared, ...options } });
    const { stdout, status } = spawnSync(process.execPath, [file, request], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (status !== 0) throw new Error(`${name} ended with ${status}`);
    rounds.get(name).push(JSON.parse(stdout.toString()));
  }
}

const METRICS = {
  'one p50 us': (result) => result.one?.p50Us,
  'one p99 us': (result) => result.one?.p99Us,
  'x64 asks/s': (result) => result.x64?.perSecond,
  'x64 cpu s/M': (result) => result.x64?.cpuPerMillion,
  'x256 asks/s': (result) => result.x256?.perSecond,
  'x256 cpu s/M': (result) => result.x256?.cpuPerMillion,
  'sends/s': (result) => result.sends?.perSecond,
  'sends cpu s/M': (result) => result.sends?.cpuPerMillion,
};

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const rows = [];
for (const payload of shared.payloads) {
  const raw = medians('raw', payload);
  for (const { name } of VARIANTS) {
    const own = medians(name, payload);
    const ratios = Object.fromEntries(
      Object.keys(own).map((metric) => [metric, own[metric] / raw[metric]]),
    );
    rows.push({ payload, variant: name, medians: own, ratios });
  }
}

function medians(name, payload) {
  const found = {};
  for (const [metric, read] of Object.entries(METRICS)) {
    const numbers = rounds.get(name).map((round) => read(round[payload]));
    if (numbers.every((number) => number !== undefined)) found[metric] = median(numbers);
  }
  return found;
}

const short = (value) =>
  value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
console.table(
  rows.map(({ payload, variant, medians: own, ratios }) => ({
    payload,
    variant,
    ...Object.fromEntries(
      Object.entries(own).map(([metric, value]) => [
        metric,
        `${short(value)} (${ratios[metric].toFixed(2)})`,
      ]),
    ),
  })),
);

const { rounds: count, ms, unpinned } = values;
const results = { machine: machine(), pinned: !unpinned, rounds: count, ms, rows };
if (values.json) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(JSON.stringify(results));
