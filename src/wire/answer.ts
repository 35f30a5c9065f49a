/** H4: what became of a dialer that has proven itself. */
import { FieldWriter } from './handshake-fields.ts';

export const STATUS = {
  ok: 0,
  /** Both dialled at once, and the other link goes on. */
  lostSimultaneous: 1,
  /** A live session with this life exists. */
  duplicate: 2,
  /** A later life of the dialer is known; `knownIncarnation` says which to exceed. */
  stale: 3,
  version: 5,
  leaving: 6,
  busy: 7,
  /** Another life holds the name. */
  nameConflict: 8,
  /** The dialer wanted somebody else. */
  wrongPeer: 9,
} as const;

export interface Answer {
  readonly status: number;
  readonly knownIncarnation: number;
}

const ANSWER_BYTES = 9;
const PROOF_BYTES = 32;

/** The part that the proof covers and that goes before it. */
export function encodeAnswer({ status, knownIncarnation }: Answer): Uint8Array {
  return new FieldWriter().u8(status).u64(knownIncarnation).bytes();
}

/** Cut in two; the answer is worth reading only once the proof is right. */
export function splitAnswer(body: Uint8Array): { answer: Uint8Array; proof: Uint8Array } | null {
  if (body.length !== ANSWER_BYTES + PROOF_BYTES) return null;
  return { answer: body.subarray(0, ANSWER_BYTES), proof: body.subarray(ANSWER_BYTES) };
}

export function decodeAnswer(answer: Uint8Array): Answer | null {
  const bytes = Buffer.from(answer);
  const knownIncarnation = bytes.readBigUInt64BE(1);
  if (knownIncarnation > BigInt(Number.MAX_SAFE_INTEGER)) return null;
  return { status: bytes.readUInt8(0), knownIncarnation: Number(knownIncarnation) };
}
