// The command line of every campaign and script: read, checked, and told again for whoever wants to
// repeat a run. What is wrong with it is said in one line, before anything has begun.
import { parseArgs } from 'node:util';
import { npmCommand } from './npm-command.mjs';

const MAX = 1_000_000_000;

/**
 * @template T
 * @typedef {object} Kind
 * @property {string} says What it must be, for whoever gave something else.
 * @property {string | undefined} fallback As somebody would write it.
 * @property {(text: string) => T | undefined} read Undefined for what it must not be.
 */

export function whole(fallback, { min = 1, max = MAX } = {}) {
  const read = (text) => within(/^\d+$/, text, min, max);
  return { says: `a whole number from ${min} to ${max}`, fallback: written(fallback), read };
}

export function number(fallback, { min = 0.01, max = MAX } = {}) {
  const read = (text) => within(/^\d+(?:\.\d+)?$/, text, min, max);
  return { says: `a number from ${min} to ${max}`, fallback: written(fallback), read };
}

/** `5..80`, or one: the first and the last. */
export function range(fallback, { min = 1, max = MAX } = {}) {
  const read = (text) => {
    const [, from, to = from] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
    const [first, last] = [Number(from), Number(to)];
    return first >= min && last >= first && last <= max ? [first, last] : undefined;
  };
  return { says: `a range like 5..80, from ${min} to ${max}`, fallback, read };
}

/** Text that is good for something. */
export function text(fallback, says, isGood) {
  return { says, fallback, read: (given) => (isGood(given) ? given : undefined) };
}

export const flag = { says: null, fallback: undefined, read: () => true };

/**
 * The value of every option. Ends the process with exit code 2 when one is unknown or of no use,
 * and with the usage when that is asked for.
 *
 * @param {Record<string, Kind<unknown>>} kinds
 */
export function readOptions(kinds, argv = process.argv) {
  const read = readLine(kinds, argv.slice(2));
  if (read.isHelp) {
    console.log(help(kinds, argv));
    process.exit(0);
  }
  if (read.problem === null) return read.values;
  console.error(`${read.problem}\n${usage(kinds, argv)}`);
  process.exit(2);
}

function readLine(kinds, args) {
  const options = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [
      name,
      { type: kind === flag ? 'boolean' : 'string' },
    ]),
  );
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  const values = Object.fromEntries(
    Object.entries(kinds).map(([name, { fallback, read }]) => [
      name,
      fallback === undefined ? undefined : read(fallback),
    ]),
  );
  for (const token of tokens) {
    if (token.kind === 'option' && token.rawName === '--help') return { isHelp: true };
    const problem = problemOf(kinds, token);
    if (problem !== null) return { isHelp: false, problem };
    if (token.kind === 'option') values[token.name] = kinds[token.name].read(token.value);
  }
  return { isHelp: false, problem: null, values };
}

function problemOf(kinds, { kind, name, rawName, value }) {
  if (kind === 'positional') return `nothing is known of the word ${JSON.stringify(value)}`;
  if (kind !== 'option') return null;
  const option = rawName.startsWith('--') && Object.hasOwn(kinds, name) ? kinds[name] : null;
  if (option === null) return `there is no option ${rawName}`;
  if (option === flag) return value === undefined ? null : `${rawName} takes no value`;
  if (value === undefined) return `${rawName} must be ${option.says}`;
  const isGood = option.read(value) !== undefined;
  return isGood ? null : `${rawName} must be ${option.says}, not ${JSON.stringify(value)}`;
}

function usage(kinds, argv) {
  const options = Object.entries(kinds).map(([name, { says, fallback = '...' }]) =>
    says === null ? `[--${name}]` : `[--${name} ${fallback}]`,
  );
  return `usage: ${npmCommand(argv).own} -- ${options.join(' ')}`;
}

function help(kinds, argv) {
  const lines = Object.entries(kinds)
    .filter(([, { says }]) => says !== null)
    .map(([name, { says }]) => `  --${name}: ${says}`);
  return [usage(kinds, argv), ...lines].join('\n');
}

function within(pattern, given, min, max) {
  const value = pattern.test(given) ? Number(given) : Number.NaN;
  return value >= min && value <= max ? value : undefined;
}

function written(fallback) {
  return fallback === undefined ? undefined : String(fallback);
}
