/**
 * Bad weather without a kernel that can make it: a TCP proxy in front of a node.
 *
 * What comes in is passed on late. A chunk that is "lost" comes later still, as if TCP had sent it
 * again after its timeout, and all that follows it waits, as it does behind a gap. Nothing is
 * doubled or overtaken: TCP would hide that.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type SeededRandom, seededRandom } from '../../src/testing/random.ts';
import type { Weather } from './relay.ts';

/** Linux waits at least that long, and twice as long each time. */
const RETRANSMISSION_MS = 200;

export class WeatherProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** In front of a port, each way in the same weather. */
  static async open(targetPort: number, weather: Weather): Promise<WeatherProxy> {
    const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new WeatherProxy(server);
    const random = seededRandom(weather.seed).fork(String(targetPort));
    server.on('connection', (inner) => {
      const outer = connect({ host: '127.0.0.1', port: targetPort, noDelay: true });
      proxy.#join(inner, outer, () => delayMs(weather, random));
    });
    return proxy;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(inner: Socket, outer: Socket, nextDelayMs: () => number): void {
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      this.#sockets.add(from);
      let freeAt = 0;
      const later = (act: () => void) => {
        const now = performance.now();
        // In order: nothing passes by what is late.
        freeAt = Math.max(freeAt, now + nextDelayMs());
        setTimeout(act, freeAt - now);
      };
      from.on('data', (chunk) => later(() => to.writable && to.write(chunk)));
      from.on('end', () => later(() => to.end()));
      from.on('error', () => later(() => to.resetAndDestroy()));
      from.on('close', () => this.#sockets.delete(from));
    }
  }
}

function delayMs({ delayMs: mean, jitterMs, loss }: Weather, random: SeededRandom): number {
  let late = mean + (2 * random.float() - 1) * jitterMs;
  for (let wait = RETRANSMISSION_MS; random.float() < loss; wait *= 2) late += wait;
  return late;
}
