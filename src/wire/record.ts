/**
 * Records under a key: body, then HMAC-SHA256(key, u64 seq + u32 length + u8 type + body). The
 * number of a record does not travel, so what is lost, repeated or moved cannot be verified.
 */
import { createHmac, createSecretKey, type Hmac, type KeyObject } from 'node:crypto';
import { HEADER_BYTES, writeHeader } from './frame.ts';
import { isSame, nextKey } from './keys.ts';

export const TAG_BYTES = 32;

const SEQUENCE_BYTES = 8;
const PREFIX_BYTES = SEQUENCE_BYTES + HEADER_BYTES;

/** Room before a body, for `sealInPlace`. */
export const RECORD_HEAD_BYTES = PREFIX_BYTES;

/** One direction's key and its successors. */
class Chain {
  #key: Uint8Array;
  #keyObject: KeyObject;

  constructor(key: Uint8Array) {
    this.#key = key;
    this.#keyObject = createSecretKey(key);
  }

  hmac() {
    return createHmac('sha256', this.#keyObject);
  }

  ratchet(): void {
    this.#key = nextKey(this.#key);
    this.#keyObject = createSecretKey(this.#key);
  }
}

export class Sealer {
  readonly #chain: Chain | null;
  #sealed = 0;

  /** Without a key records carry no tag. */
  constructor(key: Uint8Array | null) {
    this.#chain = key && new Chain(key);
  }

  /** Records since the last key. */
  get sealed(): number {
    return this.#sealed;
  }

  /** The whole frame, tag included. */
  seal(type: number, body: Uint8Array): Uint8Array {
    const roomy = Buffer.allocUnsafe(PREFIX_BYTES + body.length + TAG_BYTES);
    roomy.set(body, PREFIX_BYTES);
    return this.sealInPlace(type, roomy);
  }

  /**
   * The whole frame, around a body that lies between `RECORD_HEAD_BYTES` and `TAG_BYTES` of room.
   * The sequence stands before the frame, so that all that is signed is one piece.
   */
  sealInPlace(type: number, roomy: Buffer): Uint8Array {
    const end = roomy.length - TAG_BYTES;
    const bodyBytes = end - PREFIX_BYTES;
    if (!this.#chain) {
      writeHeader(roomy, SEQUENCE_BYTES, bodyBytes, type);
      return roomy.subarray(SEQUENCE_BYTES, end);
    }
    writeSequence(roomy, this.#sealed);
    writeHeader(roomy, SEQUENCE_BYTES, bodyBytes + TAG_BYTES, type);
    writeTag(this.#chain.hmac().update(roomy.subarray(0, end)), roomy, end);
    this.#sealed += 1;
    return roomy.subarray(SEQUENCE_BYTES);
  }

  ratchet(): void {
    this.#chain?.ratchet();
    this.#sealed = 0;
  }
}

export class Opener {
  readonly #chain: Chain | null;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  readonly #tag = Buffer.alloc(TAG_BYTES);
  #opened = 0;
  #isBroken = false;

  constructor(key: Uint8Array | null) {
    this.#chain = key && new Chain(key);
  }

  /** The verified body; null for this and every later record once one is wrong. */
  open(type: number, bodyAndTag: Uint8Array): Uint8Array | null {
    if (!this.#chain) return bodyAndTag;
    const bodyBytes = bodyAndTag.length - TAG_BYTES;
    if (this.#isBroken || bodyBytes < 0) return this.#break();
    const body = bodyAndTag.subarray(0, bodyBytes);
    writeSequence(this.#prefix, this.#opened);
    writeHeader(this.#prefix, SEQUENCE_BYTES, bodyAndTag.length, type);
    writeTag(this.#chain.hmac().update(this.#prefix).update(body), this.#tag, 0);
    if (!isSame(this.#tag, bodyAndTag.subarray(bodyBytes))) return this.#break();
    this.#opened += 1;
    return body;
  }

  ratchet(): void {
    this.#chain?.ratchet();
    this.#opened = 0;
  }

  #break(): null {
    this.#isBroken = true;
    return null;
  }
}

/** As text of one byte a character: to make a Buffer of it takes half as long as the hash itself. */
function writeTag(hmac: Hmac, into: Buffer, at: number): void {
  into.write(hmac.digest('binary'), at, 'binary');
}

/** Keys are replaced long before a number is not exact any more. */
function writeSequence(into: Uint8Array, sequence: number): void {
  const high = Math.floor(sequence / 2 ** 32);
  for (let i = 0; i < 4; i += 1) {
    into[i] = high >>> (24 - 8 * i);
    into[4 + i] = sequence >>> (24 - 8 * i);
  }
}
