/** The rules of what a simulation is given, and what is wrong with a value that breaks one. */
import { isIP } from 'node:net';
import * as v from 'valibot';
import { suggestion } from '../api/suggestion.ts';
import { preview } from '../errors.ts';
import { isLoopback, isWildcard } from '../membership/host.ts';
import { SimulationError } from './simulation-error.ts';

const MAX_NODES = 10_000;

function number(rule: string, isRight: (value: number) => boolean) {
  return v.pipe(v.number(rule), v.check(isRight, rule));
}

function count(highest: number, alternative = '') {
  const rule = `must be an integer from 1 to ${highest}${alternative}`;
  return number(rule, (value) => Number.isInteger(value) && value >= 1 && value <= highest);
}

/** An object with these options and no others: a slip of the finger must not be a default. */
function options<E extends v.ObjectEntries>(entries: E, rule = 'must be an object') {
  const names = Object.keys(entries);
  return v.strictObject(entries, ({ expected, input }) => {
    if (expected === 'Object') return rule;
    if (expected !== 'never') return 'is required';
    const meant = suggestion(String(input), names);
    return `is unknown; ${meant === null ? `known are ${names.join(', ')}` : `did you mean "${meant}"?`}`;
  });
}

const flag = v.optional(v.boolean('must be true or false'));

export const CALLBACK = v.custom((value) => typeof value === 'function', 'must be a function');

const callback = v.optional(CALLBACK);

const finite = number('must be a finite number', Number.isFinite);

/** A span of virtual time. */
export const SPAN = number(
  'must be a finite number of ms, 0 or more',
  (value) => Number.isFinite(value) && value >= 0,
);

export const SHIFT = number('must be a finite number of ms', Number.isFinite);

/** The latest moment of something, which there need not be. */
export const LIMIT = number(
  'must be a finite number of ms, or Infinity',
  (value) => value > Number.NEGATIVE_INFINITY,
);

export const HOST = v.string('must be a host name');

const addressRule = 'must be an IP address, without brackets';

const anyAddress = v.pipe(
  v.string(addressRule),
  v.check((value) => isIP(value) !== 0, addressRule),
);

const ownAddress = v.pipe(
  anyAddress,
  v.check(
    (value) => !isWildcard(value) && !isLoopback(value),
    'must be an address that other machines can dial',
  ),
);

export const ADDRESSES = v.array(anyAddress, 'must be a list of IP addresses');

const latencyRule = 'must be { min, max }, in ms, with 0 <= min <= max';

const latency = v.pipe(
  options({ min: SPAN, max: SPAN }, latencyRule),
  v.check(({ min, max }) => min <= max, latencyRule),
);

const chance = v.optional(
  number('must be a chance, a number from 0 to 1', (value) => value >= 0 && value <= 1),
);

export const BYTES_PER_SECOND = number(
  'must be a positive, finite number',
  (value) => Number.isFinite(value) && value > 0,
);

export const CONDITIONS = options({
  latencyMs: v.optional(latency),
  loss: chance,
  duplicate: chance,
  reorder: chance,
  bytesPerSecond: v.optional(BYTES_PER_SECOND),
});

/** What its node makes of a configuration is for `parseConfig` to say. */
const config = v.optional(
  v.pipe(
    v.custom<object>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'must be an object',
    ),
    v.check(
      (value) => !['nodeName', 'host', 'seeds'].some((name) => Object.hasOwn(value, name)),
      'must not hold nodeName, host or seeds: name, address and seeds of `nodes` decide them',
    ),
    v.check(
      (value) => [undefined, false].includes(Reflect.get(value, 'tls')),
      'must not hold tls: links in memory are plain; leave it out, and test TLS on real sockets',
    ),
  ),
);

const node = options({
  name: v.string('must be a string'),
  address: v.optional(ownAddress),
  seeds: v.optional(
    v.array(v.string('must be the name or the address of a node'), 'must be a list of strings'),
  ),
  config,
});

const nodeCount = count(MAX_NODES, ', or a list of nodes');

const nodeList = v.pipe(
  v.array(node),
  v.minLength(1, 'must hold at least one node'),
  v.maxLength(MAX_NODES, `must hold at most ${MAX_NODES} nodes`),
);

export const OPTIONS = options({
  seed: v.optional(finite),
  nodes: v.optional(v.lazy((value) => (Array.isArray(value) ? nodeList : nodeCount))),
  config,
  network: v.optional(CONDITIONS),
  hosts: v.optional(v.record(v.string(), ADDRESSES, 'must be an object')),
  onLife: callback,
  ports: callback,
  maxTraceLines: v.optional(count(Number.MAX_SAFE_INTEGER)),
  maxEventsPerMoment: v.optional(count(Number.MAX_SAFE_INTEGER)),
});

export const START = options({
  address: v.optional(ownAddress),
  config,
  wallOffsetMs: v.optional(SHIFT),
});

export const KILL = options({ power: flag });
export const ONE_WAY = options({ oneWay: flag });
export const WAIT = options({ withinMs: v.optional(SPAN) });
export const CONVERGENCE = options({
  withinMs: v.optional(SPAN),
  // Names are looked up, and reported, where they are used.
  among: v.optional(v.unknown()),
});

export type Rules = v.GenericSchema<unknown>;

/** The name of what is wrong, its rule and its value; null when all is well. */
export function problemOf(what: string, rules: Rules, value: unknown): string | null {
  const { issues } = v.safeParse(rules, value, { abortEarly: true });
  if (!issues) return null;
  const [{ path, message, input, expected }] = issues;
  const place = (path ?? [])
    .map(({ key }, at) => (typeof key === 'number' ? `[${key}]` : `${at > 0 ? '.' : ''}${key}`))
    .join('');
  const isTold = expected === 'never' || (typeof input === 'object' && input !== null);
  return `${place === '' ? what : place} ${message}${isTold ? '' : `, got ${preview(input)}`}`;
}

/** @throws SimulationError `invalid_argument`, without a trace: there may be no simulation */
export function assertValid(what: string, rules: Rules, value: unknown): void {
  const problem = problemOf(what, rules, value);
  if (problem !== null) throw new SimulationError('invalid_argument', problem);
}
