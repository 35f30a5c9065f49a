/** What a finished TLS handshake says about the other end. */
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { NO_CERTIFICATE, verdictOn } from './tls-fault.ts';
import type { Trust } from './tls-link.ts';
import { nameProblem } from './tls-names.ts';
import type { TlsSettings } from './tls-settings.ts';

const EXPORTER_LABEL = 'EXPORTER-chartmesh-1';
const BINDING_BYTES = 32;

export function trustIn(stream: TLSSocket, { kind }: TlsSettings): Trust {
  const channelBinding = stream.exportKeyingMaterial(
    BINDING_BYTES,
    EXPORTER_LABEL,
    Buffer.alloc(0),
  );
  if (kind === 'anonymous') return { channelBinding, claimProblem: () => null };
  const certificate = peerCertificate(stream);
  const problem = chainProblem(stream, certificate);
  if (!certificate || problem) return { channelBinding: null, claimProblem: () => problem };
  return { channelBinding, claimProblem: (claim) => nameProblem(certificate, claim) };
}

/** `getPeerX509Certificate` would find the client's only once. */
export function peerCertificate(stream: TLSSocket): PeerCertificate | null {
  const certificate = stream.getPeerCertificate();
  return 'raw' in certificate ? certificate : null;
}

/** Why the other end's certificate is worth nothing, whomever it names. */
export function chainProblem(
  stream: TLSSocket,
  certificate: PeerCertificate | null,
): string | null {
  // Looked at first: without a certificate, a resumed session would count as authorized.
  if (!certificate || stream.isSessionReused()) return NO_CERTIFICATE;
  return stream.authorized ? null : verdictOn(String(stream.authorizationError));
}
