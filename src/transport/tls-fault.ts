/** What went wrong below the handshake, in words for an operator. */
import type { LinkError, LinkFault } from '../ports.ts';

const UNKNOWN_CA = 'is of a CA that is not in `tls.ca` of this node';

/** OpenSSL's verdicts on the other end's certificate. */
const VERDICTS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired: renew it, and check the clocks of both machines'],
  ['CERT_NOT_YET_VALID', 'is not valid yet: check the clocks of both machines'],
  ['CERT_REVOKED', 'has been revoked'],
  ['INVALID_PURPOSE', 'is for another purpose: it needs both serverAuth and clientAuth'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_CA],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_CA],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_CA],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_CA],
  ['CERT_SIGNATURE_FAILURE', UNKNOWN_CA],
]);

export const NO_CERTIFICATE =
  'it presented no certificate, or not those between it and the CA: compare its `tls.cert`';

export const OTHER_KIND =
  'one side has certificates and the other has `tls: true`: give both the same kind';

const NOT_ACCEPTED = "it does not accept this node's certificate: its log says why";

/** What node:tls says when there is no certificate, and OpenSSL when a chain is incomplete. */
const NONE_OR_INCOMPLETE = 'UNABLE_TO_GET_ISSUER_CERT';

export function verdictOn(code: string): string {
  if (code === NONE_OR_INCOMPLETE) return NO_CERTIFICATE;
  return `its certificate ${VERDICTS.get(code) ?? `was not accepted (${code})`}`;
}

/** The other side is no TLS speaker: the first bytes are no record of it. */
const PLAINTEXT: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);

const NO_COMMON_KIND: ReadonlySet<string> = new Set([
  'ERR_SSL_NO_SHARED_CIPHER',
  'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
]);

const HANDSHAKE_ALERT = /ALERT_(?:(?:NO|BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_|UNKNOWN_CA)/;

/** An error of node:tls as one of a link. What cannot be told apart stays as it is. */
export function linkError(error: Error & { readonly code?: unknown }): LinkError {
  const code = typeof error.code === 'string' ? error.code : '';
  if (PLAINTEXT.has(code)) {
    return faulty('plaintext', 'this node speaks TLS, and the other side does not', error);
  }
  if (VERDICTS.has(code)) return faulty('certificate', verdictOn(code), error);
  if (NO_COMMON_KIND.has(code)) return faulty('certificate', OTHER_KIND, error);
  if (HANDSHAKE_ALERT.test(code)) return faulty('certificate', NOT_ACCEPTED, error);
  if (code.startsWith('ERR_SSL_')) return faulty('protocol', `TLS failed (${code})`, error);
  return error;
}

export function faulty(fault: LinkFault, message: string, cause?: Error): LinkError {
  return Object.assign(new Error(message, cause && { cause }), { fault });
}
