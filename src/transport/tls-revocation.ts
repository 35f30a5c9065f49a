/** Lists of revoked certificates, as far as an operator must know about them. */
import { createSecureContext } from 'node:tls';

const PEM_LIST = /-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g;

const TAG = { integer: 0x02, utcTime: 0x17, generalizedTime: 0x18 } as const;

/** One by one, because node:tls reads the first of a text and leaves out the others in silence. */
export function singleLists(text: string): readonly string[] {
  return text.match(PEM_LIST) ?? [];
}

/** Whether there is a list in it, and all of them are whole, and OpenSSL can read them. */
export function isReadable(text: string): boolean {
  const lists = singleLists(text);
  // What is left of a list that is cut off would be left out, and those whom it names let in.
  if (text.replace(PEM_LIST, '').includes('X509 CRL')) return false;
  try {
    for (const crl of lists) createSecureContext({ crl });
    return lists.length > 0;
  } catch {
    return false;
  }
}

/** When the first CA is without a list that is still good, as a time of day; NaN: never. */
export function listsEndAt(texts: readonly string[]): number {
  const ends = new Map<string, number>();
  for (const list of texts.flatMap(singleLists)) {
    const { issuer, endsAt } = termsOf(list);
    ends.set(issuer, Math.max(endsAt, ends.get(issuer) ?? endsAt));
  }
  const known = [...ends.values()].filter((endsAt) => !Number.isNaN(endsAt));
  return known.length === 0 ? Number.NaN : Math.min(...known);
}

/** node:crypto reads no such list. RFC 5280, 5.1: version, signature, issuer, this and next update. */
function termsOf(list: string): { issuer: string; endsAt: number } {
  const der = Buffer.from(list.replace(PEM_LIST, '$1'), 'base64');
  const fieldAt = (at: number) => derField(der, at);
  let field = fieldAt(fieldAt(fieldAt(0).start).start);
  if (field.tag === TAG.integer) field = fieldAt(field.end);
  const issuer = fieldAt(field.end);
  const nextUpdate = fieldAt(fieldAt(issuer.end).end);
  return {
    issuer: der.toString('hex', issuer.start, issuer.end),
    endsAt: derTime(nextUpdate.tag, der.toString('latin1', nextUpdate.start, nextUpdate.end)),
  };
}

function derField(der: Buffer, at: number): { tag: number; start: number; end: number } {
  const [tag = 0, first = 0] = der.subarray(at);
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = at + 2 + lengthBytes;
  let length = lengthBytes === 0 ? first : 0;
  for (const byte of der.subarray(at + 2, start)) length = length * 256 + byte;
  return { tag, start, end: start + length };
}

/** NaN for whatever is no time: a list need not say when the next one comes. */
function derTime(tag: number, text: string): number {
  if (tag !== TAG.utcTime && tag !== TAG.generalizedTime) return Number.NaN;
  const isShort = tag === TAG.utcTime;
  const full = isShort ? `${Number(text.slice(0, 2)) < 50 ? 20 : 19}${text}` : text;
  return Date.parse(
    full.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d).*$/, '$1-$2-$3T$4:$5:$6Z'),
  );
}
