/** Fixed fields before authentication: nothing a stranger sends reaches a general decoder. */
import { FIXED } from '../limits.ts';

/** Where messages are put together, one after the other: more than the longest may be. */
const room = Buffer.alloc(2 * FIXED.maxPreAuthFrameBytes);

/** Its fields must be written in one go, before another writer begins. */
export class FieldWriter {
  #end = 0;

  u8(value: number): this {
    this.#end = room.writeUInt8(value, this.#end);
    return this;
  }

  u32(value: number): this {
    this.#end = room.writeUInt32BE(value, this.#end);
    return this;
  }

  u64(value: number): this {
    this.#end = room.writeBigUInt64BE(BigInt(value), this.#end);
    return this;
  }

  raw(bytes: Uint8Array): this {
    room.set(bytes, this.#end);
    this.#end += bytes.length;
    return this;
  }

  /** With a u16 length before it. */
  block(bytes: Uint8Array): this {
    this.#end = room.writeUInt16BE(bytes.length, this.#end);
    return this.raw(bytes);
  }

  text(value: string): this {
    const bytes = room.write(value, this.#end + 2, 'utf8');
    this.#end = room.writeUInt16BE(bytes, this.#end) + bytes;
    return this;
  }

  bytes(): Uint8Array {
    return new Uint8Array(room.subarray(0, this.#end));
  }
}

/** Thrown and caught inside this folder only: a message that is not what its type says. */
export class FieldError {
  /** No `Error`: a flood would pay for the stack of each. */
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** Of the upper half of a number that a double still holds exactly. */
const MAX_HIGH = 2 ** 21 - 1;
const PRINTABLE = /^[\x21-\x7e]*$/;

/** Throws a `FieldError` at the first field that is not there or not right. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = from;
  }

  /** A copy: what is kept must outlive the chunk it came in. */
  raw(length: number): Uint8Array {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  hex(length: number): string {
    const start = this.#take(length);
    return this.#bytes.toString('hex', start, start + length);
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u32(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  u64(): number {
    const start = this.#take(8);
    const high = this.#bytes.readUInt32BE(start);
    if (high > MAX_HIGH) throw new FieldError('a number is too large');
    return high * 2 ** 32 + this.#bytes.readUInt32BE(start + 4);
  }

  block(maxBytes: number): Uint8Array {
    return this.raw(this.#length(maxBytes));
  }

  /** Of printable ASCII, spaces excluded, so that a log line cannot be forged with it. */
  printable(maxBytes: number): string {
    const length = this.#length(maxBytes);
    const start = this.#take(length);
    const value = this.#bytes.toString('latin1', start, start + length);
    if (!PRINTABLE.test(value)) throw new FieldError('a name has unprintable characters');
    return value;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new FieldError('bytes follow the last field');
  }

  #length(maxBytes: number): number {
    const length = this.#bytes.readUInt16BE(this.#take(2));
    if (length > maxBytes) throw new FieldError('a field is too long');
    return length;
  }

  /** Where a field of so many bytes begins. */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw new FieldError('a field is cut off');
    this.#at = start + length;
    return start;
  }
}
