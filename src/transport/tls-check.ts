/** What is wrong with a key and its certificates, before they are used. Never tells their text. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { NodeClaim } from '../ports.ts';
import { nameProblem } from './tls-names.ts';
import { secureContext, type TlsCertificates } from './tls-settings.ts';

const PEM_CERTIFICATE = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END/g;

/** The name of the option and what is wrong with it, or null. */
export function certificatesProblem(certificates: TlsCertificates): string | null {
  const { cert, ca } = certificates;
  const key = readKey(certificates);
  if (typeof key === 'string') return key;
  const own = readCertificate(cert);
  if (!own) return `cert ${notPem('certificate', cert)}`;
  if (!own.checkPrivateKey(key)) return 'cert does not belong to tls.key: pass those of one node';
  for (const [index, text] of ca.entries()) {
    const parts = text.match(PEM_CERTIFICATE) ?? [];
    if (parts.length === 0 || parts.some((part) => !readCertificate(`${part} CERTIFICATE-----`))) {
      return `ca${ca.length > 1 ? `[${index}]` : ''} ${notPem('certificate', text)}`;
    }
  }
  try {
    secureContext({ kind: 'certificates', certificates });
    return null;
  } catch (error) {
    return `cannot be used by this release of OpenSSL (${codeOf(error)})`;
  }
}

/** What an operator should know about a node's own certificate at this time. */
export function ownCertificateProblem(
  { cert }: TlsCertificates,
  claim: NodeClaim,
  wallNowMs: number,
): string | null {
  const own = readCertificate(cert);
  if (!own) return null;
  if (wallNowMs > Date.parse(own.validTo)) return `its certificate has expired (${own.validTo})`;
  if (wallNowMs < Date.parse(own.validFrom)) return `its certificate is not valid yet`;
  return nameProblem(own.toLegacyObject(), claim);
}

function readKey({ key, passphrase }: TlsCertificates): KeyObject | string {
  try {
    return createPrivateKey({
      key,
      format: 'pem',
      ...(passphrase !== undefined && { passphrase }),
    });
  } catch {
    if (key.includes('ENCRYPTED')) {
      return passphrase === undefined
        ? 'key is encrypted: set tls.passphrase'
        : 'passphrase does not open tls.key';
    }
    return `key ${notPem('private key', key)}`;
  }
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem);
  } catch {
    return null;
  }
}

function notPem(what: string, text: string): string {
  return text.includes('-----BEGIN')
    ? `holds no ${what} that can be read: pass a whole PEM file, as openssl writes it`
    : `is no ${what} in PEM form ("-----BEGIN ..."): pass the content of the file, not its path`;
}

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : 'no code';
}
