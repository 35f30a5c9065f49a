/** The parts control messages are made of: how each travels, and what is taken back. */
import * as v from 'valibot';
import { FIXED } from '../limits.ts';

export interface WireEntry {
  readonly id: string;
  /** 32 hex digits. */
  readonly uid: string;
  readonly incarnation: number;
  readonly state: 'alive' | 'down' | 'left';
  /** Age of a tombstone; 0 while alive. */
  readonly ageMs: number;
}

const STATE_CODES = { alive: 0, down: 1, left: 2 } as const;

export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const durationMs = v.pipe(v.number(), v.finite(), v.minValue(0));
/** -1: never. */
export const optionalDurationMs = v.pipe(v.number(), v.finite(), v.minValue(-1));
export const id = v.pipe(v.string(), v.maxBytes(FIXED.maxNodeIdBytes));
export const uid = hexOf(16);
export const digest = hexOf(8);

const state = v.pipe(
  v.picklist([0, 1, 2]),
  v.transform((code) => (['alive', 'down', 'left'] as const)[code]),
);

export const entries = v.array(
  v.pipe(
    v.looseTuple([id, uid, count, state, durationMs]),
    v.transform(([id, uid, incarnation, state, ageMs]): WireEntry => {
      return { id, uid, incarnation, state, ageMs };
    }),
  ),
);

export function fromHex(digits: string): Uint8Array {
  return Buffer.from(digits, 'hex');
}

/** Whole milliseconds: half the bytes of a fraction that nobody needs. */
export function wholeMs(ms: number): number {
  return Math.round(ms);
}

export function toFields(entry: WireEntry): readonly unknown[] {
  const { id, uid, incarnation, state, ageMs } = entry;
  return [id, fromHex(uid), incarnation, STATE_CODES[state], wholeMs(ageMs)];
}

/** Raw bytes on the wire, hex digits in the program. */
function hexOf(bytes: number) {
  return v.pipe(
    v.instance(Uint8Array),
    v.length(bytes),
    v.transform((raw) => Buffer.from(raw).toString('hex')),
  );
}
