/** Every key of a session, from the stretched secret, the exchange and what was said. */
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

const KEY_BYTES = 32;
const LABEL = 'chartmesh/1 ';
const NOTHING = new Uint8Array(0);

export interface Transcript {
  /** TH: what both sides must have seen, bit for bit. */
  readonly hash: Uint8Array;
  /** Nonces of the dialer and the acceptor. */
  readonly salt: Uint8Array;
}

/** Frames as they travelled, headers included, and what the channel below knows. */
export function transcriptHash(
  hello: Uint8Array,
  challenge: Uint8Array,
  channelBinding: Uint8Array | null,
): Uint8Array {
  const hash = createHash('sha256');
  for (const part of [hello, challenge, channelBinding ?? NOTHING]) {
    hash.update(lengthOf(part)).update(part);
  }
  return hash.digest();
}

export type KeyUse = 'auth' | 'd2a' | 'a2d';

/** Derives the keys of one session under one secret; an empty secret when there is none. */
export class KeySchedule {
  readonly #material: Uint8Array;
  readonly #transcript: Transcript;

  constructor(psk: Uint8Array, shared: Uint8Array, transcript: Transcript) {
    this.#material = Buffer.concat([prefixed(psk), shared]);
    this.#transcript = transcript;
  }

  key(use: KeyUse): Uint8Array {
    const info = Buffer.concat([Buffer.from(LABEL + use), this.#transcript.hash]);
    return derive(this.#material, this.#transcript.salt, info);
  }

  dialerProof(): Uint8Array {
    return createHmac('sha256', this.key('auth'))
      .update('dialer')
      .update(this.#transcript.hash)
      .digest();
  }

  acceptorProof(dialerProof: Uint8Array, answer: Uint8Array): Uint8Array {
    return createHmac('sha256', this.key('auth'))
      .update('acceptor')
      .update(this.#transcript.hash)
      .update(dialerProof)
      .update(answer)
      .digest();
  }
}

/** The key that follows: one way, so that a key found later opens nothing earlier. */
export function nextKey(key: Uint8Array): Uint8Array {
  return derive(key, new Uint8Array(0), Buffer.from(`${LABEL}rekey`));
}

export function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function derive(material: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', material, salt, info, KEY_BYTES));
}

/** With its length before it, so that no two different lists of parts look alike. */
function prefixed(part: Uint8Array): Uint8Array {
  return Buffer.concat([lengthOf(part), part]);
}

function lengthOf(part: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(part.length, 0);
  return bytes;
}
