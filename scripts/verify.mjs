// The gate: `npm run verify`. Everything that must hold before a change goes in, one step after the
// other, stopping at the first that fails. `--no-tests` leaves the tests out for those who just ran
// them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { flag, readOptions } from '../campaigns/support/options.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const options = readOptions({ 'no-tests': flag });
/** Biome colours even what is not read on a screen. */
const plain = process.stdout.isTTY ? [] : ['--colors=off'];
const PACK_DIR = '.tmp/pack';

const steps = [
  { name: 'lint and format', run: () => tool('biome', 'ci', '.', '--error-on-warnings', ...plain) },
  { name: 'types', run: () => tool('tsc', '-p', 'tsconfig.json') },
  { name: 'build', run: () => call(process.execPath, 'scripts/build.mjs') },
  { name: 'tests', run: () => tool('vitest', 'run'), skip: options['no-tests'] },
  { name: 'real networks, what the tests left out', run: fullNetworks },
  {
    name: 'planted mistakes fit the source',
    run: () => call(process.execPath, 'scripts/sim-mutants.mjs', '--check'),
  },
  { name: 'simulation', run: () => call(process.execPath, 'scripts/sim.mjs') },
  { name: 'pack', run: pack },
  { name: 'package rules (publint)', run: () => tool('publint', 'run', tarball(), '--strict') },
  {
    name: 'package types (attw)',
    run: () => tool('attw', tarball(), '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'),
  },
  { name: 'unused code (knip)', run: () => tool('knip') },
  { name: 'examples', run: () => call(process.execPath, 'scripts/run-examples.mjs') },
];

const startedMs = performance.now();
for (const { name, run, skip } of steps) {
  if (skip) {
    console.log(`-- ${name}: left out`);
    continue;
  }
  console.log(`-- ${name}`);
  const stepStartedMs = performance.now();
  const status = run();
  console.log(`-- ${name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds(stepStartedMs)}\n`);
  if (status !== 0) process.exit(1);
}
console.log(`verify: ok in ${seconds(startedMs)}`);

function fullNetworks() {
  process.env.CHARTMESH_NETWORKS = 'full';
  const files = ['test/networks/pause.test.ts', 'test/networks/slow-receiver.test.ts'];
  const only = ['--project', 'process', '--testNamePattern', 'full form', '--reporter', 'dot'];
  const status = tool('vitest', 'run', ...only, ...files);
  delete process.env.CHARTMESH_NETWORKS;
  return status;
}

function call(command, ...args) {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) console.error(error.message);
  return status ?? 1;
}

function tool(name, ...args) {
  return call(`node_modules/.bin/${name}`, ...args);
}

/** dist is fresh from the step before, so the package's own build script would only repeat it. */
function pack() {
  rmSync(PACK_DIR, { recursive: true, force: true });
  mkdirSync(PACK_DIR, { recursive: true });
  const quiet = ['--ignore-scripts', '--silent', '--pack-destination', PACK_DIR];
  return call('npm', 'pack', ...quiet);
}

function tarball() {
  const [name] = readdirSync(PACK_DIR).filter((file) => file.endsWith('.tgz'));
  return `${PACK_DIR}/${name}`;
}

function seconds(sinceMs) {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}
