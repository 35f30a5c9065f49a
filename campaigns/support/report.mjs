// What a campaign measured, as a table for whoever ran it and, with `--record`, as the JSON from
// which docs/reliability.md is made (`npm run docs:reliability`).
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, totalmem, type } from 'node:os';
import { fileURLToPath } from 'node:url';
import { npmCommand } from './npm-command.mjs';

const FIGURES_DIR = fileURLToPath(new URL('../../docs/figures/', import.meta.url));

/**
 * @typedef {object} Row
 * @property {string} what What was measured, e.g. 'nodeDown at the other nodes'.
 * @property {string} goal In words with a unit, e.g. 'none' or 'at most 180 s'.
 * @property {string} measured With the same unit, e.g. '0' or '131 s'.
 * @property {boolean} ok Whether the goal was met.
 *
 * @typedef {object} Figures
 * @property {string} name The file's name, kebab-case.
 * @property {string} title One line for a reader who knows nothing of the campaign.
 * @property {string | null} seeds The range of seeds, or null where chance plays no part.
 * @property {readonly Row[]} rows
 * @property {readonly string[]} [notes] What a reader must know to judge the figures.
 */

/**
 * Prints the figures and, when the command line has `--record`, writes them to docs/figures.
 * Sets the exit code when a goal was missed.
 *
 * @param {Figures} figures
 */
export function report(figures) {
  const { name, title, seeds, rows, notes = [] } = figures;
  const command = npmCommand(process.argv).whole;
  console.log(`\n${title}`);
  console.table(rows.map(({ what, goal, measured, ok }) => ({ what, goal, measured, ok })));
  for (const note of notes) console.log(`  ${note}`);
  const record = { name, title, command, seeds, ...circumstances(), rows, notes };
  console.log(JSON.stringify(record));
  if (process.argv.includes('--record')) {
    mkdirSync(FIGURES_DIR, { recursive: true });
    writeFileSync(`${FIGURES_DIR}${name}.json`, `${JSON.stringify(record, null, 2)}\n`);
  }
  if (rows.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** The machine, the versions and the day: a figure without them says nothing. */
export function circumstances() {
  const [cpu] = cpus();
  return {
    machine: `${cpus().length} x ${cpu?.model.trim() ?? arch()}, ${gibibytes(totalmem())} GiB`,
    system: `${type()} ${release()}`,
    node: process.version,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
  };
}

/** The present commit; with a `+` when the files are not those of it. */
export function commit() {
  try {
    const [hash, changes] = [
      ['rev-parse', '--short', 'HEAD'],
      ['status', '--porcelain', '-uno'],
    ].map((args) =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
    return `${hash.trim()}${changes.trim() === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}

function gibibytes(bytes) {
  return Math.round(bytes / 2 ** 30);
}
