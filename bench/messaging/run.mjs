// Messages between two processes, each variant in turn, round after round: the raw line beside ours.
//   node bench/messaging/run.mjs [--rounds 5] [--ms 1000] [--unpinned] [--only handler] [--json file]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { certificates } from '../../campaigns/support/certificates.mjs';
import { flag, readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';
import { duels, rowsOf, short } from '../support/rounds.mjs';

const values = readOptions({
  rounds: whole(5, { max: 100 }),
  ms: whole(1_000, { min: 50, max: 60_000 }),
  unpinned: flag,
  /** Of the variants whose name begins so. */
  only: text('', 'the beginning of a name', () => true),
  payloads: text('small,1k,64k', 'names with commas', () => true),
  phases: text('one,64,256,sends', 'names with commas', () => true),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});

const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const ours = { file: file('chartmesh.mjs') };
const VARIANTS = [
  { name: 'raw', file: file('raw.mjs') },
  { name: 'handler', ...ours, target: 'handler' },
  { name: 'handler, secret', ...ours, target: 'handler', secret: true },
  { name: 'handler, TLS', ...ours, target: 'handler', tls: certificates() },
  { name: 'fromTransition', ...ours, target: 'transition' },
  { name: 'machine', ...ours, target: 'machine' },
].filter(({ name }) => name === 'raw' || name.startsWith(values.only));

const { rounds, ms, unpinned, json } = values;
const payloads = values.payloads.split(',');
const phases = values.phases.split(',');
const found = duels(VARIANTS, { rounds, isPinned: !unpinned, ms, payloads, phases });
const rows = rowsOf(found, payloads, 'raw');

console.table(
  rows.map(({ payload, variant, medians, ratios }) => ({
    payload,
    variant,
    ...Object.fromEntries(
      Object.entries(medians).map(([metric, value]) => [
        metric,
        `${short(value)} (${ratios[metric].toFixed(2)})`,
      ]),
    ),
  })),
);

const results = { machine: machine(), pinned: !unpinned, rounds, ms, rows };
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(JSON.stringify(results));
