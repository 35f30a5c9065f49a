/**
 * Standard Schema v1 (https://standardschema.dev), as far as it is used here: valibot, zod, arktype
 * and others implement it.
 */
import { shortened, textOf } from './short-text.ts';
import { isThenable } from './thenable.ts';

export interface StandardSchema {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult | Promise<SchemaResult>;
  };
}

export type SchemaResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  /** In one text, short enough to be sent back. */
  | { readonly ok: false; readonly problem: string };

/** A message may be wrong in a thousand places: so many are told. */
const MAX_ISSUES = 5;

/** Arktype's are functions. */
export function isSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false;
  const standard: unknown = Reflect.get(value, '~standard');
  if (typeof standard !== 'object' || standard === null) return false;
  const { version, validate }: { readonly version?: unknown; readonly validate?: unknown } =
    standard;
  return version === 1 && typeof validate === 'function';
}

/** Never throws. */
export function check(schema: StandardSchema, message: unknown): Checked {
  try {
    const result = schema['~standard'].validate(message);
    if (isThenable(result)) {
      result.then(undefined, () => {});
      // Waiting for it would let later messages overtake this one.
      return { ok: false, problem: 'the schema gives a promise, and must not' };
    }
    if (result.issues === undefined) return { ok: true, value: result.value };
    return { ok: false, problem: issuesText(result.issues) };
  } catch (error) {
    return { ok: false, problem: shortened(`the schema threw: ${textOf(error)}`) };
  }
}

function issuesText(issues: readonly SchemaIssue[]): string {
  const told = issues.slice(0, MAX_ISSUES).map(({ message, path = [] }) => {
    const steps = path.map((step) => String(typeof step === 'object' ? step.key : step));
    return steps.length === 0 ? message : `${steps.join('.')}: ${message}`;
  });
  const more = issues.length - told.length;
  return shortened(told.join('; ') + (more > 0 ? `; and ${more} more` : ''));
}
