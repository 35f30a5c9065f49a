/** What a finished TLS handshake says about the other end. */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { NO_CERTIFICATE, OTHER_PURPOSE, verdictOn } from './tls-fault.ts';
import type { Trust } from './tls-link.ts';
import { nameProblem } from './tls-names.ts';
import type { TlsCertificates, TlsSettings } from './tls-settings.ts';
import { missingUsage } from './tls-usage.ts';

const EXPORTER_LABEL = 'EXPORTER-chartmesh-1';
const BINDING_BYTES = 32;

/** Never throws: what cannot be examined is not trusted. */
export function trustIn(stream: TLSSocket, settings: TlsSettings): Trust {
  try {
    return examined(stream, settings);
  } catch (error) {
    return mistrust(unreadable(error));
  }
}

function examined(stream: TLSSocket, settings: TlsSettings): Trust {
  const channelBinding = stream.exportKeyingMaterial(
    BINDING_BYTES,
    EXPORTER_LABEL,
    Buffer.alloc(0),
  );
  if (settings.kind === 'anonymous') return { channelBinding, claimProblem: () => null };
  const problem = chainProblem(stream, settings.certificates);
  if (problem) return mistrust(problem);
  const certificate = peerCertificate(stream);
  if (!certificate) return mistrust(NO_CERTIFICATE);
  return { channelBinding, claimProblem: (claim) => nameProblem(certificate, claim) };
}

/**
 * Why the other end's certificate is worth nothing, whomever it names. Asked before anything else
 * is read from it: a stranger may have made it to be misread.
 */
export function chainProblem(stream: TLSSocket, { crl }: TlsCertificates): string | null {
  // Without a certificate, a resumed session would count as authorized.
  if (stream.isSessionReused()) return NO_CERTIFICATE;
  if (!stream.authorized) return verdictOn(String(stream.authorizationError), crl !== undefined);
  try {
    return missingUsage(stream.getPeerCertificate().ext_key_usage) && verdictOn(OTHER_PURPOSE);
  } catch (error) {
    return unreadable(error);
  }
}

/** `getPeerX509Certificate` would find the server's only once. */
function peerCertificate(stream: TLSSocket): PeerCertificate | null {
  const certificate = stream.getPeerCertificate();
  return 'raw' in certificate ? certificate : null;
}

function unreadable(error: unknown): string {
  return `what TLS says about it cannot be read (${String(error)})`;
}

function mistrust(problem: string): Trust {
  return { channelBinding: null, claimProblem: () => problem };
}
