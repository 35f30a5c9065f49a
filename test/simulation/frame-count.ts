import { FRAME, HEADER_BYTES } from '../../src/wire/frame.ts';

/** Counts whole records in a stream without keeping any of it. */
export class FrameCount {
  /** Whole frames of a session, not those of a handshake. */
  records = 0;
  readonly #header = new Uint8Array(HEADER_BYTES);
  #headerBytes = 0;
  #bodyBytes = 0;

  /** Nothing of a frame is missing. */
  get isBetween(): boolean {
    return this.#headerBytes === 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#headerBytes < HEADER_BYTES) {
        this.#header[this.#headerBytes] = chunk[at] ?? 0;
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes === HEADER_BYTES) this.#bodyBytes = lengthIn(this.#header);
      } else {
        const taken = Math.min(this.#bodyBytes, chunk.length - at);
        this.#bodyBytes -= taken;
        at += taken;
      }
      if (this.#headerBytes === HEADER_BYTES && this.#bodyBytes === 0) this.#end();
    }
  }

  #end(): void {
    this.#headerBytes = 0;
    if ((this.#header[HEADER_BYTES - 1] ?? 0) >= FRAME.control) this.records += 1;
  }
}

function lengthIn(header: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = header;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
