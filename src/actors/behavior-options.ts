/** What may be said about a behavior beside its logic. */

import { InvalidBehaviorError } from '../errors/actors.ts';
import { preview } from '../errors.ts';
import { RESTART_DEFAULTS, type RestartPolicy, restartProblem } from './restart-policy.ts';
import { isSchema, type StandardSchema } from './standard-schema.ts';

/** A `RestartPolicy` of which only what is not the default is said. */
export type RestartOptions = { readonly [K in keyof RestartPolicy]?: RestartPolicy[K] | undefined };

export interface BehaviorOptions {
  /**
   * Checks each message on the node of the actor, before the actor sees it; the value it gives takes
   * the message's place. It must not give promises, and does not see `replyTo`. An ask that it refuses
   * fails with the reason `invalid`; what was only sent is a dead letter.
   */
  readonly schema?: StandardSchema | undefined;
  /**
   * Whether its actors are started again when they end, with the same number and input and from
   * their initial state. Until then asks fail with the reason `busy`, and what is sent is a dead
   * letter. Default: never.
   */
  readonly restart?: RestartOptions | undefined;
}

/** Checked and complete. */
export interface KnownOptions {
  readonly schema: StandardSchema | null;
  readonly restart: RestartPolicy;
}

const OPTIONS = ['schema', 'restart'];
const RESTART_OPTIONS = Object.keys(RESTART_DEFAULTS);

/** @throws InvalidBehaviorError */
export function checkOptions(behavior: string, options: BehaviorOptions): KnownOptions {
  const refuse = (reason: string) => new InvalidBehaviorError(behavior, reason);
  if (!isRecord(options)) throw refuse(`the options are ${preview(options)}`);
  const { schema = null, restart: given = {} } = options;
  if (!isRecord(given)) throw refuse(`restart must be an object, and is ${preview(given)}`);
  const unknown =
    strangeKey(options, OPTIONS) ?? strangeKey(given, RESTART_OPTIONS, 'restart.') ?? null;
  if (unknown !== null) throw refuse(unknown);
  if (schema !== null && !isSchema(schema)) {
    throw refuse('schema must implement Standard Schema v1 (https://standardschema.dev)');
  }
  const restart = completed(given);
  const problem = restartProblem(restart);
  if (problem !== null) throw refuse(`restart.${problem}`);
  return { schema, restart };
}

/** What is given as undefined is not given. */
function completed(given: RestartOptions): RestartPolicy {
  const { when, maxRestarts, withinMs, minDelayMs, maxDelayMs } = RESTART_DEFAULTS;
  return {
    when: given.when ?? when,
    maxRestarts: given.maxRestarts ?? maxRestarts,
    withinMs: given.withinMs ?? withinMs,
    minDelayMs: given.minDelayMs ?? minDelayMs,
    maxDelayMs: given.maxDelayMs ?? maxDelayMs,
  };
}

function strangeKey(options: object, known: readonly string[], prefix = ''): string | undefined {
  const key = Object.keys(options).find((name) => !known.includes(name));
  if (key === undefined) return undefined;
  return `there is no option ${prefix}${key}; known are ${known.join(', ')}`;
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
