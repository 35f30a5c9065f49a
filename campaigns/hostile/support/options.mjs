// The command line of every campaign here: `--seed 7 --count 1000 --short --record`.
import { flag, number, readOptions, whole } from '../../support/options.mjs';

/** `full` and `short` are the sizes of the two forms; `--<name> <number>` changes one of them. */
export function options({ full, short }) {
  const names = Object.keys(full);
  const kindOf = (name) => {
    const isWhole = [full[name], short[name] ?? 1].every(Number.isInteger);
    return isWhole ? whole() : number();
  };
  const {
    seed,
    short: isShort,
    ...given
  } = readOptions({
    seed: whole(1, { min: 0 }),
    short: flag,
    record: flag,
    ...Object.fromEntries(names.map((name) => [name, kindOf(name)])),
  });
  const sizes = isShort ? { ...full, ...short } : { ...full };
  for (const name of names) if (given[name] !== undefined) sizes[name] = given[name];
  return { seed, isShort: isShort === true, ...sizes };
}
