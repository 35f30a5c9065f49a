/** Somebody who knows the secret, does a correct handshake, and then sends what it likes. */
import { randomBytes } from 'node:crypto';
import { systemKeys } from '../../src/system/keys.ts';
import { FRAME, FrameReader, HEADER_BYTES } from '../../src/wire/frame.ts';
import {
  DialerHandshake,
  type HandshakeFailure,
  type Identity,
  STATUS,
} from '../../src/wire/handshake.ts';
import { type ControlMessage, decodeControl, encodeControl } from '../../src/wire/messages.ts';
import { Opener, Sealer } from '../../src/wire/record.ts';
import { Stranger, withDeadline } from './stranger.ts';
import { SECRET } from './watched-mesh.ts';

const READ_LIMIT_BYTES = 1_048_576;
const STEP_TIMEOUT_MS = 3_000;

export interface InsiderOptions {
  readonly self?: Identity;
  readonly secret?: string;
  readonly clusterName?: string;
  readonly expectedPeer?: string;
  readonly from?: string;
}

interface Frame {
  readonly type: number;
  readonly body: Uint8Array;
}

let lives = 0;

/** Another life of the same name, later than all before it. */
export function laterLife(id = 'evil@127.0.0.99:4999'): Identity {
  lives += 1;
  return { id, uid: randomBytes(16).toString('hex'), incarnation: Date.now() + lives };
}

/** What the node made of a greeting and a proof. */
export type Shaken = HandshakeFailure | number;

export class Insider {
  readonly stranger: Stranger;
  readonly self: Identity;
  readonly heard: ControlMessage[] = [];
  readonly #handshake: DialerHandshake;
  readonly #reader = new FrameReader(READ_LIMIT_BYTES);
  readonly #frames: Frame[] = [];
  #look: (() => void) | null = null;
  #sealer = new Sealer(null);
  #opener: Opener | null = null;

  private constructor(stranger: Stranger, options: InsiderOptions) {
    const { self = laterLife(), clusterName = 'default', expectedPeer = '' } = options;
    const secret = Buffer.from(options.secret ?? SECRET);
    this.stranger = stranger;
    this.self = self;
    this.#handshake = new DialerHandshake(
      {
        self,
        clusterName,
        psks: [systemKeys.stretch(secret, clusterName)],
        features: 0,
        channelBinding: null,
      },
      { keyPair: systemKeys.pair(), nonce: randomBytes(32), expectedPeer, probe: false },
    );
    stranger.socket.on('data', (chunk: Buffer) => {
      this.#reader.push(chunk, (type, body) => this.#receive(type, new Uint8Array(body)));
    });
  }

  /** Greets, proves, and tells how that ended: a status, or a failure. */
  static async knock(
    port: number,
    options: InsiderOptions = {},
  ): Promise<{ readonly insider: Insider; readonly shaken: Shaken }> {
    const { from } = options;
    const stranger = await Stranger.connect(port, { reads: false, ...(from && { from }) });
    const insider = new Insider(stranger, options);
    return { insider, shaken: await insider.#shakeHands() };
  }

  /** A published session: the first record has been sent. */
  static async join(port: number, options: InsiderOptions = {}): Promise<Insider> {
    const { insider, shaken } = await Insider.knock(port, options);
    if (shaken !== STATUS.ok) throw new Error(`refused: ${shaken}`);
    insider.tell(insider.hello());
    await insider.waitFor('hello');
    return insider;
  }

  hello(changes: Partial<Extract<ControlMessage, { type: 'hello' }>> = {}): ControlMessage {
    return {
      type: 'hello',
      incarnation: this.self.incarnation,
      knownIncarnation: 0,
      uptimeMs: 1,
      processCount: 0,
      digest: '00'.repeat(8),
      entries: [],
      services: [],
      ...changes,
    };
  }

  tell(...messages: readonly ControlMessage[]): void {
    this.send(encodeControl(messages));
  }

  /** Signed as it should be, whatever it is. */
  send(body: Uint8Array, type: number = FRAME.control): void {
    this.stranger.say(this.#sealer.seal(type, body));
  }

  ratchet(): void {
    this.send(new Uint8Array(0), FRAME.rekey);
    this.#sealer.ratchet();
  }

  async waitFor<T extends ControlMessage['type']>(
    type: T,
    fits: (message: Extract<ControlMessage, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ControlMessage, { type: T }>> {
    for (;;) {
      const at = this.heard.findIndex((message) => isOf(message, type) && fits(message));
      const [found] = at < 0 ? [] : this.heard.splice(at, 1);
      if (found && isOf(found, type)) return found;
      await this.#more(type);
    }
  }

  async #shakeHands(): Promise<Shaken> {
    this.stranger.say(this.#handshake.hello());
    const challenge = await this.#next();
    if (!challenge) return 'protocol';
    const challenged = this.#handshake.challenged(challenge.type, challenge.body);
    if (!challenged.ok) return challenged.failure;
    this.stranger.say(this.#handshake.prove());
    const answer = await this.#next();
    if (!answer) return 'protocol';
    const accepted = this.#handshake.accepted(answer.type, answer.body);
    if (!accepted.ok) return accepted.failure;
    this.#sealer = new Sealer(accepted.keys.send);
    this.#opener = new Opener(accepted.keys.receive);
    for (const { type, body } of this.#frames.splice(0)) this.#receive(type, body);
    return accepted.status;
  }

  #receive(type: number, body: Uint8Array): boolean {
    if (this.#opener) this.#open(this.#opener, type, body);
    else this.#frames.push({ type, body });
    this.#look?.();
    return true;
  }

  #open(opener: Opener, type: number, sealed: Uint8Array): void {
    const body = opener.open(type, sealed);
    // Answers of actors: nobody here has asked for them.
    if (body && type === FRAME.data) return;
    const decoded = body && decodeControl(body);
    if (!decoded?.ok) throw new Error(`a legitimate node sent a wrong record of type ${type}`);
    this.heard.push(...decoded.messages);
  }

  /** The next frame of the handshake; null when the node hangs up first. */
  async #next(): Promise<Frame | null> {
    while (this.#frames.length === 0) {
      if (this.stranger.isClosed) return null;
      await this.#more('handshake');
    }
    return this.#frames.shift() ?? null;
  }

  async #more(what: string): Promise<unknown> {
    if (this.stranger.isClosed) throw new Error(`hung up on ${this.self.id} before ${what}`);
    const looked = new Promise<void>((resolve) => {
      this.#look = resolve;
    });
    return withDeadline(
      Promise.race([looked, this.stranger.closed]),
      `${what} for ${this.self.id}`,
      STEP_TIMEOUT_MS,
    );
  }
}

function isOf<T extends ControlMessage['type']>(
  message: ControlMessage,
  type: T,
): message is Extract<ControlMessage, { type: T }> {
  return message.type === type;
}

/** The header of a frame that does not follow. */
export function bareHeader(lengthBytes: number, type: number): Uint8Array {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(lengthBytes);
  header.writeUInt8(type, 4);
  return header;
}
