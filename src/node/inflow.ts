/** Puts together what comes in parts, because it is larger than one record may be. */
import { FIXED } from '../limits.ts';
import { FRAME } from '../wire/frame.ts';

export class Inflow {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Of a frame `data`, `part` or `last`: a whole body, null before it, or what is wrong with it. */
  take(type: number, piece: Uint8Array): Uint8Array | null | 'too_large' | 'too_small' {
    if (type === FRAME.data) return piece;
    // All but the last are as large as a record may be: else parts of nothing would pile up.
    if (type === FRAME.part && piece.length < FIXED.maxRecordBytes) return 'too_small';
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return 'too_large';
    // The piece lies in a chunk that will be written over.
    this.#parts.push(piece.slice());
    return type === FRAME.last ? this.#join() : null;
  }

  #join(): Uint8Array {
    const whole = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }
}
