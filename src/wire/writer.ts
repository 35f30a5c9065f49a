/**
 * Values to MessagePack, in one walk that checks, wraps and writes: what users send goes straight
 * into the record that will be sealed, without a copy of it in between. The library that control
 * messages use would need a walk of its own before, and takes twice as long in all.
 */
import { FIXED } from '../limits.ts';
import { EXT, type Foreign } from './foreign.ts';

/** Thrown for a value that cannot be sent; `payload-fault.ts` finds out where and why. */
export const REFUSED = Symbol('refused');

/** Levels of containers in one message. */
export const MAX_PAYLOAD_DEPTH = FIXED.maxDecodeDepth - 2;

/** Slabs double from the first to the last size as they are used up. */
const FIRST_SLAB_BYTES = 4_096;
const MAX_SLAB_BYTES = 65_536;
/** One that had to be larger for a large message is not kept. */
const MAX_KEPT_SLAB_BYTES = 4 * MAX_SLAB_BYTES;
/** Texts up to this are written by a loop, which is quicker than a call of the system's. */
const SHORT_TEXT = 48;
/** Of one error, a cause of a cause and so on; what comes after them is left out. */
export const MAX_CAUSES = 8;
const MAX_INT64 = 2n ** 63n;
const EXT_HEADER_BYTES = 6;

type Plain = Readonly<Record<string, unknown>>;

export class Writer {
  readonly #foreign: Foreign;
  #bytes: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Where the present record begins. */
  #start = 0;
  #at = 0;
  #values = 0;

  constructor(foreign: Foreign) {
    this.#foreign = foreign;
  }

  /** Of the present record, so far. */
  get length(): number {
    return this.#at - this.#start;
  }

  /** Begins a record with so many bytes left free at its beginning. */
  begin(reservedBytes: number): void {
    if (this.#bytes.length > MAX_KEPT_SLAB_BYTES) this.#drop();
    this.#start = this.#at;
    this.#ensure(reservedBytes);
    this.#at += reservedBytes;
  }

  #drop(): void {
    this.#bytes = Buffer.alloc(0);
    this.#view = new DataView(this.#bytes.buffer);
    this.#at = 0;
  }

  /** The record, with so many bytes left free at its end. Nobody writes there any more. */
  finish(reservedBytes: number): Buffer {
    this.#ensure(reservedBytes);
    this.#at += reservedBytes;
    const record = this.#bytes.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return record;
  }

  /** Forgets what was written after that length of the record. */
  truncate(length: number): void {
    this.#at = this.#start + length;
  }

  /** The same, and gives a copy of it. */
  takeBack(length: number): Buffer {
    const taken = Buffer.from(this.#bytes.subarray(this.#start + length, this.#at));
    this.truncate(length);
    return taken;
  }

  put(bytes: Uint8Array): void {
    this.#ensure(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A whole number that is not negative. */
  number(value: number): void {
    this.#ensure(9);
    this.#number(value);
  }

  /** What a user sends. Throws `REFUSED`, and leaves behind what was written before. */
  payload(value: unknown): void {
    this.#values = 0;
    this.#value(value, 0);
  }

  #value(value: unknown, depth: number): void {
    if (this.#at + 16 > this.#bytes.length) this.#ensure(16);
    switch (typeof value) {
      case 'string':
        return this.#text(value);
      case 'number':
        return this.#number(value);
      case 'object':
        if (value === null) this.#byte(0xc0);
        else this.#object(value, depth);
        return;
      case 'boolean':
        return this.#byte(value ? 0xc3 : 0xc2);
      case 'undefined':
        this.#byte(0xd4);
        this.#byte(EXT.undefined);
        return this.#byte(0);
      case 'bigint':
        return this.#bigint(value);
      default:
        throw REFUSED;
    }
  }

  #number(value: number): void {
    // The comparison holds for -0, too, which arrives as 0.
    if (value >>> 0 === value) this.#unsigned(value);
    else if (value >> 0 === value) this.#negative(value);
    else {
      this.#byte(0xcb);
      this.#view.setFloat64(this.#at, value);
      this.#at += 8;
    }
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#byte(value);
    else if (value < 0x1_00) this.#tagged8(0xcc, value);
    else if (value < 0x1_0000) this.#tagged16(0xcd, value);
    else this.#tagged32(0xce, value);
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#byte(value & 0xff);
    else if (value >= -0x80) this.#tagged8(0xd0, value);
    else if (value >= -0x8000) this.#tagged16(0xd1, value);
    else this.#tagged32(0xd2, value);
  }

  #text(value: string): void {
    const { length } = value;
    if (length > SHORT_TEXT) return this.#longText(value);
    if (this.#at + length + 2 > this.#bytes.length) this.#ensure(length + 2);
    const bytes = this.#bytes;
    let at = this.#at;
    if (length < 0x20) bytes[at++] = 0xa0 | length;
    else {
      bytes[at++] = 0xd9;
      bytes[at++] = length;
    }
    for (let i = 0; i < length; i += 1) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return this.#longText(value);
      bytes[at++] = code;
    }
    this.#at = at;
  }

  #longText(value: string): void {
    if (!value.isWellFormed()) throw REFUSED;
    const length = Buffer.byteLength(value);
    this.#ensure(length + 5);
    if (length < 0x20) this.#byte(0xa0 | length);
    else if (length < 0x1_00) this.#tagged8(0xd9, length);
    else if (length < 0x1_0000) this.#tagged16(0xda, length);
    else this.#tagged32(0xdb, length);
    this.#bytes.write(value, this.#at);
    this.#at += length;
  }

  #object(value: object, depth: number): void {
    if (depth >= MAX_PAYLOAD_DEPTH) throw REFUSED;
    if (Array.isArray(value)) return this.#list(value, depth);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) this.#plain(value as Plain, depth);
    else this.#special(value, depth);
  }

  #list(list: readonly unknown[], depth: number): void {
    const { length } = list;
    this.#count(length);
    this.#ensure(length + 5);
    if (length < 0x10) this.#byte(0x90 | length);
    else if (length < 0x1_0000) this.#tagged16(0xdc, length);
    else this.#tagged32(0xdd, length);
    for (let i = 0; i < length; i += 1) this.#value(list[i], depth + 1);
  }

  /** The number of keys is known only after them: a place is left for it. */
  #plain(record: Plain, depth: number): void {
    const header = this.#at - this.#start;
    this.#byte(0x80);
    let keys = 0;
    for (const key in record) {
      if (key === '__proto__') throw REFUSED;
      keys += 1;
      this.#count(2);
      if (keys === 0x10) this.#widen(header);
      this.#text(key);
      this.#value(record[key], depth + 1);
    }
    const at = this.#start + header;
    if (keys < 0x10) this.#bytes[at] = 0x80 | keys;
    else {
      this.#bytes[at] = 0xdf;
      this.#view.setUint32(at + 1, keys);
    }
  }

  /** More keys than fit into a header of one byte: the first fifteen make room. */
  #widen(header: number): void {
    this.#ensure(4 + 16);
    const at = this.#start + header;
    this.#bytes.copyWithin(at + 5, at + 1, this.#at);
    this.#at += 4;
  }

  #special(value: object, depth: number): void {
    if (value instanceof Uint8Array) return this.#binary(value);
    if (value instanceof Date) return this.#date(value);
    if (value instanceof Map) {
      return this.#extension(EXT.map, depth, () => {
        this.#count(2 * value.size);
        for (const [key, item] of value) {
          this.#value(key, depth + 1);
          this.#value(item, depth + 1);
        }
      });
    }
    if (value instanceof Set) return this.#parts(EXT.set, value.size, value, depth);
    if (value instanceof Error) return this.#error(value, depth, 0);
    const parts = this.#foreign.toParts(value);
    if (parts === null) throw REFUSED;
    this.#parts(EXT.foreign, parts.length, parts, depth);
  }

  #parts(code: number, size: number, parts: Iterable<unknown>, depth: number): void {
    this.#extension(code, depth, () => {
      this.#count(size);
      for (const part of parts) this.#value(part, depth + 1);
    });
  }

  /** `causes`: how many errors stand above it in its chain. */
  #error(error: Error, depth: number, causes: number): void {
    const { name, message, code, cause } = errorFields(error);
    this.#extension(EXT.error, depth, () => {
      this.#count(ERROR_FIELDS);
      this.#value(name, depth + 1);
      this.#value(message, depth + 1);
      this.#value(code, depth + 1);
      if (!(cause instanceof Error)) this.#value(cause, depth + 1);
      else if (causes < MAX_CAUSES) this.#error(cause, depth + 1, causes + 1);
      else this.#value(undefined, depth + 1);
    });
  }

  #extension(code: number, depth: number, write: () => void): void {
    if (depth >= MAX_PAYLOAD_DEPTH) throw REFUSED;
    this.#ensure(EXT_HEADER_BYTES);
    const header = this.#at - this.#start;
    this.#at += EXT_HEADER_BYTES;
    write();
    const at = this.#start + header;
    this.#bytes[at] = 0xc9;
    this.#view.setUint32(at + 1, this.#at - at - EXT_HEADER_BYTES);
    this.#bytes[at + 5] = code;
  }

  #binary(value: Uint8Array): void {
    const { length } = value;
    this.#ensure(length + 5);
    if (length < 0x1_00) this.#tagged8(0xc4, length);
    else if (length < 0x1_0000) this.#tagged16(0xc5, length);
    else this.#tagged32(0xc6, length);
    this.#bytes.set(value, this.#at);
    this.#at += length;
  }

  #date(value: Date): void {
    const ms = value.getTime();
    this.#ensure(15);
    if (Number.isNaN(ms)) {
      this.#byte(0xd4);
      this.#byte(EXT.noDate);
      return this.#byte(0);
    }
    const seconds = Math.floor(ms / 1_000);
    this.#byte(0xc7);
    this.#byte(12);
    this.#byte(EXT.timestamp);
    this.#view.setUint32(this.#at, (ms - seconds * 1_000) * 1_000_000);
    this.#view.setBigInt64(this.#at + 4, BigInt(seconds));
    this.#at += 12;
  }

  #bigint(value: bigint): void {
    if (-MAX_INT64 <= value && value < MAX_INT64) {
      this.#byte(0xd3);
      this.#view.setBigInt64(this.#at, value);
      this.#at += 8;
      return;
    }
    // Its digits are read as a value of their own.
    this.#count(1);
    this.#extension(EXT.bigint, 0, () => this.#value(value.toString(16), 0));
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > FIXED.maxPayloadValues) throw REFUSED;
  }

  #byte(value: number): void {
    this.#bytes[this.#at] = value;
    this.#at += 1;
  }

  #tagged8(tag: number, value: number): void {
    this.#byte(tag);
    this.#byte(value & 0xff);
  }

  #tagged16(tag: number, value: number): void {
    this.#byte(tag);
    this.#byte((value >> 8) & 0xff);
    this.#byte(value & 0xff);
  }

  #tagged32(tag: number, value: number): void {
    this.#byte(tag);
    this.#view.setInt32(this.#at, value | 0);
    this.#at += 4;
  }

  /** A record that outgrows its slab moves to a larger one; those before it stay where they are. */
  #ensure(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const length = this.#at - this.#start;
    const usual = Math.min(Math.max(2 * this.#bytes.length, FIRST_SLAB_BYTES), MAX_SLAB_BYTES);
    const size = Math.max(usual, 2 * (length + bytes));
    const grown = Buffer.allocUnsafeSlow(size);
    this.#bytes.copy(grown, 0, this.#start, this.#at);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    this.#start = 0;
    this.#at = length;
  }
}

/** What an error has on the wire. */
export const ERROR_FIELDS = 4;

export interface ErrorFields {
  readonly name: string;
  readonly message: string;
  readonly code: string | number | undefined;
  readonly cause: unknown;
}

export function errorFields(error: Error & { readonly code?: unknown }): ErrorFields {
  const { name, message, code, cause } = error;
  const hasCode = typeof code === 'string' || typeof code === 'number';
  return {
    name: String(name),
    message: String(message),
    code: hasCode ? code : undefined,
    cause,
  };
}
