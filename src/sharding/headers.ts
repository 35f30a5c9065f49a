/** What stands beside the payload of an envelope. */
import { InvalidEnvelopeError, ReservedHeaderError } from '../errors/sharding.ts';
import { SHARDING } from '../limits.ts';

export type Headers = Readonly<Record<string, string>>;

/** Says to which key a request belongs; the one header of the reserved ones that travels. */
export const KEY_HEADER = 'x-clstr-key';

const RESERVED_PREFIX = 'x-clstr-';

const NONE: Headers = Object.freeze(Object.create(null));

/** A copy that nothing can be added to, and in which nothing is found that was not set. */
export function ownHeaders(headers: Headers | undefined): Headers {
  if (headers === undefined) return NONE;
  // Such a copy already.
  if (Object.isFrozen(headers) && Object.getPrototypeOf(headers) === null) return headers;
  const copy: Record<string, string> = Object.create(null);
  for (const name of Object.keys(headers)) copy[name] = headers[name] ?? '';
  return Object.freeze(copy);
}

/** What is sent to a key is handled as that key. @throws ReservedHeaderError */
export function headersOfKey(headers: Headers | undefined, key: string): Headers {
  const given = headers?.[KEY_HEADER];
  if (given !== undefined && given !== key) throw new ReservedHeaderError(KEY_HEADER);
  const copy: Record<string, string> = Object.assign(Object.create(null), headers);
  copy[KEY_HEADER] = key;
  return Object.freeze(copy);
}

/** @throws ReservedHeaderError, InvalidEnvelopeError */
export function checkHeaders(headers: Headers): void {
  const names = Object.keys(headers);
  if (names.length > SHARDING.maxHeaders) {
    throw new InvalidEnvelopeError(
      `it has ${names.length} headers, and may have ${SHARDING.maxHeaders}`,
    );
  }
  let bytes = 0;
  for (const name of names) {
    const value: unknown = headers[name];
    if (isReserved(name)) throw new ReservedHeaderError(name);
    if (name === '' || !name.isWellFormed()) throw new InvalidEnvelopeError('a header has no name');
    if (typeof value !== 'string' || !value.isWellFormed()) {
      throw new InvalidEnvelopeError(`the header ${JSON.stringify(name)} is no well-formed text`);
    }
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes <= SHARDING.maxHeaderBytes) return;
  throw new InvalidEnvelopeError(
    `its headers have ${bytes} bytes, and may have ${SHARDING.maxHeaderBytes}`,
  );
}

function isReserved(name: string): boolean {
  if (name === KEY_HEADER) return false;
  return name.slice(0, RESERVED_PREFIX.length).toLowerCase() === RESERVED_PREFIX;
}
