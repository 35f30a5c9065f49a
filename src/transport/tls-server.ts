/** The accepting end: TLS begins when the link is opened, once its owner has let it in. */
import type { Socket } from 'node:net';
import { createServer, type Server } from 'node:tls';
import type { Endpoint, Link, LinkError } from '../ports.ts';
import { endpoint } from './tcp-link.ts';
import { linkError } from './tls-fault.ts';
import { type TlsEnd, TlsLink } from './tls-link.ts';
import { serverOptions, type TlsSettings } from './tls-settings.ts';
import { trustIn } from './tls-trust.ts';

/** Tells a client without TLS what it met: a fatal alert, "protocol version". */
const ALERT = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46]);

interface Waiting {
  readonly raw: Socket;
  readonly end: TlsEnd;
}

/**
 * Never listens: it is given the sockets that another listener accepted. It is a server only
 * because node:tls verifies a client's certificate nowhere else.
 */
export class TlsTerminator {
  readonly #server: Server;
  #settings: TlsSettings;
  /** By both addresses of the socket, which the server does not hand back. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(settings: TlsSettings) {
    this.#settings = settings;
    this.#server = createServer(serverOptions(settings));
    this.#server.on('secureConnection', (stream) => {
      const waiting = this.#take(stream);
      if (!waiting) {
        stream.destroy();
        return;
      }
      const { end } = waiting;
      stream.on('error', (error) => end.failed(linkError(error)));
      stream.once('close', () => end.closed());
      end.agreed(stream, trustIn(stream, this.#settings));
    });
    this.#server.on('tlsClientError', (error, stream) => this.#failed(linkError(error), stream));
  }

  /** Links that exist stay as they are. */
  replace(settings: TlsSettings): void {
    this.#server.setSecureContext(serverOptions(settings));
    this.#settings = settings;
  }

  link(raw: Socket): Link | null {
    const remote = endpoint(raw.remoteAddress, raw.remotePort);
    const local = endpoint(raw.localAddress, raw.localPort);
    if (!remote || !local || raw.destroyed) return null;
    // TLS says more than one thing in a row, long before anybody keeps the link.
    raw.setNoDelay(true);
    // From the first moment on: an 'error' nobody listens to would end the process.
    raw.on('error', () => {});
    const begin = (end: TlsEnd) => this.#begin(raw, { remote, local }, end);
    const link = new TlsLink({ raw, remote, local, begin });
    raw.once('close', () => {
      if (!link.isAgreed) link.closed();
    });
    return link;
  }

  #begin(raw: Socket, ends: { remote: Endpoint; local: Endpoint }, end: TlsEnd): void {
    const key = keyOf(ends.remote, ends.local);
    this.#waiting.set(key, { raw, end });
    raw.once('close', () => {
      if (this.#waiting.get(key)?.raw === raw) this.#waiting.delete(key);
    });
    this.#server.emit('connection', raw);
  }

  #take(stream: Socket): Waiting | undefined {
    const remote = endpoint(stream.remoteAddress, stream.remotePort);
    const local = endpoint(stream.localAddress, stream.localPort);
    if (!remote || !local) return undefined;
    const key = keyOf(remote, local);
    const waiting = this.#waiting.get(key);
    this.#waiting.delete(key);
    return waiting;
  }

  #failed(error: LinkError, stream: Socket): void {
    const waiting = this.#take(stream);
    waiting?.end.failed(error);
    if (error.fault === 'plaintext') waiting?.raw.write(ALERT);
  }
}

function keyOf(remote: Endpoint, local: Endpoint): string {
  return `${remote.host} ${remote.port} ${local.host} ${local.port}`;
}
