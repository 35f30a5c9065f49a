// One connection after another, so many per second, each from another loopback address.
import { FRAME, FrameReader } from '../../../dist/parts.js';
import { knock, loopback } from './stranger.mjs';

const ADDRESSES = 5_000;
const MAX_OPEN = 256;
const TICK_MS = 2;
const MAX_SALVO = 8;
/** A node hangs up when a greeting is overdue, which is after one second. */
const PATIENCE_MS = 5_000;
const READ_BYTES = 1_048_576;

export class Barrage {
  sent = 0;
  bytes = 0;
  /** Connections that the node had not ended in time. */
  open = 0;
  /** Proofs that the node took: there must be none. */
  accepted = 0;
  #port;
  #underWay = new Set();

  constructor(port) {
    this.#port = port;
  }

  /** `next` tells what each says. */
  async fire(count, perSecond, next) {
    const startedAt = performance.now();
    let lastAt = startedAt;
    let due = 0;
    for (let fired = 0; fired < count; ) {
      const now = performance.now();
      // What was missed while others had the processor is not made up for in one salvo.
      due = Math.min(due + ((now - lastAt) / 1_000) * perSecond, MAX_SALVO);
      lastAt = now;
      for (; due >= 1 && fired < count && this.#underWay.size < MAX_OPEN; due -= 1) {
        this.#shoot(next());
        fired += 1;
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    await Promise.all(this.#underWay);
    return (performance.now() - startedAt) / 1_000;
  }

  #shoot({ says, leaves }) {
    const { socket, closed } = knock(this.#port, loopback(100 + (this.sent % ADDRESSES)));
    const shot = this.#end(socket, closed);
    this.#underWay.add(shot);
    void shot.then(() => this.#underWay.delete(shot));
    this.sent += 1;
    const [first, ...later] = says;
    const reader = new FrameReader(READ_BYTES);
    const say = (bytes) => {
      this.bytes += bytes.length;
      if (socket.writable) socket.write(bytes);
      if (later.length === 0 && leaves) socket.end();
    };
    socket.on('data', (chunk) =>
      reader.push(chunk, (type) => {
        if (type === FRAME.accept) this.accepted += 1;
        const bytes = later.shift();
        if (bytes) say(bytes);
        return true;
      }),
    );
    socket.once('connect', () => say(first));
  }

  async #end(socket, closed) {
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, PATIENCE_MS, 'late');
    });
    if ((await Promise.race([closed, late])) === 'late') this.open += 1;
    clearTimeout(timer);
    socket.destroy();
    await closed;
  }
}
