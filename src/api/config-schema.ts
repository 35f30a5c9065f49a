/**
 * The rule of every option, one line each where possible. A message holds the rule alone; who
 * reports it puts the option's name before it and the value behind.
 */

import * as v from 'valibot';
import type { InspectionEvent, Observer } from 'xstate';
import { InvalidNodeIdError } from '../errors.ts';
import { CLUSTER_DEFAULTS, FIXED, LIMITS, type Limits } from '../limits.ts';
import { isWildcard, parseSeed, type Seed } from '../membership/address.ts';
import { bareHost, hostProblem } from '../membership/host.ts';
import { nodeNameProblem } from '../membership/node-name.ts';
import { PHI_DEFAULTS, type PhiOptions } from '../membership/phi.ts';
import type { Logger } from '../ports.ts';

export type Inspector = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** Node's timers hold no more, and fire at once when asked to. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

function integer(lowest: number, highest: number) {
  const rule = `must be an integer from ${lowest} to ${highest}`;
  return v.pipe(
    v.number(rule),
    v.integer(rule),
    v.minValue(lowest, rule),
    v.maxValue(highest, rule),
  );
}

/** A string judged by a function that tells what is wrong with it, or null. */
function text(rule: string, problem: (value: string) => string | null) {
  return v.pipe(
    v.string(rule),
    v.check(
      (value) => problem(value) === null,
      (issue) => problem(issue.input) ?? rule,
    ),
  );
}

/** Problems begin with their noun ("host must ..."); here the option's name takes its place. */
function withoutNoun(noun: string, problem: string | null): string | null {
  return problem === null ? null : problem.replace(new RegExp(`^${noun} `), '');
}

const nodeName = text('is required and must be a string, the name in name@host:port', (value) =>
  withoutNoun('name', nodeNameProblem(value)),
);

const hostText = text('must be an IP address or a host name', (value) =>
  withoutNoun('host', hostProblem(bareHost(value))),
);

const host = v.pipe(hostText, v.transform(bareHost));

const advertiseHost = v.pipe(
  hostText,
  v.check((value) => !isWildcard(value), 'must be an address others can dial, not a wildcard'),
  v.transform(bareHost),
);

const seed = v.pipe(
  text('must be a string, name@host:port or host:port', (value) => seedProblem(value)),
  v.trim(),
  // A blank one is what ''.split(',') leaves of an empty environment variable.
  v.transform((value): Seed | null => (value === '' ? null : parseSeed(value))),
);

function seedProblem(value: string): string | null {
  if (value.trim() === '') return null;
  try {
    parseSeed(value.trim());
    return null;
  } catch (error) {
    if (!(error instanceof InvalidNodeIdError)) throw error;
    return `is not name@host:port or host:port (${error.reason})`;
  }
}

const seeds = v.pipe(
  v.array(seed, 'must be an array of strings, name@host:port or host:port'),
  v.transform((list): readonly Seed[] => {
    const named = list.filter((item) => item !== null);
    return [...new Map(named.map((item) => [item.text, item])).values()];
  }),
);

const secret = v.pipe(
  v.union([v.string(), v.instance(Uint8Array)], 'must be a string or a Uint8Array'),
  v.check((value) => value.length > 0, 'must not be empty; without a secret, leave it out'),
  v.check(
    (value) => value.length <= FIXED.maxSecretLength,
    `must have at most ${FIXED.maxSecretLength} characters or bytes`,
  ),
  // A copy: what the caller does to its bytes later must not change the key.
  v.transform((value) => Uint8Array.from(Buffer.from(value))),
);

const secretCountRule = `must hold 1 to ${FIXED.maxSecrets} secrets when it is an array`;

const secretList = v.pipe(
  v.array(v.unknown()),
  v.minLength(1, secretCountRule),
  v.maxLength(FIXED.maxSecrets, secretCountRule),
  v.array(secret),
);

const clusterSecret = v.lazy((input) => (Array.isArray(input) ? secretList : oneSecret));

const oneSecret = v.pipe(
  secret,
  v.transform((bytes) => [bytes]),
);

const clusterName = v.pipe(
  v.string('must be a string'),
  v.regex(
    /^[\x20-\x7e]{1,64}$/,
    `must have 1 to ${FIXED.maxClusterNameBytes} printable ASCII characters`,
  ),
);

const logger = v.custom<Logger>(
  (value) => ['debug', 'info', 'warn', 'error'].every((method) => hasMethod(value, method)),
  'must have the methods debug, info, warn and error',
);

const inspect = v.custom<Inspector>(
  (value) => typeof value === 'function' || hasMethod(value, 'next'),
  'must be a function or an observer with a method next',
);

function hasMethod(value: unknown, method: string): boolean {
  return (
    typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function'
  );
}

const phiRule = 'must be true, false or an object with threshold, acceptablePauseMs, minStdDevMs';

/** Off unless asked for; `true` means Akka's defaults. */
const phiAccrual = v.pipe(
  v.union(
    [
      v.boolean(),
      v.strictObject({
        threshold: v.optional(phiNumber(1, 16), PHI_DEFAULTS.threshold),
        acceptablePauseMs: v.optional(phiNumber(0, MAX_TIMER_MS), PHI_DEFAULTS.acceptablePauseMs),
        minStdDevMs: v.optional(phiNumber(1, MAX_TIMER_MS), PHI_DEFAULTS.minStdDevMs),
      }),
    ],
    phiRule,
  ),
  v.transform((value): PhiOptions | null => {
    if (typeof value === 'boolean') return value ? PHI_DEFAULTS : null;
    return value;
  }),
);

/** Beyond 16 the chance is below what a double can tell from none. */
function phiNumber(lowest: number, highest: number) {
  return v.pipe(v.number(), v.minValue(lowest), v.maxValue(highest));
}

const COUNT_RANGES: ReadonlyMap<string, readonly [lowest: number, highest: number]> = new Map([
  ['maxMessageBytes', [FIXED.minMessageBytes, Number.MAX_SAFE_INTEGER]],
  ['maxPendingAsks', [1, FIXED.maxPendingAsks]],
]);

/** Retentions are compared with ages; every other time is given to a timer. */
function limit(name: string) {
  const isTimer = name.endsWith('Ms') && !name.endsWith('RetentionMs');
  const highest = isTimer ? MAX_TIMER_MS : Number.MAX_VALUE;
  const rule = isTimer
    ? `must be a positive number, at most ${highest}`
    : 'must be a positive, finite number';
  const isCount = name.startsWith('max') || name.startsWith('accept');
  if (isCount) return integer(...(COUNT_RANGES.get(name) ?? [1, Number.MAX_SAFE_INTEGER]));
  return v.pipe(v.number(rule), v.gtValue(0, rule), v.maxValue(highest, rule));
}

function isLimitName(name: string): name is keyof Limits {
  return Object.hasOwn(LIMITS, name);
}

export const LIMIT_NAMES = Object.keys(LIMITS).filter(isLimitName);

const limits = v.pipe(
  v.unknown(),
  v.check((value) => !Array.isArray(value), 'must be an object'),
  v.object(
    Object.fromEntries(LIMIT_NAMES.map((name) => [name, v.optional(limit(name), LIMITS[name])])),
    'must be an object',
  ),
  v.transform((values): Limits => ({ ...LIMITS, ...values })),
);

export const CONFIG_SCHEMA = {
  nodeName,
  host: v.optional(host, CLUSTER_DEFAULTS.HOST),
  port: v.optional(integer(1, 65_535), CLUSTER_DEFAULTS.PORT),
  seeds: v.optional(seeds, []),
  clusterSecret: v.optional(clusterSecret),
  heartbeatIntervalMs: v.optional(
    integer(100, MAX_TIMER_MS),
    CLUSTER_DEFAULTS.HEARTBEAT_INTERVAL_MS,
  ),
  heartbeatMissThreshold: v.optional(
    integer(1, MAX_TIMER_MS),
    CLUSTER_DEFAULTS.HEARTBEAT_MISS_THRESHOLD,
  ),
  reconnectBaseDelayMs: v.optional(
    integer(1, MAX_TIMER_MS),
    CLUSTER_DEFAULTS.RECONNECT_BASE_DELAY_MS,
  ),
  reconnectMaxDelayMs: v.optional(
    integer(1, MAX_TIMER_MS),
    CLUSTER_DEFAULTS.RECONNECT_MAX_DELAY_MS,
  ),
  advertiseHost: v.optional(advertiseHost),
  advertisePort: v.optional(integer(1, 65_535)),
  clusterName: v.optional(clusterName, CLUSTER_DEFAULTS.CLUSTER_NAME),
  joinTimeoutMs: v.optional(integer(1, MAX_TIMER_MS), CLUSTER_DEFAULTS.JOIN_TIMEOUT_MS),
  leaveTimeoutMs: v.optional(integer(0, MAX_TIMER_MS), CLUSTER_DEFAULTS.LEAVE_TIMEOUT_MS),
  flapDamping: v.optional(v.boolean('must be true or false'), true),
  phiAccrual: v.optional(phiAccrual, false),
  logger: v.optional(logger),
  inspect: v.optional(inspect),
  limits: v.optional(limits, {}),
};

/** Port 0, the system's choice, is for tests: nobody could name such a node as a seed. */
export const portOrZero = v.optional(integer(0, 65_535), CLUSTER_DEFAULTS.PORT);
