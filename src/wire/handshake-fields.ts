/** Fixed fields before authentication: nothing a stranger sends reaches a general decoder. */

export class FieldWriter {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.raw(Uint8Array.of(value));
  }

  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return this.raw(bytes);
  }

  u64(value: number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(value));
    return this.raw(bytes);
  }

  raw(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }

  /** With a u16 length before it. */
  block(bytes: Uint8Array): this {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return this.raw(length).raw(bytes);
  }

  text(value: string): this {
    return this.block(Buffer.from(value, 'utf8'));
  }

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

/** Thrown and caught inside this folder only: a message that is not what its type says. */
export class FieldError extends Error {}

const PRINTABLE = /^[\x21-\x7e]*$/;

/** Throws a `FieldError` at the first field that is not there or not right. */
export class FieldReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** A copy: what is kept must outlive the chunk it came in. */
  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new FieldError('a field is cut off');
    const bytes = new Uint8Array(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return bytes;
  }

  u8(): number {
    return this.raw(1)[0] ?? 0;
  }

  u32(): number {
    return Buffer.from(this.raw(4)).readUInt32BE();
  }

  u64(): number {
    const value = Buffer.from(this.raw(8)).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FieldError('a number is too large');
    return Number(value);
  }

  block(maxBytes: number): Uint8Array {
    const length = Buffer.from(this.raw(2)).readUInt16BE();
    if (length > maxBytes) throw new FieldError('a field is too long');
    return this.raw(length);
  }

  /** Of printable ASCII, spaces excluded, so that a log line cannot be forged with it. */
  printable(maxBytes: number): string {
    const value = Buffer.from(this.block(maxBytes)).toString('latin1');
    if (!PRINTABLE.test(value)) throw new FieldError('a name has unprintable characters');
    return value;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new FieldError('bytes follow the last field');
  }
}
