/**
 * The stream cut into frames: u32 big-endian length, u8 type, then as many bytes as the length
 * says (the body and, on a sealed record, its tag).
 */
export const HEADER_BYTES = 5;

export const FRAME = {
  hello: 1,
  challenge: 2,
  prove: 3,
  accept: 4,
  reject: 5,
  control: 16,
  data: 17,
  rekey: 18,
  /** Of a message that is larger than a record may be; data records may come in between. */
  part: 19,
  /** Its end. */
  last: 20,
} as const;

/** 'tls': the other side speaks TLS, whose first bytes would be an absurd length. */
export type FrameError = 'too_large' | 'unknown_type' | 'tls';

const KNOWN_TYPES: ReadonlySet<number> = new Set(Object.values(FRAME));
const FIRST_CAPACITY_BYTES = 512;
/** Shared by all readers that hold nothing: most never hold anything. */
const NOTHING = new Uint8Array(0);

export function frame(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.length);
  writeHeader(bytes, 0, body.length, type);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

export function writeHeader(into: Uint8Array, at: number, length: number, type: number): void {
  into[at] = length >>> 24;
  into[at + 1] = length >>> 16;
  into[at + 2] = length >>> 8;
  into[at + 3] = length;
  into[at + 4] = type;
}

/** Gives a body that is valid only during the call: it may lie in the chunk that brought it. */
export class FrameReader {
  /** Of one frame's length field; raised once the other side has proven itself. */
  limitBytes: number;
  #pending: Uint8Array = NOTHING;
  #pendingBytes = 0;
  #hasStopped = false;
  #error: FrameError | null = null;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /** Of a frame that is not complete. */
  get bufferedBytes(): number {
    return this.#pendingBytes;
  }

  /**
   * Calls `onFrame` for each complete frame, in order. False from it, or an error, ends the
   * reading for good: what follows has no meaning.
   */
  push(chunk: Uint8Array, onFrame: (type: number, body: Uint8Array) => boolean): FrameError | null {
    let at = 0;
    while (!this.#hasStopped && at < chunk.length) {
      at = this.#pendingBytes === 0 ? this.#readWhole(chunk, at, onFrame) : this.#fill(chunk, at);
      if (!this.#hasStopped && this.#pendingBytes > 0) this.#readPending(onFrame);
    }
    return this.#error;
  }

  /** Reads a frame that lies in the chunk as a whole, or keeps the rest of the chunk. */
  #readWhole(
    chunk: Uint8Array,
    at: number,
    onFrame: (type: number, body: Uint8Array) => boolean,
  ): number {
    const left = chunk.length - at;
    if (left < HEADER_BYTES) return this.#fill(chunk, at);
    const length = readLength(chunk, at);
    const type = chunk[at + 4] ?? 0;
    if (!this.#isFine(length, type)) return chunk.length;
    const end = at + HEADER_BYTES + length;
    if (end > chunk.length) return this.#fill(chunk, at);
    this.#hasStopped = !onFrame(type, chunk.subarray(at + HEADER_BYTES, end));
    return end;
  }

  #readPending(onFrame: (type: number, body: Uint8Array) => boolean): void {
    const pending = this.#pending;
    if (this.#pendingBytes < HEADER_BYTES) return;
    const length = readLength(pending, 0);
    const type = pending[4] ?? 0;
    const end = HEADER_BYTES + length;
    if (!this.#isFine(length, type) || this.#pendingBytes < end) return;
    this.#pending = NOTHING;
    this.#pendingBytes = 0;
    this.#hasStopped = !onFrame(type, pending.subarray(HEADER_BYTES, end));
  }

  /** Takes from the chunk what the frame begun still lacks, header first. */
  #fill(chunk: Uint8Array, at: number): number {
    const held = this.#pendingBytes;
    const wanted = held < HEADER_BYTES ? HEADER_BYTES : HEADER_BYTES + readLength(this.#pending, 0);
    const taken = Math.min(wanted - held, chunk.length - at);
    this.#reserve(held + taken, wanted);
    this.#pending.set(chunk.subarray(at, at + taken), held);
    this.#pendingBytes = held + taken;
    return at + taken;
  }

  /**
   * Doubling keeps the copying linear however the bytes are chopped, and the memory below twice
   * what has arrived; a claimed length alone reserves nothing.
   */
  #reserve(neededBytes: number, frameBytes: number): void {
    if (this.#pending.length >= neededBytes) return;
    const doubled = Math.max(FIRST_CAPACITY_BYTES, 2 * neededBytes);
    const capacity = frameBytes > HEADER_BYTES ? Math.min(doubled, frameBytes) : doubled;
    const grown = new Uint8Array(capacity);
    grown.set(this.#pending.subarray(0, this.#pendingBytes));
    this.#pending = grown;
  }

  #isFine(length: number, type: number): boolean {
    if (length > this.limitBytes) this.#error = isTls(length) ? 'tls' : 'too_large';
    else if (!KNOWN_TYPES.has(type)) this.#error = 'unknown_type';
    else return true;
    this.#hasStopped = true;
    this.#pending = NOTHING;
    this.#pendingBytes = 0;
    return false;
  }
}

/** A TLS record begins with its type, 22 for a handshake or 21 for an alert, and the version. */
function isTls(length: number): boolean {
  const start = length >>> 16;
  return start === 0x1603 || start === 0x1503;
}

function readLength(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16);
  return (high | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}
