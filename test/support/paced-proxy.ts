/** A TCP proxy in front of a node that takes what comes for it slowly, as a node that hardly reads. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

const TICK_MS = 50;

export class PacedProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #ticking: NodeJS.Timeout;
  readonly #pumps = new Set<() => void>();
  #bytesPerSecond = Number.POSITIVE_INFINITY;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.#ticking = setInterval(() => this.#pump(), TICK_MS);
  }

  static async open(targetPort: number): Promise<PacedProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new PacedProxy(server);
    onTestFinished(() => proxy.#close());
    server.on('connection', (inner) => {
      const outer = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
      outer.pipe(inner);
      for (const socket of [inner, outer]) {
        proxy.#sockets.add(socket);
        socket.on('error', () => {
          inner.destroy();
          outer.destroy();
        });
        socket.on('close', () => proxy.#sockets.delete(socket));
      }
      const pump = () => proxy.#pass(inner, outer);
      proxy.#pumps.add(pump);
      inner.on('readable', () => proxy.#bytesPerSecond === Number.POSITIVE_INFINITY && pump());
      inner.on('end', () => outer.end());
      inner.on('close', () => proxy.#pumps.delete(pump));
    });
    return proxy;
  }

  /** Of each connection; infinite at first. */
  set bytesPerSecond(value: number) {
    this.#bytesPerSecond = value;
  }

  #pump(): void {
    for (const pump of this.#pumps) pump();
  }

  #pass(inner: Socket, outer: Socket): void {
    const most = Math.max(1, (this.#bytesPerSecond * TICK_MS) / 1_000);
    if (outer.writableNeedDrain) return;
    const chunk: Buffer | null = inner.read(
      Math.min(Math.floor(most), inner.readableLength) || undefined,
    );
    if (chunk !== null) outer.write(chunk);
  }

  #close(): void {
    clearInterval(this.#ticking);
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
