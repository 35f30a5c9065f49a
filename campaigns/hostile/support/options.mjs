// The command line of every campaign here: `--seed 7 --count 1000 --short --record`.
import { parseArgs } from 'node:util';

/** `full` and `short` are the sizes of the two forms; `--<name> <number>` changes one of them. */
export function options({ full, short }) {
  const names = Object.keys(full);
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      short: { type: 'boolean', default: false },
      record: { type: 'boolean', default: false },
      ...Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    },
  });
  const sizes = values.short ? { ...full, ...short } : { ...full };
  for (const name of names) if (values[name] !== undefined) sizes[name] = Number(values[name]);
  return { seed: Number(values.seed), isShort: values.short, ...sizes };
}

/** The command that repeats this run. */
export function replay(name, { seed, isShort }) {
  return `npm run hostile:${name} -- --seed ${seed}${isShort ? ' --short' : ''}`;
}
