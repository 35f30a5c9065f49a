/**
 * Looks over MessagePack without building anything: what the decoder must never see is found
 * here, by a loop that needs no stack of calls and no more memory than the depth allowed.
 */

export interface ScanLimits {
  readonly maxDepth: number;
  /** Values, the keys of maps included. */
  readonly maxNodes: number;
}

/** Timestamps (-1), and 0 by which the encoder writes `undefined`. */
const EXT_UNDEFINED = 0x00;
const EXT_TIMESTAMP = 0xff;

const TIMESTAMP_LENGTHS: ReadonlySet<number> = new Set([4, 8, 12]);

/** Null when the bytes are exactly one value within the limits, else what is wrong. */
export function scan(bytes: Uint8Array, limits: ScanLimits): string | null {
  return new Scan(bytes, limits).run();
}

class Scan {
  readonly #bytes: Uint8Array;
  readonly #limits: ScanLimits;
  /** Of each container that is open: how many values are still to come, and whether it is a map. */
  readonly #left: number[] = [];
  readonly #isMap: boolean[] = [];
  #at = 0;

  constructor(bytes: Uint8Array, limits: ScanLimits) {
    this.#bytes = bytes;
    this.#limits = limits;
  }

  run(): string | null {
    for (let nodes = 1; ; nodes += 1) {
      if (nodes > this.#limits.maxNodes) return 'too many values';
      const fault = this.#value();
      if (fault !== null) return fault;
      if (!this.#hasMore()) break;
    }
    return this.#at === this.#bytes.length ? null : 'bytes follow the value';
  }

  /** Closes what is complete, and counts the next value of what is not. */
  #hasMore(): boolean {
    for (let top = this.#left.length - 1; top >= 0; top -= 1) {
      const left = this.#left[top] ?? 0;
      if (left > 0) {
        this.#left[top] = left - 1;
        return true;
      }
      this.#left.pop();
      this.#isMap.pop();
    }
    return false;
  }

  #value(): string | null {
    const token = this.#bytes[this.#at];
    if (token === undefined) return 'a value is cut off';
    const isKey = this.#isKeyNext();
    this.#at += 1;
    if (isKey && !isString(token)) return 'a key is not a string';
    if (token < 0x80 || token >= 0xe0) return null;
    if (token < 0x90) return this.#open(2 * (token & 0x0f), true);
    if (token < 0xa0) return this.#open(token & 0x0f, false);
    if (token < 0xc0) return this.#skip(token & 0x1f);
    return this.#marked(token);
  }

  /** In a map keys and values alternate, and the number of values to come is even after a key. */
  #isKeyNext(): boolean {
    const top = this.#left.length - 1;
    return this.#isMap[top] === true && (this.#left[top] ?? 0) % 2 === 1;
  }

  #marked(token: number): string | null {
    switch (token) {
      case 0xc0: // nil
      case 0xc2: // false
      case 0xc3: // true
        return null;
      case 0xc4: // bin
      case 0xd9: // str
        return this.#skipCounted(1);
      case 0xc5:
      case 0xda:
        return this.#skipCounted(2);
      case 0xc6:
      case 0xdb:
        return this.#skipCounted(4);
      case 0xcc: // u8
      case 0xd0: // i8
        return this.#skip(1);
      case 0xcd:
      case 0xd1:
        return this.#skip(2);
      case 0xca: // f32
      case 0xce:
      case 0xd2:
        return this.#skip(4);
      case 0xcb: // f64
      case 0xcf:
      case 0xd3:
        return this.#skip(8);
      case 0xdc: // array
        return this.#openCounted(2, false);
      case 0xdd:
        return this.#openCounted(4, false);
      case 0xde: // map
        return this.#openCounted(2, true);
      case 0xdf:
        return this.#openCounted(4, true);
      case 0xc7: // ext
        return this.#ext(this.#uint(1));
      case 0xd4: // fixext
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#ext(1 << (token - 0xd4));
      default:
        // 0xc1 is reserved; no extension that is allowed needs a length of two or four bytes.
        return 'a type is not allowed';
    }
  }

  #open(values: number, isMap: boolean): string | null {
    // Each value takes a byte at least, so a claimed length cannot exceed what is there.
    if (values > this.#bytes.length - this.#at) return 'a length exceeds the bytes';
    if (values === 0) return this.#left.length < this.#limits.maxDepth ? null : 'too deep';
    if (this.#left.push(values) > this.#limits.maxDepth) return 'too deep';
    this.#isMap.push(isMap);
    return null;
  }

  #openCounted(lengthBytes: number, isMap: boolean): string | null {
    const count = this.#uint(lengthBytes);
    if (count === null) return 'a value is cut off';
    return this.#open(isMap ? 2 * count : count, isMap);
  }

  #skip(length: number): string | null {
    this.#at += length;
    return this.#at <= this.#bytes.length ? null : 'a length exceeds the bytes';
  }

  #skipCounted(lengthBytes: number): string | null {
    const length = this.#uint(lengthBytes);
    return length === null ? 'a value is cut off' : this.#skip(length);
  }

  #ext(length: number | null): string | null {
    const code = this.#uint(1);
    if (length === null || code === null) return 'a value is cut off';
    const isAllowed =
      (code === EXT_UNDEFINED && length === 1) ||
      (code === EXT_TIMESTAMP && TIMESTAMP_LENGTHS.has(length));
    return isAllowed ? this.#skip(length) : 'an extension is not allowed';
  }

  #uint(lengthBytes: number): number | null {
    let value = 0;
    for (let i = 0; i < lengthBytes; i += 1) {
      const byte = this.#bytes[this.#at + i];
      if (byte === undefined) return null;
      value = value * 256 + byte;
    }
    this.#at += lengthBytes;
    return value;
  }
}

function isString(token: number): boolean {
  return (token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb);
}
