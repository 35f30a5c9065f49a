// A proxy that keeps every frame of a session, both ways.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { FrameReader, frame } from '../../../dist/parts.js';

const READ_BYTES = 1_048_576;

export class Tap {
  /** Of each session: the dialer's and the acceptor's frames. */
  sessions = [];
  #server;
  #sockets = new Set();

  static async listen(targetPort) {
    const tap = new Tap();
    tap.#server = createServer({ noDelay: true }, (inner) => tap.#relay(inner, targetPort));
    tap.#server.listen(0, '127.0.0.1');
    await once(tap.#server, 'listening');
    return tap;
  }

  get port() {
    return this.#server.address().port;
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #relay(inner, targetPort) {
    const outer = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
    const session = { dialer: [], acceptor: [] };
    this.sessions.push(session);
    this.#pass(inner, outer, session.dialer);
    this.#pass(outer, inner, session.acceptor);
  }

  #pass(from, to, frames) {
    const reader = new FrameReader(READ_BYTES);
    this.#sockets.add(from);
    from.on('error', () => {});
    from.on('close', () => to.destroy());
    from.on('data', (chunk) => {
      to.write(chunk);
      reader.push(chunk, (type, body) => frames.push(frame(type, body)) > 0);
    });
  }
}
