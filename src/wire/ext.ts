/**
 * How greetings grow inside one wire version: tag, length, value, at the end. A tag that is not
 * known is skipped, yet signed like everything else.
 */
import { FIXED } from '../limits.ts';
import { FieldError, type FieldReader, type FieldWriter } from './handshake-fields.ts';

export const EXT_TAG = {
  /** Nothing is published: the dialer only wants to know who answers. */
  probe: 1,
  /** Replaces the session of the same two lives. */
  renew: 2,
} as const;

export type Ext = ReadonlyMap<number, Uint8Array>;

export const NO_EXT: Ext = new Map();

export function writeExt(writer: FieldWriter, ext: Ext): void {
  const parts = [...ext].map(([tag, value]) =>
    Buffer.concat([Uint8Array.of(tag, value.length), value]),
  );
  writer.block(Buffer.concat(parts));
}

export function readExt(reader: FieldReader): Ext {
  const bytes = reader.block(FIXED.maxHandshakeExtBytes);
  if (bytes.length === 0) return NO_EXT;
  const ext = new Map<number, Uint8Array>();
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at] ?? 0;
    const length = bytes[at + 1];
    if (length === undefined || at + 2 + length > bytes.length) {
      throw new FieldError('an extension is cut off');
    }
    if (ext.has(tag)) throw new FieldError('an extension comes twice');
    ext.set(tag, bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return ext;
}

export function purposeExt(probe: boolean, renew: boolean): Ext {
  const ext = new Map<number, Uint8Array>();
  if (probe) ext.set(EXT_TAG.probe, new Uint8Array(0));
  if (renew) ext.set(EXT_TAG.renew, new Uint8Array(0));
  return ext;
}
