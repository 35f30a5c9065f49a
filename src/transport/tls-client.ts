/** The dialling end: TLS begins as soon as TCP has answered. */
import type { Socket } from 'node:net';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import type { Link } from '../ports.ts';
import { refused } from '../wire/refusal.ts';
import { endpoint } from './tcp-link.ts';
import { faulty, linkError, OTHER_KIND } from './tls-fault.ts';
import { type TlsEnd, TlsLink } from './tls-link.ts';
import { clientOptions, type TlsSettings } from './tls-settings.ts';
import { chainProblem, trustIn } from './tls-trust.ts';

export function tlsClientLink(
  raw: Socket,
  settings: TlsSettings,
  context: SecureContext,
): Link | null {
  const remote = endpoint(raw.remoteAddress, raw.remotePort);
  const local = endpoint(raw.localAddress, raw.localPort);
  if (!remote || !local || raw.destroyed) return null;
  const begin = (end: TlsEnd) => secure(raw, settings, context, end);
  const link = new TlsLink({ raw, remote, local, begin });
  link.begin();
  return link;
}

function secure(raw: Socket, settings: TlsSettings, context: SecureContext, end: TlsEnd): void {
  const stream = connect({ ...clientOptions(settings), socket: raw, secureContext: context });
  stream.on('error', (error) => end.failed(linkError(error)));
  stream.once('close', () => end.closed());
  stream.once('secureConnect', () => {
    const problem = problemOf(stream, settings);
    if (problem === null) return end.agreed(stream, trustIn(stream, settings));
    end.failed(faulty('certificate', problem));
    // Nothing else leaves for an end that is not trusted; its operator should know why.
    stream.end(refused('certificate').send, () => stream.destroy());
  });
}

/** Why nothing must be said to this server; whom its certificate names is asked later. */
function problemOf(stream: TLSSocket, settings: TlsSettings): string | null {
  if (settings.kind === 'certificates') return chainProblem(stream, settings.certificates);
  // The public key was used, and no certificate: a server may prefer its own.
  return stream.isSessionReused() ? null : OTHER_KIND;
}
