/** A text stands for its UTF-8. */
export type Bytes = Uint8Array | string;

const NOTHING = new Uint8Array(0);

export function toBytes(bytes: Bytes | undefined): Uint8Array {
  if (bytes === undefined) return NOTHING;
  return typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
}
