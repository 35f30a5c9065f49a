/** Puts together what came in parts, because it is larger than one record may be. */
export class Inflow {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The whole body with its last piece, null before, and 'too_large' beyond the limit. */
  take(piece: Uint8Array, isLast: boolean): Uint8Array | null | 'too_large' {
    if (isLast && this.#bytes === 0) return piece;
    this.#bytes += piece.length;
    if (this.#bytes > this.#maxBytes) return 'too_large';
    // The piece lies in a chunk that will be written over.
    this.#parts.push(piece.slice());
    return isLast ? this.#join() : null;
  }

  #join(): Uint8Array {
    const whole = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#bytes = 0;
    return whole;
  }
}
