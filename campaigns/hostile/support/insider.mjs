// Somebody who knows the secret and does a correct handshake; what it sends after that is signed.
import {
  decodeControl,
  encodeControl,
  FRAME,
  FrameReader,
  Opener,
  Sealer,
  STATUS,
} from '../../../dist/parts.js';
import { inTime } from './member.mjs';
import { handshakeOf, knock } from './stranger.mjs';

const READ_BYTES = 1_048_576;
const STEP_MS = 10_000;

let lives = Date.now();
let names = 0;

/** A name may have 64 characters, so it is counted up, not made longer. */
function anotherName(name) {
  names += 1;
  return `${name.split('-')[0]}-${names}`;
}

export class Insider {
  /** The node's life, as its challenge told. */
  peer;
  closed;
  isClosed = false;
  /** What the node answered to the proof. */
  status = null;
  #socket;
  #handshake;
  #sealer;
  #opener = null;
  #reader = new FrameReader(READ_BYTES);
  #pongs = new Map();
  #greeted;
  #greet;

  /** A session that the node has published: its hello has come. */
  static async join(port, name, psk, from) {
    const insider = new Insider(port, name, psk, from);
    const refused = insider.closed.then(() => insider.status);
    const status = await inTime(Promise.race([insider.#greeted, refused]), name, STEP_MS);
    if (status === STATUS.ok) return insider;
    // It once called itself the highest number there is, and no later life can exceed that.
    if (status === STATUS.stale) return Insider.join(port, anotherName(name), psk, from);
    throw new Error(`${name} was refused: ${status}`);
  }

  constructor(port, name, psk, from) {
    lives += 1;
    this.incarnation = lives;
    this.#handshake = handshakeOf(name, { psk, incarnation: lives });
    const { socket, closed } = knock(port, from);
    this.#socket = socket;
    this.closed = closed.then(() => {
      this.isClosed = true;
    });
    this.#greeted = new Promise((resolve) => {
      this.#greet = () => resolve(STATUS.ok);
    });
    socket.once('connect', () => socket.write(this.#handshake.hello()));
    socket.on('data', (chunk) =>
      this.#reader.push(chunk, (type, body) => this.#receive(type, new Uint8Array(body))),
    );
  }

  /** Signed as it should be, whatever it is. */
  send(body, type = FRAME.control) {
    if (this.#socket.writable) this.#socket.write(this.#sealer.seal(type, body));
  }

  /** As it is. */
  say(bytes) {
    if (this.#socket.writable) this.#socket.write(bytes);
  }

  tell(...messages) {
    this.send(encodeControl(messages));
  }

  hello() {
    return {
      type: 'hello',
      ...{ incarnation: this.incarnation, knownIncarnation: 0, uptimeMs: 1, processCount: 0 },
      ...{ digest: '00'.repeat(8), entries: [], services: [] },
    };
  }

  /** Whether the node has read all that was sent before, and talks to us still. */
  async isHeard() {
    const nonce = this.#pongs.size + 1_000_000 * Math.random();
    const answered = new Promise((resolve) => this.#pongs.set(nonce, () => resolve(true)));
    this.tell({ type: 'ping', nonce });
    const ended = this.closed.then(() => false);
    const isHeard = await inTime(Promise.race([answered, ended]), 'no pong', STEP_MS);
    this.#pongs.delete(nonce);
    return isHeard;
  }

  async leave() {
    this.#socket.destroy();
    await this.closed;
  }

  #receive(type, body) {
    if (this.#opener) return this.#open(type, body);
    if (type === FRAME.challenge) {
      const challenged = this.#handshake.challenged(type, body);
      if (challenged.ok) {
        this.peer = challenged.peer;
        this.say(this.#handshake.prove());
      }
      return challenged.ok;
    }
    const accepted = this.#handshake.accepted(type, body);
    this.status = accepted.ok ? accepted.status : accepted.failure;
    if (this.status !== STATUS.ok) return false;
    this.#sealer = new Sealer(accepted.keys.send);
    this.#opener = new Opener(accepted.keys.receive);
    this.tell(this.hello());
    return true;
  }

  #open(type, sealed) {
    const body = this.#opener.open(type, sealed);
    const decoded = body && decodeControl(body);
    if (!decoded?.ok) return false;
    for (const message of decoded.messages) {
      if (message.type === 'hello') this.#greet();
      else if (message.type === 'pong') this.#pongs.get(message.nonce)?.();
    }
    return true;
  }
}
