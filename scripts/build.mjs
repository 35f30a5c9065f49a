// Compiles src/ into dist/. The output is made beside dist and swapped in once it is complete, so a
// build that fails, or one that runs while a node still starts from dist, leaves no half-made tree.
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const fresh = `.tmp/build-${process.pid}`;
const stale = `.tmp/stale-${process.pid}`;
process.chdir(root);
mkdirSync('.tmp', { recursive: true });

const tsc = spawnSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--outDir', fresh],
  { stdio: 'inherit' },
);
if (tsc.status === 0) {
  moveIfThere('dist', stale);
  renameSync(fresh, 'dist');
}
for (const left of [fresh, stale]) rmSync(left, { recursive: true, force: true });
process.exitCode = tsc.status ?? 1;

function moveIfThere(from, to) {
  try {
    renameSync(from, to);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}
