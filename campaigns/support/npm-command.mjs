// By which `npm run ...` somebody else does the same again.
import { readFileSync, realpathSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * `own` is the command alone, `whole` the same with the options of this run, apart from `--record`.
 *
 * @param {readonly string[]} argv As in `process.argv`.
 */
export function npmCommand(argv) {
  const file = relative(ROOT, realpathSync(argv[1]));
  const args = argv.slice(2);
  const commands = commandsOf(file);
  // Of `scale:50` and `scale:100` the one that was used; else one whose options can be overridden.
  const used =
    commands.findLast(({ preset }) => preset.every((word, at) => args[at] === word)) ?? commands[0];
  const own = used ? `npm run ${used.name}` : `node ${file}`;
  const isUsed = used?.preset.every((word, at) => args[at] === word);
  const given = args
    .slice(isUsed ? used.preset.length : 0)
    .filter((word) => word !== '--record')
    .map(quoted);
  return { own, whole: given.length === 0 ? own : `${own} -- ${given.join(' ')}` };
}

/** Those that run a file, the ones with the fewest options first. */
function commandsOf(file) {
  const { scripts } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
  return Object.entries(scripts)
    .map(([name, script]) => ({ name, words: script.split(' ') }))
    .filter(({ words }) => words.includes(file))
    .map(({ name, words }) => ({ name, preset: words.slice(words.indexOf(file) + 1) }))
    .sort((a, b) => a.preset.length - b.preset.length);
}

function quoted(word) {
  return /^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
