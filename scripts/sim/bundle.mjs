// The simulation in one file: loaded at once, and with nothing between the lines that costs time.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

/** Throws for an edit whose text is not in its file, or not only once. */
export function check(edits) {
  for (const { file, find } of edits) {
    const times = readFileSync(file, 'utf8').split(find).length - 1;
    if (times !== 1) throw new Error(`${file} has ${times} times, not once: ${find}`);
  }
}

/**
 * @typedef {object} Edit
 * @property {string} file From the repository's root.
 * @property {string} find Text that stands in it exactly once.
 * @property {string} replace
 *
 * @param {string} outfile
 * @param {readonly Edit[]} [edits] Made on the way; the sources stay as they are.
 */
export async function bundle(outfile, edits = []) {
  check(edits);
  const pending = new Set(edits);
  await build({
    entryPoints: ['test/simulation/worker.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    target: 'node20',
    logLevel: 'warning',
    plugins: edits.length === 0 ? [] : [editing(edits, pending)],
  });
  for (const { file } of pending) throw new Error(`${file} is not part of the simulation`);
}

function editing(edits, pending) {
  return {
    name: 'edit',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        const own = edits.filter(({ file }) => path.endsWith(`/${file}`));
        if (own.length === 0) return undefined;
        let contents = readFileSync(path, 'utf8');
        for (const edit of own) {
          contents = contents.replace(edit.find, () => edit.replace);
          pending.delete(edit);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}
