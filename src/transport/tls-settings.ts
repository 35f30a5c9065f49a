/** How links are encrypted, and what node:tls is told for it. */
import { constants } from 'node:crypto';
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TlsOptions,
} from 'node:tls';
import { singleLists } from './tls-revocation.ts';

/** PEM texts; `ca` may hold several, so that one can follow another. */
export interface TlsCertificates {
  readonly key: string;
  /** The node's own, then those between it and the CA. */
  readonly cert: string;
  readonly ca: readonly string[];
  readonly crl?: readonly string[] | undefined;
  readonly passphrase?: string | undefined;
}

/** Certificates on both sides, or encryption alone. */
export type TlsSettings =
  | { readonly kind: 'certificates'; readonly certificates: TlsCertificates }
  | { readonly kind: 'anonymous' };

/**
 * Public on purpose: TLS without certificates needs some key, and this one only starts the
 * exchange of ephemeral keys. One made of the secret could be guessed by whoever listens.
 */
const PUBLIC_PSK = Buffer.from('chartmesh/1 public key of no one');
const PUBLIC_IDENTITY = 'chartmesh/1';

const COMMON = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  // A resumed session would bring yesterday's verdict on a certificate.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

const ANONYMOUS: SecureContextOptions = {
  ...COMMON,
  // A key given by callback goes with SHA-256 only.
  ciphers: 'TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256',
  ecdhCurve: 'X25519',
};

function contextOptions(settings: TlsSettings): SecureContextOptions {
  if (settings.kind === 'anonymous') return ANONYMOUS;
  const { key, cert, ca, crl, passphrase } = settings.certificates;
  return {
    ...COMMON,
    key,
    cert,
    ca: [...ca],
    ...(crl && { crl: crl.flatMap(singleLists) }),
    ...(passphrase !== undefined && { passphrase }),
  };
}

/** Throws for keys and certificates that OpenSSL cannot use. */
export function secureContext(settings: TlsSettings): SecureContext {
  return createSecureContext(contextOptions(settings));
}

export function serverOptions(settings: TlsSettings): TlsOptions {
  if (settings.kind === 'certificates') {
    // Not refused by node:tls, which would not say why: `claimProblem` of the link does.
    return { ...contextOptions(settings), requestCert: true, rejectUnauthorized: false };
  }
  return {
    ...contextOptions(settings),
    pskCallback: (_socket, identity) => (identity === PUBLIC_IDENTITY ? PUBLIC_PSK : null),
  };
}

export function clientOptions(settings: TlsSettings) {
  const common = {
    // Judged by the link, which tells the other side why it hangs up.
    rejectUnauthorized: false,
    // Whose certificate it has to be is known only from the handshake above.
    checkServerIdentity: () => undefined,
  };
  return settings.kind === 'certificates'
    ? common
    : { ...common, pskCallback: () => ({ psk: PUBLIC_PSK, identity: PUBLIC_IDENTITY }) };
}
