import type { SecureContext } from 'node:tls';
import type { Network } from '../ports.ts';
import { tcpDial } from './tcp-dial.ts';
import { tcpListen } from './tcp-listen.ts';
import { tlsClientLink } from './tls-client.ts';
import { TlsTerminator } from './tls-server.ts';
import { secureContext, type TlsSettings } from './tls-settings.ts';

export interface SecureNetwork extends Network {
  /** For links that begin from now on; those that exist stay. The kind must stay the same. */
  replace(settings: TlsSettings): void;
}

/** Links over TCP and TLS 1.3. Nothing that a remote does throws or goes unhandled. */
export function tlsNetwork(settings: TlsSettings): SecureNetwork {
  let present: { readonly settings: TlsSettings; readonly context: SecureContext } = {
    settings,
    context: secureContext(settings),
  };
  const terminator = new TlsTerminator(settings);
  return {
    dial: (to, done) =>
      tcpDial(to, done, (raw) => tlsClientLink(raw, present.settings, present.context)),
    listen: (at, handlers) => tcpListen(at, handlers, (raw) => terminator.link(raw)),
    replace: (next) => {
      present = { settings: next, context: secureContext(next) };
      terminator.replace(next);
    },
  };
}
