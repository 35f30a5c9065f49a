// The line that everything is measured against: net.Socket, a length before each frame, all that
// a turn brings packed as one array and written at once, time limits by a sweep. No checks.
import { once } from 'node:events';
import { connect as connectSocket, createServer } from 'node:net';
import { Packr, Unpackr } from 'msgpackr';
import { duel } from './duel.mjs';

const ASK = 1;
const REPLY = 2;
const SEND = 3;
const TIMEOUT_MS = 5_000;
const SWEEP_MS = 50;
const BUSY_BYTES = 1_048_576;

class RawLine {
  #packr = new Packr({ sequential: true });
  #unpackr = new Unpackr({ sequential: true });
  #out = [];
  #rest = null;
  #parts = [];
  #partBytes = 0;
  #wanted = 0;

  constructor(socket, receive) {
    this.socket = socket;
    this.receive = receive;
    this.flush = this.flush.bind(this);
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.read(chunk));
    socket.on('error', () => {});
  }

  put(kind, number, value) {
    this.#out.push(kind, number, value);
    if (this.#out.length === 3) process.nextTick(this.flush);
  }

  flush() {
    const body = this.#packr.pack(this.#out);
    this.#out = [];
    const frame = Buffer.allocUnsafe(4 + body.length);
    frame.writeUInt32BE(body.length, 0);
    frame.set(body, 4);
    this.socket.write(frame);
  }

  read(chunk) {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    if (this.#wanted > 0) {
      this.#parts.push(chunk);
      this.#partBytes += chunk.length;
      if (this.#partBytes < this.#wanted) return;
      bytes = Buffer.concat(this.#parts, this.#partBytes);
      this.#wanted = 0;
    }
    let at = 0;
    while (bytes.length - at >= 4) {
      const end = at + 4 + bytes.readUInt32BE(at);
      if (end > bytes.length) break;
      const slots = this.#unpackr.unpack(bytes.subarray(at + 4, end));
      for (let i = 0; i < slots.length; i += 3) this.receive(slots[i], slots[i + 1], slots[i + 2]);
      at = end;
    }
    const rest = bytes.subarray(at);
    this.#rest = rest.length > 0 && rest.length < 4 ? rest : null;
    if (rest.length >= 4) {
      this.#parts = [rest];
      this.#partBytes = rest.length;
      this.#wanted = 4 + rest.readUInt32BE(0);
    }
  }
}

await duel({
  async serve(_, hit) {
    const server = createServer((socket) => {
      const line = new RawLine(socket, (kind, number, value) => {
        hit();
        if (kind === ASK) line.put(REPLY, number, value);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return server.address().port;
  },

  async connect(port) {
    const socket = connectSocket(port, '127.0.0.1');
    await once(socket, 'connect');
    const pending = new Map();
    let asks = 0;
    const line = new RawLine(socket, (_, number, value) => {
      const ask = pending.get(number);
      if (!ask) return;
      pending.delete(number);
      ask.resolve(value);
    });
    setInterval(() => {
      const now = performance.now();
      for (const [number, { deadline, reject }] of pending) {
        if (deadline > now) break;
        pending.delete(number);
        reject(new Error('timeout'));
      }
    }, SWEEP_MS).unref();
    return {
      ask: (value) =>
        new Promise((resolve, reject) => {
          asks += 1;
          pending.set(asks, { resolve, reject, deadline: performance.now() + TIMEOUT_MS });
          line.put(ASK, asks, value);
        }),
      send: (value) => line.put(SEND, 0, value),
      pressure: () => (socket.writableLength > BUSY_BYTES ? once(socket, 'drain') : null),
    };
  },
});
