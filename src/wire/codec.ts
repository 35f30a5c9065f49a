/** Values to bytes and back. Nothing is decoded that `scan` has not passed. */
// By this door, which loads neither the optional native addon nor streams: neither is used.
import { Packr, Unpackr } from 'msgpackr/pack';
import { FIXED } from '../limits.ts';
import { scan } from './scan.ts';

/**
 * No record structures (a peer could poison them), no classes but dates, and byte strings that do
 * not keep the whole chunk alive.
 */
function hardened() {
  return {
    useRecords: false,
    mapsAsObjects: true,
    structuredClone: false,
    moreTypes: false,
    bundleStrings: false,
    copyBuffers: true,
  };
}

// The library writes into the options it is given; each gets its own.
const packr = new Packr(hardened());
const unpackr = new Unpackr(hardened());

const LIMITS = { maxDepth: FIXED.maxDecodeDepth, maxNodes: FIXED.maxDecodeNodes };

export type Decoded =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string };

export function encode(value: unknown): Uint8Array {
  return packr.pack(value);
}

/** Never throws. Byte strings come out as plain `Uint8Array`s, wherever the input lay. */
export function decode(bytes: Uint8Array): Decoded {
  const fault = scan(bytes, LIMITS);
  if (fault !== null) return { ok: false, reason: fault };
  try {
    const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    const value: unknown = unpackr.unpack(plain);
    return { ok: true, value };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : 'not decodable' };
  }
}
