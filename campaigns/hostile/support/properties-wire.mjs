// What must hold for values, frames and records.
import { isDeepStrictEqual } from 'node:util';
import {
  decode,
  encode,
  FRAME,
  FrameReader,
  HEADER_BYTES,
  Opener,
  Sealer,
} from '../../../dist/parts.js';

const KEPT = 5;
const MAX_RECORD_BYTES = 65_536 + 32;

/** Values that are not what they were, after encoding and decoding. */
export function roundTrips(random, count) {
  const values = new Values(random);
  const wrong = [];
  for (let n = 0; n < count && wrong.length < KEPT; n += 1) {
    const value = values.next();
    const decoded = decode(encode(value));
    if (!decoded.ok || !isDeepStrictEqual(decoded.value, value)) wrong.push(`value ${n}`);
  }
  return wrong;
}

class Values {
  #random;

  constructor(random) {
    this.#random = random;
  }

  /** What MessagePack can carry; a lone surrogate has no UTF-8, and -0 is 0. */
  next(depth = 0) {
    const kind = this.#below(depth < 4 ? 14 : 11);
    switch (kind) {
      case 0:
        return null;
      case 1:
        return this.#random.float() < 0.5;
      case 2:
        return this.#below(256) - 128;
      case 3:
        return Math.floor((this.#random.float() - 0.5) * 2 * Number.MAX_SAFE_INTEGER);
      case 4:
        return this.#double();
      case 5:
        return this.#wide();
      case 6:
      case 7:
        return this.#text(this.#below(40));
      case 8:
        return this.#random.bytes(this.#below(60));
      case 9:
        return new Date(Math.floor(this.#random.float() * 16e12));
      case 10:
        return undefined;
      case 11:
        return Array.from({ length: this.#below(7) }, () => this.next(depth + 1));
      default:
        return this.#object(depth);
    }
  }

  #object(depth) {
    const entries = Array.from({ length: this.#below(7) }, () => [
      this.#text(1 + this.#below(12)),
      this.next(depth + 1),
    ]);
    return Object.fromEntries(entries.filter(([key]) => key !== '__proto__'));
  }

  #double() {
    const value = Buffer.from(this.#random.bytes(8)).readDoubleBE();
    return Number.isNaN(value) || value === 0 ? 0.5 : value;
  }

  /** Beyond what a double holds: the rest comes back as a plain number. */
  #wide() {
    const bits = Buffer.from(this.#random.bytes(8)).readBigInt64BE();
    return bits > BigInt(Number.MAX_SAFE_INTEGER) || bits < BigInt(Number.MIN_SAFE_INTEGER)
      ? bits
      : 2n ** 63n + 1n;
  }

  #text(length) {
    let text = '';
    while (text.length < length) text += String.fromCodePoint(this.#codePoint());
    return text;
  }

  #codePoint() {
    if (this.#random.float() < 0.7) return this.#below(128);
    const point = this.#below(0x110000 - 0x800);
    return point < 0xd800 ? point : point + 0x800;
  }

  #below(limit) {
    return Math.floor(this.#random.float() * limit);
  }
}

/** Each record cut at every point, and once into single bytes. */
export function splits(random, count) {
  const wrong = [];
  let tried = 0;
  const sealer = new Sealer(random.bytes(32));
  const cut = (record, pieces, how) => {
    tried += 1;
    const reader = new FrameReader(MAX_RECORD_BYTES);
    const read = [];
    let error = null;
    for (const piece of pieces) {
      error ??= reader.push(piece, (type, body) => read.push([type, Buffer.from(body)]) > 0);
    }
    const isSame =
      error === null &&
      read.length === 1 &&
      read[0][0] === FRAME.control &&
      read[0][1].equals(record.subarray(HEADER_BYTES)) &&
      reader.bufferedBytes === 0;
    if (!isSame && wrong.length < KEPT) wrong.push(how);
  };
  for (let n = 0; n < count; n += 1) {
    const body = random.bytes(Math.floor(random.float() * (n % 100 === 0 ? 2_000 : 150)));
    const record = Buffer.from(sealer.seal(FRAME.control, body));
    for (let at = 0; at <= record.length; at += 1) {
      cut(record, [record.subarray(0, at), record.subarray(at)], `record ${n} at ${at}`);
    }
    cut(
      record,
      Array.from(record, (_, at) => record.subarray(at, at + 1)),
      `record ${n} in bytes`,
    );
  }
  return { tried, wrong };
}

/** Each bit of each record; a flip of the length shows as a frame of another length, or none. */
export function recordFlips(random, count) {
  const wrong = [];
  let tried = 0;
  for (let n = 0; n < count; n += 1) {
    const key = random.bytes(32);
    const record = new Sealer(key).seal(
      FRAME.control,
      random.bytes(Math.floor(random.float() * 120)),
    );
    for (let bit = 0; bit < 8 * record.length; bit += 1) {
      tried += 1;
      const flipped = new Uint8Array(record);
      flipped[bit >> 3] ^= 1 << (bit & 7);
      if (opens(key, flipped) && wrong.length < KEPT) wrong.push(`record ${n}, bit ${bit}`);
    }
    if (!opens(key, record)) wrong.push(`record ${n} as it was`);
  }
  return { tried, wrong };
}

function opens(key, bytes) {
  const opener = new Opener(key);
  let isOpened = false;
  new FrameReader(MAX_RECORD_BYTES).push(bytes, (type, body) => {
    isOpened = opener.open(type, body) !== null;
    return false;
  });
  return isOpened;
}
