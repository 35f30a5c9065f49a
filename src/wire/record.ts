/**
 * Records under a key: body, then HMAC-SHA256(key, u64 seq + u32 length + u8 type + body). The
 * number of a record does not travel, so what is lost, repeated or moved cannot be verified.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { HEADER_BYTES, writeHeader } from './frame.ts';
import { isSame, nextKey } from './keys.ts';

export const TAG_BYTES = 32;

const SEQUENCE_BYTES = 8;
const PREFIX_BYTES = SEQUENCE_BYTES + HEADER_BYTES;

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
  #sealed = 0n;

  /** Without a key records carry no tag. */
  constructor(key: Uint8Array | null) {
    this.#chain = key && new Chain(key);
  }

  /** Records since the last key. */
  get sealed(): bigint {
    return this.#sealed;
  }

  /** The whole frame, tag included. */
  seal(type: number, body: Uint8Array): Uint8Array {
    const tagBytes = this.#chain ? TAG_BYTES : 0;
    // The sequence stands before the frame, so that all that is signed is one piece.
    const bytes = Buffer.allocUnsafe(PREFIX_BYTES + body.length + tagBytes);
    bytes.writeBigUInt64BE(this.#sealed, 0);
    writeHeader(bytes, SEQUENCE_BYTES, body.length + tagBytes, type);
    bytes.set(body, PREFIX_BYTES);
    if (this.#chain) {
      const signed = bytes.subarray(0, PREFIX_BYTES + body.length);
      bytes.set(this.#chain.hmac().update(signed).digest(), signed.length);
    }
    this.#sealed += 1n;
    return bytes.subarray(SEQUENCE_BYTES);
  }

  ratchet(): void {
    this.#chain?.ratchet();
    this.#sealed = 0n;
  }
}

export class Opener {
  readonly #chain: Chain | null;
  readonly #prefix = Buffer.alloc(PREFIX_BYTES);
  #opened = 0n;
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
    this.#prefix.writeBigUInt64BE(this.#opened, 0);
    writeHeader(this.#prefix, SEQUENCE_BYTES, bodyAndTag.length, type);
    const tag = this.#chain.hmac().update(this.#prefix).update(body).digest();
    if (!isSame(tag, bodyAndTag.subarray(bodyBytes))) return this.#break();
    this.#opened += 1n;
    return body;
  }

  ratchet(): void {
    this.#chain?.ratchet();
    this.#opened = 0n;
  }

  #break(): null {
    this.#isBroken = true;
    return null;
  }
}
