/** Somebody in the middle who ends TLS towards both sides, and passes on what it can now read. */
import { once } from 'node:events';
import { connect as connectPlain, createServer as createPlainServer, type Server } from 'node:net';
import { connect, createServer } from 'node:tls';
import {
  clientOptions,
  secureContext,
  serverOptions,
  type TlsSettings,
} from '../../src/transport/tls-settings.ts';

export class TlsMiddleman {
  readonly port: number;
  readonly #server: Server;
  readonly #read: string[] = [];

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** With null it passes the bytes on as they come: a proxy that means no harm. */
  static async before(targetPort: number, settings: TlsSettings | null): Promise<TlsMiddleman> {
    const target = { host: '127.0.0.1', port: targetPort };
    const server = settings ? createServer(serverOptions(settings)) : createPlainServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('there is no port');
    const middleman = new TlsMiddleman(server, address.port);
    server.on(settings ? 'secureConnection' : 'connection', (inner) => {
      const outer = settings
        ? connect({
            ...target,
            ...clientOptions(settings),
            secureContext: secureContext(settings),
          })
        : connectPlain(target);
      for (const socket of [inner, outer]) {
        socket.on('error', () => {});
        socket.on('data', (chunk: Buffer) => middleman.#read.push(chunk.toString('latin1')));
      }
      inner.pipe(outer).pipe(inner);
      inner.once('close', () => outer.destroy());
      outer.once('close', () => inner.destroy());
    });
    return middleman;
  }

  /** What passed, as far as it could be read. */
  get read(): string {
    return this.#read.join('');
  }

  close(): void {
    this.#server.close();
  }
}
