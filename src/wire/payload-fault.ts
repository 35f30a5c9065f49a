/** Why a walk refused a value, and where: a second, slower walk that knows its way. */
import { FIXED } from '../limits.ts';
import type { Foreign } from './foreign.ts';
import { ERROR_FIELDS, errorFields, MAX_CAUSES, MAX_PAYLOAD_DEPTH } from './writer.ts';

export interface PayloadFault {
  /** E.g. `list[3].name`; empty for the value itself. */
  readonly path: string;
  readonly reason: string;
}

export function payloadFault(value: unknown, foreign: Foreign): PayloadFault {
  const fault = new Search(foreign).find(value, '', []);
  const reason = `holds more than ${FIXED.maxPayloadValues} values`;
  return fault ?? { path: '', reason };
}

type Plain = Readonly<Record<string, unknown>>;
/** With the step that leads there. */
type Part = readonly [step: string, value: unknown];

class Search {
  readonly #foreign: Foreign;
  /** The value itself, and as many in it as the walk would have taken: then their number is wrong. */
  #left: number = FIXED.maxPayloadValues + 1;

  constructor(foreign: Foreign) {
    this.#foreign = foreign;
  }

  find(value: unknown, path: string, above: readonly object[]): PayloadFault | null {
    const fault = (reason: string) => ({ path, reason });
    this.#left -= 1;
    if (this.#left < 0) return null;
    if (typeof value === 'string') return value.isWellFormed() ? null : fault(`is a text ${HALF}`);
    if (typeof value === 'function' || typeof value === 'symbol')
      return fault(`is a ${typeof value}`);
    if (typeof value !== 'object' || value === null) return null;
    if (above.includes(value)) return fault('leads back to itself');
    if (above.length >= MAX_PAYLOAD_DEPTH) {
      return fault(`lies more than ${MAX_PAYLOAD_DEPTH} levels deep`);
    }
    if (isPlain(value)) return this.#inRecord(value, path, [...above, value]);
    const inside = partsOf(value, above);
    if (inside === null) {
      return this.#foreign.toParts(value) === null ? fault(nameOf(value)) : null;
    }
    // Before millions of items are looked at: a list of them all is wrong by its length.
    if (sizeOf(value) > this.#left) this.#left = 0;
    return this.#among(inside, path, [...above, value]);
  }

  #among(parts: Iterable<Part>, path: string, above: readonly object[]): PayloadFault | null {
    for (const [step, part] of parts) {
      if (this.#left <= 0) return null;
      const inner = this.find(part, join(path, step), above);
      if (inner !== null) return inner;
    }
    return null;
  }

  /** Without a list of its keys, which may be as long. */
  #inRecord(record: Plain, path: string, above: readonly object[]): PayloadFault | null {
    for (const key in record) {
      this.#left -= 1;
      if (this.#left <= 0) return null;
      if (key === '__proto__') return { path, reason: 'has a key named __proto__' };
      if (!key.isWellFormed()) return { path, reason: `has a key ${HALF}` };
      const inner = this.find(record[key], join(path, stepTo(key)), above);
      if (inner !== null) return inner;
    }
    return null;
  }
}

const HALF = 'with half of a surrogate pair';

function isPlain(value: object): value is Plain {
  if (Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** How many values it holds. */
function sizeOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return 2 * value.size;
  if (value instanceof Set) return value.size;
  return value instanceof Error ? ERROR_FIELDS : 0;
}

/** What it holds, one after the other; null when only the caller may know. */
function partsOf(value: object, above: readonly object[]): Iterable<Part> | null {
  if (Array.isArray(value)) return items(value, '');
  if (value instanceof Uint8Array || value instanceof Date) return [];
  if (value instanceof Map) return pairs(value);
  if (value instanceof Set) return items(value, '.values()');
  return value instanceof Error ? errorParts(value, above) : null;
}

function* items(values: Iterable<unknown>, before: string): Iterable<Part> {
  let i = 0;
  for (const value of values) {
    yield [`${before}[${i}]`, value];
    i += 1;
  }
}

function* pairs(map: ReadonlyMap<unknown, unknown>): Iterable<Part> {
  let i = 0;
  for (const [key, item] of map) {
    yield [`.keys()[${i}]`, key];
    yield [typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${i}]`, item];
    i += 1;
  }
}

function* errorParts(error: Error, above: readonly object[]): Iterable<Part> {
  const { name, message, code, cause } = errorFields(error);
  yield ['.name', name];
  yield ['.message', message];
  yield ['.code', code];
  const causes = above.length - 1 - above.findLastIndex((value) => !(value instanceof Error));
  if (!(cause instanceof Error) || causes < MAX_CAUSES) yield ['.cause', cause];
}

function stepTo(key: string): string {
  return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

function join(path: string, step: string): string {
  return path === '' && step.startsWith('.') ? step.slice(1) : path + step;
}

function nameOf(value: object): string {
  const isActor = 'sessionId' in value && 'send' in value && 'getSnapshot' in value;
  return isActor ? 'is an actor: send `expose(actor)` in its place' : `is ${classOf(value)}`;
}

function classOf(value: object): string {
  const name = typeof value.constructor === 'function' ? value.constructor.name : '';
  return name === '' ? 'an object with a prototype of its own' : `an instance of ${name}`;
}
