/** What is wrong with a key and its certificates, before they are used. Never tells their text. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import type { NodeClaim } from '../ports.ts';
import { nameProblem } from './tls-names.ts';
import { isReadable, listsEndAt } from './tls-revocation.ts';
import { secureContext, type TlsCertificates } from './tls-settings.ts';
import { missingUsage } from './tls-usage.ts';

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Left over from one that is cut off: node:tls leaves it out of the CAs in silence. */
const PART_OF_CERTIFICATE = /(?:BEGIN|END) (?:TRUSTED )?CERTIFICATE-/;

/** What is wrong with the options, by name, or null. */
export function certificatesProblem(certificates: TlsCertificates): string | null {
  const { ca, crl = [] } = certificates;
  const problem =
    ownProblem(certificates) ??
    unreadableOf('ca', 'certificate', ca, holdsCertificates) ??
    unreadableOf('crl', 'list of revoked certificates', crl, isReadable);
  if (problem) return problem;
  try {
    secureContext({ kind: 'certificates', certificates });
    return null;
  } catch (error) {
    return `tls: what was passed cannot be used by this release of OpenSSL (${codeOf(error)})`;
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

/** What will make this node refuse others, whoever they are. */
export function revocationProblem({ crl = [] }: TlsCertificates, wallNowMs: number): string | null {
  const endAt = listsEndAt(crl);
  if (!(wallNowMs > endAt)) return null;
  return (
    `a list in tls.crl has expired (${new Date(endAt).toUTCString()}), and no certificate of its ` +
    'CA can be checked: pass a current one'
  );
}

function unreadableOf(
  option: string,
  what: string,
  texts: readonly string[],
  isGood: (text: string) => boolean,
): string | null {
  const index = texts.findIndex((text) => !isGood(text));
  if (index < 0) return null;
  return `tls.${option}${texts.length > 1 ? `[${index}]` : ''} ${notPem(what, texts[index] ?? '')}`;
}

function holdsCertificates(text: string): boolean {
  const parts = text.match(PEM_CERTIFICATE) ?? [];
  if (PART_OF_CERTIFICATE.test(text.replace(PEM_CERTIFICATE, ''))) return false;
  return parts.length > 0 && parts.every(readCertificate);
}

function ownProblem(certificates: TlsCertificates): string | null {
  const { cert } = certificates;
  const key = readKey(certificates);
  if (typeof key === 'string') return key;
  const own = readCertificate(cert);
  if (!own) return `tls.cert ${notPem('certificate', cert)}`;
  const isOfKey = own.checkPrivateKey(key);
  if (!isOfKey) return 'tls.cert does not belong to tls.key: pass those of one node';
  const missing = missingUsage(own.keyUsage);
  if (!missing) return null;
  return (
    `tls.cert does not allow ${missing}, and a node is both server and client: issue it with ` +
    'extendedKeyUsage=serverAuth,clientAuth'
  );
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
        ? 'tls.key is encrypted: set tls.passphrase'
        : 'tls.passphrase does not open tls.key';
    }
    return `tls.key ${notPem('private key', key)}`;
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
