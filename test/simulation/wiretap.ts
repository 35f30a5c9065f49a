/** Listens in on a node's network: when something was last heard, and which view it told of. */
import type { Clock, Link, LinkHandlers, Network } from '../../src/ports.ts';
import { FRAME, FrameReader, HEADER_BYTES } from '../../src/wire/frame.ts';
import { decodeControl } from '../../src/wire/messages.ts';
import { TAG_BYTES } from '../../src/wire/record.ts';

const MAX_FRAME_BYTES = 2 ** 20;

export interface TappedLink {
  /** Monotonic ms of the last whole record that the process read. */
  heardAtMs: number;
}

export class Wiretap {
  readonly network: Network;
  /** Whose bytes are being read right now. */
  reading: TappedLink | null = null;
  /** Of the last heartbeat sent while `isDecoding`. */
  digest: string | null = null;
  isDecoding = false;
  readonly #clock: Clock;
  readonly #tagBytes: number;

  constructor(inner: Network, clock: Clock, isSecret: boolean) {
    this.#clock = clock;
    this.#tagBytes = isSecret ? TAG_BYTES : 0;
    this.network = {
      dial: (to, done) =>
        inner.dial(to, (result) =>
          done(result.ok ? { ok: true, link: this.#tap(result.link) } : result),
        ),
      listen: (at, handlers) =>
        inner.listen(at, {
          listening: (bound) => handlers.listening(bound),
          failed: (error) => handlers.failed(error),
          link: (link) => handlers.link(this.#tap(link)),
        }),
    };
  }

  #tap(inner: Link): Link {
    const tapped: TappedLink = { heardAtMs: this.#clock.now() };
    return {
      remote: inner.remote,
      local: inner.local,
      channelBinding: inner.channelBinding,
      claimProblem: (claim) => inner.claimProblem(claim),
      get queuedBytes() {
        return inner.queuedBytes;
      },
      get flushedBytes() {
        return inner.flushedBytes;
      },
      open: (handlers) => inner.open(this.#listeningIn(handlers, tapped)),
      write: (bytes) => {
        if (this.isDecoding) this.#decode(bytes);
        return inner.write(bytes);
      },
      end: () => inner.end(),
      destroy: () => inner.destroy(),
    };
  }

  #listeningIn(handlers: LinkHandlers, tapped: TappedLink): LinkHandlers {
    const reader = new FrameReader(MAX_FRAME_BYTES);
    return {
      data: (chunk) => {
        reader.push(chunk, (type) => {
          if (type >= FRAME.control) tapped.heardAtMs = this.#clock.now();
          return true;
        });
        this.reading = tapped;
        handlers.data(chunk);
        this.reading = null;
      },
      drain: () => handlers.drain(),
      closed: (error) => handlers.closed(error),
    };
  }

  /** A node writes whole frames. */
  #decode(frame: Uint8Array): void {
    if (frame[HEADER_BYTES - 1] !== FRAME.control) return;
    const decoded = decodeControl(frame.subarray(HEADER_BYTES, frame.length - this.#tagBytes));
    if (!decoded.ok) return;
    for (const message of decoded.messages) {
      if (message.type === 'heartbeat') this.digest = message.digest;
    }
  }
}
