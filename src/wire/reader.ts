/**
 * MessagePack to values, in one pass over bytes that nobody vouches for: what is not allowed is
 * found while it is read. Until then values are built, but all lists and maps of a record together
 * have room for no more than it may hold.
 */
import { FIXED } from '../limits.ts';
import { EXT, type Foreign } from './foreign.ts';

/** What a peer sent stands for no value. */
export class MalformedError extends Error {}

/** Shorter ASCII texts are put together here, which is quicker than a call of the system's. */
const SHORT_TEXT = 24;
const SCRATCH: number[][] = Array.from({ length: SHORT_TEXT + 1 }, (_, n) => new Array(n).fill(0));
/** Keys repeat: as many are remembered, by a hash of their bytes. */
const KEYS: string[] = new Array(1_024).fill('');

type Mutable = Record<string, unknown>;

export class Reader {
  readonly #foreign: Foreign;
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #end = 0;
  /** Values that may still be claimed: a list or a map claims all of its own at its beginning. */
  #left = 0;

  constructor(foreign: Foreign) {
    this.#foreign = foreign;
  }

  begin(bytes: Uint8Array): void {
    this.#bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = 0;
    this.#end = bytes.length;
    this.#left = FIXED.maxDecodeNodes;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end;
  }

  /** A whole number that is not negative. */
  number(): number {
    const value = this.value();
    if (typeof value !== 'number' || value < 0 || !Number.isSafeInteger(value)) {
      throw new MalformedError('a message has no code or number');
    }
    return value;
  }

  value(): unknown {
    this.#claim(1);
    return this.#value(0);
  }

  #value(depth: number): unknown {
    const token = this.#byte();
    if (token < 0x80) return token;
    if (token >= 0xe0) return token - 0x1_00;
    if (token >= 0xa0) return token < 0xc0 ? this.#text(token & 0x1f) : this.#marked(token, depth);
    return token < 0x90 ? this.#map(token & 0x0f, depth) : this.#list(token & 0x0f, depth);
  }

  #marked(token: number, depth: number): unknown {
    switch (token) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#binary(this.#uint(1));
      case 0xc5:
        return this.#binary(this.#uint(2));
      case 0xc6:
        return this.#binary(this.#uint(4));
      case 0xca:
        return this.#bytes.readFloatBE(this.#skip(4));
      case 0xcb:
        return this.#bytes.readDoubleBE(this.#skip(8));
      case 0xcc:
        return this.#uint(1);
      case 0xcd:
        return this.#uint(2);
      case 0xce:
        return this.#uint(4);
      case 0xcf:
        return this.#bytes.readBigUInt64BE(this.#skip(8));
      case 0xd0:
        return this.#bytes.readInt8(this.#skip(1));
      case 0xd1:
        return this.#bytes.readInt16BE(this.#skip(2));
      case 0xd2:
        return this.#bytes.readInt32BE(this.#skip(4));
      case 0xd3:
        return this.#bytes.readBigInt64BE(this.#skip(8));
      case 0xd9:
        return this.#text(this.#uint(1));
      case 0xda:
        return this.#text(this.#uint(2));
      case 0xdb:
        return this.#text(this.#uint(4));
      case 0xdc:
        return this.#list(this.#uint(2), depth);
      case 0xdd:
        return this.#list(this.#uint(4), depth);
      case 0xde:
        return this.#map(this.#uint(2), depth);
      case 0xdf:
        return this.#map(this.#uint(4), depth);
      case 0xc7:
        return this.#extension(this.#uint(1), depth);
      case 0xc9:
        return this.#extension(this.#uint(4), depth);
      case 0xd4:
        return this.#extension(1, depth);
      default:
        throw new MalformedError('a type is not allowed');
    }
  }

  #list(length: number, depth: number): readonly unknown[] {
    this.#enter(length, depth);
    const list: unknown[] = new Array(length);
    for (let i = 0; i < length; i += 1) list[i] = this.#value(depth + 1);
    return list;
  }

  #map(length: number, depth: number): Mutable {
    this.#enter(2 * length, depth);
    const record: Mutable = {};
    for (let i = 0; i < length; i += 1) {
      const key = this.#key();
      record[key] = this.#value(depth + 1);
    }
    return record;
  }

  /** Each value takes a byte at least, so a claimed length cannot exceed what is there. */
  #enter(values: number, depth: number): void {
    if (values > this.#end - this.#at) throw new MalformedError('a length exceeds the bytes');
    if (depth >= FIXED.maxDecodeDepth) throw new MalformedError('too deep');
    this.#claim(values);
  }

  #claim(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw new MalformedError('too many values');
  }

  #key(): string {
    const token = this.#byte();
    if (token >= 0xa0 && token < 0xc0) return this.#cached(token & 0x1f);
    const lengthBytes = token === 0xd9 ? 1 : token === 0xda ? 2 : token === 0xdb ? 4 : 0;
    if (lengthBytes === 0) throw new MalformedError('a key is not a string');
    return checkKey(this.#text(this.#uint(lengthBytes)));
  }

  /** Of the same bytes the same text, as a rule: it need not be made, and is known as a key. */
  #cached(length: number): string {
    const from = this.#skip(length);
    const bytes = this.#bytes;
    let hash = length;
    for (let i = from; i < from + length; i += 1) hash = (hash * 31 + (bytes[i] ?? 0)) & 0x3ff;
    const known = KEYS[hash] ?? '';
    if (known.length === length && isText(known, bytes, from)) return known;
    const key = checkKey(this.#textAt(from, length));
    KEYS[hash] = key;
    return key;
  }

  #text(length: number): string {
    return this.#textAt(this.#skip(length), length);
  }

  #textAt(from: number, length: number): string {
    if (length > SHORT_TEXT) return this.#bytes.toString('utf8', from, from + length);
    const bytes = this.#bytes;
    const codes = SCRATCH[length] ?? [];
    for (let i = 0; i < length; i += 1) {
      const code = bytes[from + i] ?? 0;
      if (code >= 0x80) return bytes.toString('utf8', from, from + length);
      codes[i] = code;
    }
    return String.fromCharCode.apply(String, codes);
  }

  #binary(length: number): Uint8Array {
    const from = this.#skip(length);
    // A copy: the record lies in a chunk that will be written over.
    return new Uint8Array(this.#bytes.subarray(from, from + length));
  }

  #extension(length: number, depth: number): unknown {
    const code = this.#byte();
    const end = this.#at + length;
    if (end > this.#end) throw new MalformedError('a length exceeds the bytes');
    const value = this.#extended(code, length, end, depth);
    if (this.#at !== end) throw new MalformedError('an extension has another length');
    return value;
  }

  #extended(code: number, length: number, end: number, depth: number): unknown {
    switch (code) {
      case EXT.undefined:
        this.#skip(1);
        return undefined;
      case EXT.noDate:
        this.#skip(1);
        return new Date(Number.NaN);
      case EXT.timestamp:
        return this.#timestamp(length);
      case EXT.bigint:
        return wideInteger(this.value());
      case EXT.map:
        return this.#pairs(this.#parts(end, depth));
      case EXT.set:
        return new Set(this.#parts(end, depth));
      case EXT.error:
        return errorOf(this.#parts(end, depth));
      case EXT.foreign: {
        const value = this.#foreign.fromParts(this.#parts(end, depth));
        if (value === undefined) throw new MalformedError('a reference is none');
        return value;
      }
      default:
        throw new MalformedError('an extension is not allowed');
    }
  }

  #parts(end: number, depth: number): unknown[] {
    if (depth >= FIXED.maxDecodeDepth) throw new MalformedError('too deep');
    const parts: unknown[] = [];
    while (this.#at < end) {
      this.#claim(1);
      parts.push(this.#value(depth + 1));
    }
    return parts;
  }

  #pairs(parts: readonly unknown[]): Map<unknown, unknown> {
    if (parts.length % 2 !== 0) throw new MalformedError('a map has a key without a value');
    const map = new Map<unknown, unknown>();
    for (let i = 0; i < parts.length; i += 2) map.set(parts[i], parts[i + 1]);
    return map;
  }

  #timestamp(length: number): Date {
    if (length !== 12) throw new MalformedError('an extension is not allowed');
    const at = this.#skip(12);
    const nanoseconds = this.#bytes.readUInt32BE(at);
    const seconds = Number(this.#bytes.readBigInt64BE(at + 4));
    return new Date(seconds * 1_000 + Math.floor(nanoseconds / 1_000_000));
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new MalformedError('a value is cut off');
    const byte = this.#bytes[this.#at] ?? 0;
    this.#at += 1;
    return byte;
  }

  /** Where so many bytes begin, which are passed over. */
  #skip(length: number): number {
    const from = this.#at;
    if (from + length > this.#end) throw new MalformedError('a length exceeds the bytes');
    this.#at = from + length;
    return from;
  }

  #uint(lengthBytes: number): number {
    const from = this.#skip(lengthBytes);
    let value = 0;
    for (let i = from; i < from + lengthBytes; i += 1) value = value * 256 + (this.#bytes[i] ?? 0);
    return value;
  }
}

function isText(text: string, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) !== bytes[from + i]) return false;
  }
  return true;
}

function checkKey(key: string): string {
  if (key === '__proto__') throw new MalformedError('a key is not allowed');
  return key;
}

function wideInteger(hex: unknown): bigint {
  const found = typeof hex === 'string' ? /^(-?)([0-9a-f]+)$/.exec(hex) : null;
  if (!found) throw new MalformedError('a BigInt is none');
  const size = BigInt(`0x${found[2]}`);
  return found[1] === '-' ? -size : size;
}

function errorOf([name, message, code, cause]: readonly unknown[]): Error {
  const error = new Error(String(message), cause === undefined ? undefined : { cause });
  // Not enumerable, as in an error that was made here.
  Object.defineProperty(error, 'name', { value: String(name), configurable: true, writable: true });
  return code === undefined ? error : Object.assign(error, { code });
}
