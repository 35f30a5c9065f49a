/** Values as payloads: JSON, and nothing at all for undefined. */
import { check, type StandardSchema } from '../actors/standard-schema.ts';
import { InvalidPayloadError } from '../errors/handlers.ts';

/** Of which message, and whether of its request or its answer. */
export interface PayloadSide {
  readonly of: 'input' | 'output';
  readonly type: string;
  readonly schema: StandardSchema | null;
}

/**
 * What is sent is the value as it was given, and the schema only looks at it: what it makes of it is
 * for the other side, or it would be made twice. @throws InvalidPayloadError
 */
export function writePayload(value: unknown, side: PayloadSide): Uint8Array {
  checked(value, side);
  if (value === undefined) return new Uint8Array(0);
  const text = textOf(value, side);
  if (text === undefined) throw invalid(side, 'it has no JSON');
  return Buffer.from(text);
}

/** What the schema makes of it. @throws InvalidPayloadError */
export function readPayload(data: Uint8Array, side: PayloadSide): unknown {
  return checked(valueIn(data, side), side);
}

function textOf(value: unknown, side: PayloadSide): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw invalid(side, `it has no JSON: ${String(error)}`, error);
  }
}

function valueIn(data: Uint8Array, side: PayloadSide): unknown {
  if (data.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch (error) {
    throw invalid(side, 'it is no JSON', error);
  }
}

function checked(value: unknown, side: PayloadSide): unknown {
  if (side.schema === null) return value;
  const result = check(side.schema, value);
  if (result.ok) return result.value;
  throw invalid(side, result.problem);
}

function invalid({ of, type }: PayloadSide, problem: string, cause?: unknown): InvalidPayloadError {
  return new InvalidPayloadError(of, type, problem, { cause });
}
