// What TLS adds to joining a cluster: two processes, one of which starts, meets the other, and stops.
// --count=200 rounds of each kind, in turns, so that a busy moment hits all alike.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestCluster } from '../../dist/testing/index.js';
import { certificates } from '../support/certificates.mjs';
import { flag, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';

const values = readOptions({
  count: whole(200),
  record: flag,
});
const TURNS = 4;
const WARM_UP = 10;
const count = Math.ceil(values.count / TURNS);
const JOINER = fileURLToPath(new URL('joiner.mjs', import.meta.url));
/** More than this and TLS would be felt: a restart of a service takes a hundred times as long. */
const MAX_MORE_MS = 15;

const clusterSecret = 'a secret of the campaign that is long enough';
const KINDS = [
  { name: 'plain TCP and a secret', options: { clusterSecret } },
  { name: 'tls: true and a secret', options: { clusterSecret, tls: true } },
  { name: 'mutual TLS and a secret', options: { clusterSecret, tls: certificates() } },
];

async function joins(options) {
  const common = { host: '127.0.0.1', port: 0, ...options };
  const cluster = createTestCluster();
  await cluster.start({ nodeName: 'first', ...common });
  const child = fork(JOINER, { stdio: 'inherit' });
  const seeds = [cluster.getLocalNodeId()];
  child.send({ config: { nodeName: 'second', seeds, ...common }, count, warmUp: WARM_UP });
  const [result] = await once(child, 'message');
  child.disconnect();
  await once(child, 'exit');
  await cluster.stop();
  return result;
}

const sum = new Map(KINDS.map(({ name }) => [name, { joinMs: [], cpuMs: 0 }]));
for (let turn = 0; turn < TURNS; turn += 1) {
  for (const { name, options } of KINDS) {
    const { joinMs, cpuMs } = await joins(options);
    const all = sum.get(name);
    all.joinMs.push(...joinMs);
    all.cpuMs += cpuMs / TURNS;
  }
}

const at = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
const figures = KINDS.map(({ name }) => {
  const { joinMs, cpuMs } = sum.get(name);
  joinMs.sort((a, b) => a - b);
  return { name, medianMs: at(joinMs, 0.5), p99Ms: at(joinMs, 0.99), cpuMs };
});
const [plain] = figures;
report({
  name: 'tls-join',
  title: 'What TLS adds to joining: from start() to nodeUp, between two processes on one machine',
  seeds: null,
  rows: figures.map(({ name, medianMs, p99Ms, cpuMs }) => ({
    what: `${name}: median (99 % within; processor time of a start, join and stop)`,
    goal: name === plain.name ? 'the measure' : `at most ${MAX_MORE_MS} ms more at the median`,
    measured: `${medianMs.toFixed(1)} ms (${p99Ms.toFixed(1)} ms; ${cpuMs.toFixed(1)} ms)`,
    ok: medianMs <= plain.medianMs + MAX_MORE_MS,
  })),
  notes: [
    `${count * TURNS} joins of each kind; ECDSA P-256 certificates, X25519.`,
    'With certificates every start also reads and checks them, which is part of the figure.',
    'Starting includes 30 ms for stretching the secret only the first time in a process.',
  ],
});
