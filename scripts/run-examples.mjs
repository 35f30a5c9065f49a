// Runs every examples/*.ts to its end; `npm run examples -- name` runs those whose name contains it.
// An example takes no arguments, starts whatever it needs, and ends by itself with exit code 0.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const LIMIT_MS = 60_000;

/** Examples that cannot run unattended, each with the reason. */
const LEFT_OUT = new Map([]);

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const wanted = process.argv[2] ?? '';
const names = readdirSync('examples')
  .filter((name) => name.endsWith('.ts') && name.includes(wanted))
  .sort();

for (const name of names) {
  const reason = LEFT_OUT.get(name);
  if (reason !== undefined) {
    console.log(`examples/${name}: left out, ${reason}`);
    continue;
  }
  const startedMs = performance.now();
  // Not the tsx command: it is a parent of its own, and would leave a hanging example behind.
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', `examples/${name}`],
    { encoding: 'utf8', timeout: LIMIT_MS, killSignal: 'SIGKILL' },
  );
  const tookSeconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  if (status === 0) {
    console.log(`examples/${name}: ok in ${tookSeconds} s`);
    continue;
  }
  const how = signal === null ? `exit code ${status}` : `still running after ${tookSeconds} s`;
  console.log(`examples/${name}: FAILED, ${how}\n${stdout}${stderr}`);
  process.exitCode = 1;
}
if (names.length === 0) {
  console.log(`no example${wanted ? ` is named like "${wanted}"` : ''} in examples/`);
  process.exitCode = wanted ? 1 : 0;
}
