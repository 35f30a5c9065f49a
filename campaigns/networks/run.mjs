// The tests of real networks in their full form, and what they measured:
//   node campaigns/networks/run.mjs [--seed 1] [--record]
//   node campaigns/networks/run.mjs --loss [--minutes 30] [--seed 1] [--record]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exactly } from '../support/goals.mjs';
import { flag, number, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';

const values = readOptions({
  loss: flag,
  minutes: number(30, { max: 10_000 }),
  seed: whole(1, { min: 0 }),
  record: flag,
});
const folder = mkdtempSync(join(tmpdir(), 'chartmesh-networks-'));
const figuresFile = join(folder, 'figures');
const resultsFile = join(folder, 'results.json');

// The gate's own reporters would take the place of these.
const { CI: _, ...env } = process.env;
const tests = spawn(
  'npx',
  [
    ...['vitest', 'run', '--project', 'process', '--project', 'waiting'],
    ...['--no-file-parallelism', '--reporter', 'verbose'],
    ...['--reporter', 'json', '--outputFile', resultsFile],
    values.loss ? 'test/networks/loss.test.ts' : 'test/networks/',
  ],
  {
    stdio: 'inherit',
    env: {
      ...env,
      CHARTMESH_NETWORKS: 'full',
      CHARTMESH_FIGURES: figuresFile,
      CHARTMESH_SEED: String(values.seed),
      ...(values.loss && { CHARTMESH_LOSS_MS: String(values.minutes * 60_000) }),
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => tests.kill(signal));
await once(tests, 'exit');

const results = JSON.parse(readFileSync(resultsFile, 'utf8'));
const wanted = values.loss ? 1 : readdirSync('test/networks').filter(isTest).length;
if (results.testResults.length !== wanted) {
  throw new Error(`${results.testResults.length} of ${wanted} files of tests were run`);
}
const lines = readFileSync(figuresFile, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const rows = lines.filter(({ remark }) => remark === undefined);
rmSync(folder, { recursive: true });

report({
  name: values.loss ? 'networks-loss' : 'networks',
  title: values.loss
    ? `Five hosts for ${values.minutes} minutes in bad weather`
    : 'Real processes on hosts of their own, whose network breaks',
  seeds: String(values.seed),
  rows: [...rows, exactly('tests that did not hold', 0, results.numFailedTests)],
  notes: [
    ...lines.flatMap(({ remark }) => remark ?? []),
    'Each host is a network namespace with an address of its own; packets are dropped, refused and redirected by its packet filter.',
    'T is the silence limit: 200 ms x 3 unless a row says otherwise. Bad weather: 1 s x 3.',
    'The seed chooses which packets are late, doubled or lost; how processes are scheduled, no seed decides.',
  ],
});

function isTest(name) {
  return name.endsWith('.test.ts');
}
