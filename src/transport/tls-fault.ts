/** What went wrong below the handshake, in words for an operator. */
import type { LinkError, LinkFault } from '../ports.ts';

const UNKNOWN_CA = 'is of a CA that is not in `tls.ca` of this node';

/** OpenSSL sees no difference: where the chain ends, there is no CA that it knows. */
const UNKNOWN_OR_INCOMPLETE =
  `${UNKNOWN_CA}, or those between it and the CA are missing: ` +
  'compare its `tls.cert`, which must hold them';

export const OTHER_PURPOSE = 'INVALID_PURPOSE';

/** With the list of this node in its place, nobody could be accepted. */
const OWN_LISTS: ReadonlyMap<string, string> = new Map([
  ['CRL_HAS_EXPIRED', 'a list in it has expired: pass a current one to `setTls`'],
  ['CRL_NOT_YET_VALID', 'a list in it is not valid yet: check the clock of this machine'],
  ['UNABLE_TO_GET_CRL', 'it holds no list of that CA: with `tls.crl`, every CA needs one'],
  ['CRL_SIGNATURE_FAILURE', 'a list in it was not signed by the CA that it names'],
  ['UNABLE_TO_DECRYPT_CRL_SIGNATURE', 'the signature of a list in it cannot be read'],
]);

/** OpenSSL's verdicts on the other end's certificate. */
const VERDICTS: ReadonlyMap<string, string> = new Map([
  ['CERT_HAS_EXPIRED', 'has expired: renew it, and check the clocks of both machines'],
  ['CERT_NOT_YET_VALID', 'is not valid yet: check the clocks of both machines'],
  ['CERT_REVOKED', 'has been revoked'],
  [OTHER_PURPOSE, 'is for another purpose: it needs both serverAuth and clientAuth'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_OR_INCOMPLETE],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_OR_INCOMPLETE],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_CA],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_CA],
  ['CERT_SIGNATURE_FAILURE', UNKNOWN_CA],
]);

export const NO_CERTIFICATE = 'it presented no certificate: give it a `tls.cert`';

const NONE_OR_NO_ROOT =
  'it presented no certificate, or a CA in `tls.ca` of this node was issued by another one that is ' +
  'missing there: compare its `tls.cert` and the own `tls.ca`';

export const OTHER_KIND =
  'one side has certificates and the other has `tls: true`: give both the same kind';

const NOT_ACCEPTED = "it does not accept this node's certificate: its log says why";

/** What node:tls says when there is no certificate, and OpenSSL when it stops short of a root. */
const NO_ISSUER = 'UNABLE_TO_GET_ISSUER_CERT';

/** What node:tls says for all that it has no name for: KEYUSAGE_NO_CRL_SIGN is among it. */
const UNNAMED = 'UNSPECIFIED';

const UNNAMED_WITH_LISTS =
  `its certificate was not accepted, and TLS does not say why (${UNNAMED}): with \`tls.crl\` of ` +
  'this node, a CA with a keyUsage needs cRLSign in it, too';

export function verdictOn(code: string, hasLists = false): string {
  if (code === UNNAMED && hasLists) return UNNAMED_WITH_LISTS;
  if (code === NO_ISSUER) return NONE_OR_NO_ROOT;
  const ownFault = OWN_LISTS.get(code);
  if (ownFault) return `no certificate can be checked by \`tls.crl\` of this node: ${ownFault}`;
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
