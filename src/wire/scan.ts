/**
 * Looks over MessagePack without building anything: what the decoder must never see is found
 * here, by a loop that needs no stack of calls and no more memory than the depth allowed. Every
 * record goes through it, so the values that are frequent come first.
 */

export interface ScanLimits {
  readonly maxDepth: number;
  /** Values, the keys of maps included. */
  readonly maxNodes: number;
}

/** Timestamps (-1), and 0 by which the encoder writes `undefined`. */
const EXT_UNDEFINED = 0x00;
const EXT_TIMESTAMP = 0xff;

const CUT_OFF = 'a value is cut off';
const TOO_LONG = 'a length exceeds the bytes';

/** Null when the bytes are exactly one value within the limits, else what is wrong. */
export function scan(bytes: Uint8Array, { maxDepth, maxNodes }: ScanLimits): string | null {
  const end = bytes.length;
  /** Of the containers around the present one: values to come, times two, plus 1 for a map. */
  const around: number[] = [];
  let left = 1;
  let isMap = false;
  let at = 0;
  for (let nodes = 1; ; nodes += 1) {
    if (nodes > maxNodes) return 'too many values';
    const token = bytes[at];
    if (token === undefined) return CUT_OFF;
    at += 1;
    // In a map keys and values alternate, and so many are to come before a key.
    if (isMap && left % 2 === 0 && !isString(token)) return 'a key is not a string';
    left -= 1;
    let values = -1;
    let opensMap = false;
    if (token < 0x80 || token >= 0xe0) {
      // A small integer.
    } else if (token >= 0xa0 && token < 0xc0) {
      at += token & 0x1f;
    } else if (token < 0x90) {
      values = 2 * (token & 0x0f);
      opensMap = true;
    } else if (token < 0xa0) {
      values = token & 0x0f;
    } else if (token >= 0xdc) {
      opensMap = token >= 0xde;
      const lengthBytes = token % 2 === 0 ? 2 : 4;
      if (at + lengthBytes > end) return CUT_OFF;
      values = uint(bytes, at, lengthBytes) * (opensMap ? 2 : 1);
      at += lengthBytes;
    } else {
      const next = past(bytes, at, token);
      if (typeof next === 'string') return next;
      at = next;
    }
    if (at > end) return TOO_LONG;
    if (values >= 0) {
      // Each value takes a byte at least, so a claimed length cannot exceed what is there.
      if (values > end - at) return TOO_LONG;
      if (around.length >= maxDepth) return 'too deep';
      if (values > 0) {
        around.push(2 * left + (isMap ? 1 : 0));
        left = values;
        isMap = opensMap;
      }
    }
    while (left === 0) {
      const outer = around.pop();
      if (outer === undefined) return at === end ? null : 'bytes follow the value';
      isMap = outer % 2 === 1;
      left = (outer - (isMap ? 1 : 0)) / 2;
    }
  }
}

/** Where the value ends that such a token begins, or what is wrong with it. */
function past(bytes: Uint8Array, at: number, token: number): number | string {
  switch (token) {
    case 0xc0: // nil
    case 0xc2: // false
    case 0xc3: // true
      return at;
    case 0xc4: // bin
    case 0xd9: // str
      return pastCounted(bytes, at, 1);
    case 0xc5:
    case 0xda:
      return pastCounted(bytes, at, 2);
    case 0xc6:
    case 0xdb:
      return pastCounted(bytes, at, 4);
    case 0xcc: // u8
    case 0xd0: // i8
      return at + 1;
    case 0xcd:
    case 0xd1:
      return at + 2;
    case 0xca: // f32
    case 0xce:
    case 0xd2:
      return at + 4;
    case 0xcb: // f64
    case 0xcf:
    case 0xd3:
      return at + 8;
    case 0xc7: // ext
      return at < bytes.length ? pastExt(bytes, at + 1, uint(bytes, at, 1)) : CUT_OFF;
    case 0xd4: // fixext
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return pastExt(bytes, at, 1 << (token - 0xd4));
    default:
      // 0xc1 is reserved; no extension that is allowed needs a length of two or four bytes.
      return 'a type is not allowed';
  }
}

function pastCounted(bytes: Uint8Array, at: number, lengthBytes: number): number | string {
  const from = at + lengthBytes;
  return from > bytes.length ? CUT_OFF : from + uint(bytes, at, lengthBytes);
}

function pastExt(bytes: Uint8Array, at: number, length: number): number | string {
  const code = bytes[at];
  if (code === undefined) return CUT_OFF;
  const isTimestamp = code === EXT_TIMESTAMP && (length === 4 || length === 8 || length === 12);
  const isAllowed = isTimestamp || (code === EXT_UNDEFINED && length === 1);
  return isAllowed ? at + 1 + length : 'an extension is not allowed';
}

function uint(bytes: Uint8Array, at: number, lengthBytes: number): number {
  let value = 0;
  for (let i = at; i < at + lengthBytes; i += 1) value = value * 256 + (bytes[i] ?? 0);
  return value;
}

function isString(token: number): boolean {
  return (token >= 0xa0 && token < 0xc0) || (token >= 0xd9 && token <= 0xdb);
}
