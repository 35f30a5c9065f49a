// So many connections without the secret, each held until the node cuts it, and then repeated.
import { firstFrame, handshakeOf, knock, loopback, wrongProof } from './stranger.mjs';

/** A slot that was refused comes back after this, on average. */
const PAUSE_MS = 1_000;

const HALF_A_GREETING = Buffer.concat([Uint8Array.of(0, 0, 2, 0, 1), Buffer.from('CMSH\x01\x01')]);

/** What one of them does with its connection; it never ends it by itself. */
const MANNERS = [
  () => {},
  (socket) => socket.write(HALF_A_GREETING),
  (socket) => socket.write(handshakeOf('evil').hello()),
  (socket) => {
    firstFrame(socket, () => socket.write(wrongProof()));
    socket.write(handshakeOf('evil').hello());
  },
  (socket) => socket.write(handshakeOf('evil', { clusterName: 'other' }).hello()),
  (socket) => socket.write('GET / HTTP/1.1\r\n\r\n'),
];

export class Flood {
  attempts = 0;
  #isOver = false;
  #sockets = new Set();
  #port;
  #pick;
  #random;

  constructor(port, connections, pick, random) {
    this.#port = port;
    this.#pick = pick;
    this.#random = random;
    for (let slot = 0; slot < connections; slot += 1) this.#open();
  }

  async end() {
    this.#isOver = true;
    const ends = [...this.#sockets].map(({ socket, closed }) => {
      socket.destroy();
      return closed;
    });
    await Promise.all(ends);
    return { attempts: this.attempts };
  }

  #open() {
    if (this.#isOver) return;
    const openedAt = performance.now();
    const stranger = knock(this.#port, loopback(this.#pick(this.attempts)));
    this.attempts += 1;
    this.#sockets.add(stranger);
    const behave = MANNERS[Math.floor(this.#random.float() * MANNERS.length)];
    stranger.socket.once('connect', () => behave(stranger.socket));
    void stranger.closed.then((closedAt) => {
      this.#sockets.delete(stranger);
      // Not in step: the node would have rest between the waves.
      const pauseMs = (0.5 + this.#random.float()) * PAUSE_MS;
      setTimeout(() => this.#open(), Math.max(0, openedAt + pauseMs - closedAt));
    });
  }
}
