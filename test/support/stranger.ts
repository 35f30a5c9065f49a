/** A raw socket to a node, from a loopback address of its own: it can say anything. */
import { connect, type Socket } from 'node:net';
import { timeNow } from './journal.ts';

export interface StrangerOptions {
  /** Nodes count and report strangers by address. */
  readonly from?: string;
  /** Takes what the node sends; without it the node's bytes stay in the kernel. */
  readonly reads?: boolean;
}

export class Stranger {
  readonly socket: Socket;
  /** When the node had closed or reset the socket. */
  readonly closed: Promise<number>;
  readonly #chunks: Buffer[] = [];
  #isClosed = false;
  #wasReset = false;

  private constructor(port: number, { from = '127.0.0.1', reads = true }: StrangerOptions) {
    this.socket = connect({ host: '127.0.0.1', port, localAddress: from, noDelay: true });
    if (reads) this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#wasReset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
    });
    this.closed = new Promise((resolve) => {
      this.socket.once('close', () => {
        this.#isClosed = true;
        resolve(timeNow());
      });
    });
  }

  /** Connected, or reset while connecting. */
  static async connect(port: number, options: StrangerOptions = {}): Promise<Stranger> {
    const stranger = new Stranger(port, options);
    const connected = new Promise<void>((resolve) => stranger.socket.once('connect', resolve));
    await Promise.race([connected, stranger.closed]);
    return stranger;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get wasReset(): boolean {
    return this.#wasReset;
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  say(bytes: Uint8Array | string): void {
    if (this.socket.writable) this.socket.write(bytes);
  }

  leave(): void {
    this.socket.destroy();
  }

  async waitForClose(withinMs: number): Promise<number> {
    return withDeadline(this.closed, `close of a stranger's socket`, withinMs);
  }
}

export async function withDeadline<T>(
  outcome: Promise<T>,
  what: string,
  withinMs: number,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no ${what} within ${withinMs} ms`)), withinMs);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
