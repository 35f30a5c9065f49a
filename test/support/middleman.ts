/** A TCP proxy between two nodes that sees whole frames, and may do with them what it likes. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { FRAME, FrameReader, frame } from '../../src/wire/frame.ts';
import { decodeHello } from '../../src/wire/greeting.ts';

const READ_LIMIT_BYTES = 1_048_576;

export interface Passing {
  /** Whether the dialer sent it. */
  readonly isForward: boolean;
  readonly type: number;
  /** Header, body and tag, as they travel. */
  readonly bytes: Uint8Array;
  /** Who dialled, by its own greeting. */
  readonly dialer: string;
  /** Sends something back to where this frame came from. */
  readonly reflect: (bytes: Uint8Array) => void;
}

/** What goes on in place of a frame. */
export type Meddle = (passing: Passing) => readonly Uint8Array[];

const LET_PASS: Meddle = ({ bytes }) => [bytes];

export class Middleman {
  readonly port: number;
  /** Every byte that dialers sent, by their node ids; the last connection of each. */
  readonly recorded = new Map<string, Uint8Array[]>();
  meddle: Meddle = LET_PASS;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #targetPort = 0;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
    server.on('connection', (socket) => this.#relay(socket));
  }

  static async listen(): Promise<Middleman> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('there is no port');
    return new Middleman(server, address.port);
  }

  /** To whom it relays from now on. */
  forwardTo(port: number): void {
    this.#targetPort = port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #relay(inner: Socket): void {
    const outer = connect({ host: '127.0.0.1', port: this.#targetPort, noDelay: true });
    let dialer = '';
    const pass = (from: Socket, to: Socket, isForward: boolean) => {
      this.#sockets.add(from);
      const reader = new FrameReader(READ_LIMIT_BYTES);
      from.on('error', () => {});
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk: Buffer) => {
        reader.push(chunk, (type, body) => {
          if (type === FRAME.hello) {
            dialer = decodeHello(body)?.identity.id ?? '';
            this.recorded.set(dialer, []);
          }
          const bytes = frame(type, body);
          if (isForward) this.recorded.get(dialer)?.push(bytes);
          const reflect = (back: Uint8Array) => void from.write(back);
          for (const part of this.meddle({ isForward, type, bytes, dialer, reflect })) {
            to.write(part);
          }
          return true;
        });
      });
    };
    pass(inner, outer, true);
    pass(outer, inner, false);
  }
}

export function flipBit(bytes: Uint8Array, at: number): Uint8Array {
  const flipped = new Uint8Array(bytes);
  flipped[at] = (flipped[at] ?? 0) ^ 1;
  return flipped;
}
