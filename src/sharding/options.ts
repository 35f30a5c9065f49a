/** What may be given as options, here where there is no configuration file to point to. */
import { InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';

const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws InvalidShardingOptionError */
export function checkOptionNames(options: object, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidShardingOptionError(`the options are ${preview(options)}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const names = known.join(', ');
  throw new InvalidShardingOptionError(
    `there is no option ${preview(unknown)}; known are ${names}`,
  );
}

/** 1 or more, Infinity where there is no other bound. */
export function limitOption<K extends string>(
  options: { readonly [P in K]?: number | undefined },
  name: K,
  defaults: { readonly [P in K]: number },
  max = Number.POSITIVE_INFINITY,
): number {
  const value = options[name] ?? defaults[name];
  if ((Number.isInteger(value) || value === max) && value >= 1 && value <= max) return value;
  const bound = max === Number.POSITIVE_INFINITY ? '' : `, ${max} at most`;
  const text = `${name} must be a whole number of 1 or more${bound}, and is ${preview(value)}`;
  throw new InvalidShardingOptionError(text);
}

/** Milliseconds; what is more than a timer holds counts as that. */
export function timeOption<K extends string>(
  options: { readonly [P in K]?: number | undefined },
  name: K,
  defaults: { readonly [P in K]: number },
  min = Number.MIN_VALUE,
): number {
  const value = options[name] ?? defaults[name];
  if (value >= min) return Math.min(value, MAX_TIMEOUT_MS);
  const rule = min === 0 ? '0 or more' : 'more than 0';
  throw new InvalidShardingOptionError(`${name} must be ${rule} ms, and is ${preview(value)}`);
}
