/** Why a walk refused a value, and where: a second, slower walk that knows its way. */
import { FIXED } from '../limits.ts';
import type { Foreign } from './foreign.ts';
import { MAX_PAYLOAD_DEPTH } from './writer.ts';

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

class Search {
  readonly #foreign: Foreign;
  #left: number = FIXED.maxPayloadValues;

  constructor(foreign: Foreign) {
    this.#foreign = foreign;
  }

  find(value: unknown, path: string, above: readonly object[]): PayloadFault | null {
    const fault = (reason: string) => ({ path, reason });
    this.#left -= 1;
    // As many values as the walk would have taken: their number is what is wrong.
    if (this.#left < 0) return null;
    if (typeof value === 'string') {
      return value.isWellFormed() ? null : fault('is a text with half of a surrogate pair');
    }
    if (typeof value === 'function' || typeof value === 'symbol')
      return fault(`is a ${typeof value}`);
    if (typeof value !== 'object' || value === null) return null;
    if (above.includes(value)) return fault('leads back to itself');
    if (above.length >= MAX_PAYLOAD_DEPTH) {
      return fault(`lies more than ${MAX_PAYLOAD_DEPTH} levels deep`);
    }
    const inside = partsOf(value);
    if (inside === null) {
      return this.#foreign.toParts(value) === null ? fault(nameOf(value)) : null;
    }
    for (const [step, part] of inside) {
      if (step === '.__proto__') return fault('has a key named __proto__');
      const inner = this.find(part, join(path, step), [...above, value]);
      if (inner !== null) return inner;
    }
    return null;
  }
}

/** What a value holds, each with the step that leads there; null when only the caller may know. */
function partsOf(value: object): readonly (readonly [string, unknown])[] | null {
  if (Array.isArray(value)) return Array.from(value, (item, i) => [`[${i}]`, item] as const);
  if (value instanceof Uint8Array || value instanceof Date) return [];
  if (value instanceof Map) {
    return [...value].flatMap(([key, item], i) => [
      [`.keys()[${i}]`, key] as const,
      [typeof key === 'string' ? `.get(${JSON.stringify(key)})` : `.values()[${i}]`, item] as const,
    ]);
  }
  if (value instanceof Set) return [...value].map((item, i) => [`.values()[${i}]`, item] as const);
  if (value instanceof Error) return [['.cause', value.cause]];
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return null;
  return Object.entries(value).map(([key, item]) => [stepTo(key), item] as const);
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
