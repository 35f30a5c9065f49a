// Request and reply beside other stacks: a small object, both processes on one core.
//   node bench/peers/run.mjs [--rounds 5] [--ms 1000] [--unpinned] [--only nats] [--json file]
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flag, readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';
import { duels, rowsOf, short } from '../support/rounds.mjs';
import { install, natsServer, problemOf, versionOf } from './packages.mjs';

const values = readOptions({
  rounds: whole(5, { max: 100 }),
  ms: whole(1_000, { min: 50, max: 60_000 }),
  unpinned: flag,
  /** Of the peers whose name begins so. */
  only: text('', 'the beginning of a name', () => true),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});

/** Our rate with 64 in flight, for each of theirs. */
const GOAL = 5;
const METRICS = ['one p50 us', 'x1 asks/s', 'x64 asks/s', 'x256 asks/s'];
const PHASES = ['one', '1', '64', '256'];
const file = (name) => fileURLToPath(new URL(name, import.meta.url));

const ours = file('../messaging/chartmesh.mjs');
const OURS = [
  { name: 'chartmesh', file: ours, target: 'handler' },
  { name: 'chartmesh, secret', file: ours, target: 'handler', secret: true },
  { name: 'chartmesh, machine', file: ours, target: 'machine' },
];
const PEERS = [
  { name: 'moleculer', packages: ['moleculer'] },
  { name: 'nats', packages: ['nats'], server: natsServer },
  { name: 'grpc', packages: ['@grpc/grpc-js', '@grpc/proto-loader'] },
  { name: 'zeromq', packages: ['zeromq'] },
].filter(({ name }) => name.startsWith(values.only));

const problem = install();
if (problem !== null) console.log(`npm install: ${problem}`);
const peers = PEERS.map((peer) => ({ ...peer, skipped: skipped(peer) }));
for (const { name, skipped } of peers) if (skipped) console.log(`${name}: skipped: ${skipped}`);
const present = peers.filter((peer) => peer.skipped === null);

function skipped({ packages, server }) {
  const missing = packages.map(problemOf).find((problem) => problem !== null);
  if (missing) return missing;
  return server && server() === null ? 'nats-server is not installed' : null;
}

const { rounds, ms, unpinned, json } = values;
const found = duels(
  [...OURS, ...present.map(({ name }) => ({ name, file: file(`${name}.mjs`) }))],
  { rounds, isPinned: !unpinned, ms, payloads: ['small'], phases: PHASES },
);
const rows = rowsOf(found, ['small'], 'chartmesh');

/** How often theirs goes into ours: of a rate it is ours by theirs, of a time theirs by ours. */
const gain = (metric, ratio) => (metric.endsWith('/s') ? 1 / ratio : ratio);

console.table(
  Object.fromEntries(
    rows.map(({ variant, medians, ratios }) => [
      variant,
      Object.fromEntries(
        METRICS.map((metric) => [
          metric,
          `${short(medians[metric])} (${gain(metric, ratios[metric]).toFixed(1)} x)`,
        ]),
      ),
    ]),
  ),
);

const goals = present.map(({ name }) => {
  const { ratios } = rows.find(({ variant }) => variant === name);
  const measured = gain('x64 asks/s', ratios['x64 asks/s']);
  return { peer: name, goal: GOAL, measured, ok: measured >= GOAL };
});
for (const { peer, measured, ok } of goals) {
  console.log(
    `${ok ? 'ok' : 'MISSED'}: 64 in flight, ${measured.toFixed(1)} x ${peer}, goal ${GOAL} x`,
  );
}
if (goals.some(({ ok }) => !ok)) process.exitCode = 1;

const versions = present.flatMap(({ packages, server }) => [
  ...packages.map(versionOf),
  ...(server ? [server()] : []),
]);
const results = {
  machine: machine(),
  versions,
  skipped: Object.fromEntries(peers.flatMap((p) => (p.skipped ? [[p.name, p.skipped]] : []))),
  pinned: !unpinned,
  rounds,
  ms,
  goals,
  rows: rows.map(({ payload, variant, medians, ratios, spreads }) => ({
    ...{ payload, variant },
    ...Object.fromEntries(
      Object.entries({ medians, ratios, spreads }).map(([name, of]) => [name, chosen(of)]),
    ),
  })),
};
console.log(versions.join(', '));
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(JSON.stringify(results));

/** The processor time of a server in between is not known: no costs are told. */
function chosen(of) {
  return Object.fromEntries(METRICS.map((metric) => [metric, of[metric]]));
}
