// Duels of several variants, each in turn, round after round: what disturbs the machine for a while
// meets them all, and only figures of one run are compared.
import { spawnSync } from 'node:child_process';

/** The core that both processes, and whatever they start, have to share. */
const CORE = '0';

export const METRICS = {
  'one p50 us': (result) => result.one?.p50Us,
  'one p99 us': (result) => result.one?.p99Us,
  'x1 asks/s': (result) => result.x1?.perSecond,
  'x64 asks/s': (result) => result.x64?.perSecond,
  'x64 cpu s/M': (result) => result.x64?.cpuPerMillion,
  'x256 asks/s': (result) => result.x256?.perSecond,
  'x256 cpu s/M': (result) => result.x256?.cpuPerMillion,
  'sends/s': (result) => result.sends?.perSecond,
  'sends cpu s/M': (result) => result.sends?.cpuPerMillion,
};

/**
 * @typedef {object} Variant
 * @property {string} name
 * @property {string} file A program that calls `duel`.
 *
 * The other fields of a variant are options for its program.
 *
 * @returns {Map<string, object[]>} By name, what every round gave.
 */
export function duels(variants, { rounds, isPinned, ...shared }) {
  const found = new Map(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, file, ...options } of variants) {
      found.get(name).push(duel(file, { ...shared, ...options }, isPinned));
    }
  }
  return found;
}

/** One fight to its end: what the program printed. */
export function duel(file, options, isPinned) {
  const program = [process.execPath, file, JSON.stringify({ role: 'client', options })];
  // Whoever is started from there is pinned as well, and before its first instruction.
  const [command, ...args] = isPinned ? ['taskset', '-c', CORE, ...program] : program;
  const { stdout, status, error } = spawnSync(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (error?.code === 'ENOENT') throw new Error('taskset is not installed: use --unpinned');
  if (status !== 0) throw new Error(`${file} ended with ${status}`);
  return JSON.parse(stdout.toString());
}

/** `{payload, variant, medians, ratios, spreads}`; the ratios are those to the variant `base`. */
export function rowsOf(found, payloads, base) {
  return payloads.flatMap((payload) => {
    const line = summary(found.get(base), payload);
    return [...found].map(([variant, rounds]) => {
      const own = summary(rounds, payload);
      const ratios = Object.fromEntries(
        Object.keys(own.medians).map((metric) => [
          metric,
          own.medians[metric] / line.medians[metric],
        ]),
      );
      return { payload, variant, medians: own.medians, ratios, spreads: own.spreads };
    });
  });
}

export const median = (numbers) =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** The spread is the largest minus the smallest, as a part of the median. */
function summary(rounds, payload) {
  const medians = {};
  const spreads = {};
  for (const [metric, read] of Object.entries(METRICS)) {
    const numbers = rounds.map((round) => read(round[payload]));
    if (numbers.some((number) => number === undefined)) continue;
    medians[metric] = median(numbers);
    spreads[metric] = (Math.max(...numbers) - Math.min(...numbers)) / medians[metric];
  }
  return { medians, spreads };
}

export const short = (value) =>
  value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
