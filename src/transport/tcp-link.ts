import type { Socket } from 'node:net';
import type { Endpoint, Link, LinkHandlers } from '../ports.ts';

// Taken at import, so that fake timers installed later do not hold it up.
const nextTick = process.nextTick.bind(process);
const { setImmediate } = globalThis;

/** Of one link, in one turn. It is also what one read takes at most: there is probably more. */
export const FULL_TURN_BYTES = 65_536;

/** What a socket becomes, or null when it died before anybody looked. */
export type MakeLink = (socket: Socket) => Link | null;

/** The link over a connected socket, or null when the socket died before anybody looked. */
export function tcpLink(socket: Socket): Link | null {
  const remote = endpoint(socket.remoteAddress, socket.remotePort);
  if (!remote || socket.destroyed) return null;
  return new TcpLink(socket, remote);
}

class TcpLink implements Link {
  readonly remote: Endpoint;
  readonly channelBinding = null;
  readonly #socket: Socket;
  #handlers: LinkHandlers | null = null;
  #error: Error | null = null;
  #destroyed = false;
  #closed = false;

  constructor(socket: Socket, remote: Endpoint) {
    this.#socket = socket;
    this.remote = remote;
    // From the first moment on: an 'error' nobody listens to would end the process.
    socket.on('error', (error) => {
      this.#error ??= error;
    });
    socket.once('close', () => {
      this.#closed = true;
      const handlers = this.#handlers;
      // A dead socket outlives many a collection, and should take nobody with it.
      this.#handlers = null;
      handlers?.closed(this.#error);
    });
  }

  /** Asked of the system when somebody wants to know: a flood would pay for what nobody reads. */
  get local(): Endpoint {
    const { localAddress, localPort } = this.#socket;
    return endpoint(localAddress, localPort) ?? { host: '', port: 0 };
  }

  claimProblem(): null {
    return null;
  }

  open(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#closed) {
      nextTick(() => handlers.closed(this.#error));
      return;
    }
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.#destroyed) return;
      this.#handlers?.data(chunk);
      if (chunk.length >= FULL_TURN_BYTES) this.#letOthersIn();
    });
    this.#socket.on('drain', () => {
      if (!this.#destroyed) this.#handlers?.drain();
    });
    this.#socket.resume();
  }

  /** Left alone, the system would read 2 MiB from one link before any timer or other link. */
  #letOthersIn(): void {
    this.#socket.pause();
    setImmediate(() => this.#socket.resume());
  }

  keep(): void {
    this.#socket.setNoDelay(true);
    this.#socket.setKeepAlive(true);
  }

  write(bytes: Uint8Array): boolean {
    // A write after the end of either side would turn a graceful end into an error.
    return this.#socket.writable && this.#socket.write(bytes);
  }

  get queuedBytes(): number {
    return this.#socket.writableLength;
  }

  get flushedBytes(): number {
    // `bytesWritten` also counts what still waits in the stream.
    return Math.max(0, this.#socket.bytesWritten - this.#socket.writableLength);
  }

  end(): void {
    if (this.#destroyed) return;
    this.#socket.end();
    // The other end's FIN is only seen by reading; a link that was never opened discards.
    this.#socket.resume();
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    resetSocket(this.#socket);
  }
}

export function resetSocket(socket: Socket): void {
  const { destroyed, writableEnded, writableLength } = socket;
  if (destroyed) return;
  // Once the FIN is under way libuv refuses the reset, and the socket would never close.
  if (writableEnded && writableLength === 0) socket.destroy();
  else socket.resetAndDestroy();
}

export function endpoint(host: string | undefined, port: number | undefined): Endpoint | null {
  return host === undefined || port === undefined ? null : { host: plainHost(host), port };
}

/** A dual-stack listener sees IPv4 callers as `::ffff:1.2.3.4`; one machine is to have one address. */
export function plainHost(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}
