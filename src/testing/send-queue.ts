/** What a process has written and its kernel has not yet taken. */
export class SendQueue {
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }

  /** At most so many bytes of one write; null when there are none. */
  take(most: number): Uint8Array | null {
    const [chunk] = this.#chunks;
    if (!chunk) return null;
    const taken = chunk.subarray(0, most);
    if (taken.length === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(most);
    this.#bytes -= taken.length;
    return taken;
  }

  clear(): void {
    this.#chunks = [];
    this.#bytes = 0;
  }
}
