import type { Clock, Counters, Link, LinkError, LinkHandlers, Timer } from '../ports.ts';
import { FrameReader } from '../wire/frame.ts';
import type { LinkSet } from './link-set.ts';

export interface ChannelOwner {
  /** False stops reading: what follows in the same chunk is dropped. */
  frame(type: number, body: Uint8Array): boolean;
  /** What came cannot be read; the link must be closed. */
  broken(detail: string): void;
  /** The network has taken what it was given. */
  drain?(): void;
  closed(error: LinkError | null): void;
}

export interface ChannelHost {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly links: LinkSet;
  /** How long the other side may take to close after we did. */
  readonly closeTimeoutMs: number;
  /** Reading threw: a bug of this package, which must cost no more than this one link. */
  failed(error: unknown): void;
}

/** A link cut into frames. The handshake owns it first, then the session. */
export class Channel implements LinkHandlers {
  readonly link: Link;
  readonly #reader: FrameReader;
  readonly #host: ChannelHost;
  #owner: ChannelOwner;
  #linger: Timer = null;
  #isClosed = false;

  constructor(link: Link, limitBytes: number, host: ChannelHost, owner: ChannelOwner) {
    this.link = link;
    this.#reader = new FrameReader(limitBytes);
    this.#host = host;
    this.#owner = owner;
    host.links.add(link);
    link.open(this);
  }

  /** For the link alone, as are the next two. */
  data(chunk: Uint8Array): void {
    if (this.#isClosed) return;
    this.#host.counters.add('bytes.in', chunk.length);
    const problem = this.#read(chunk);
    if (problem && !this.#isClosed) this.#owner.broken(problem);
  }

  drain(): void {
    if (!this.#isClosed) this.#owner.drain?.();
  }

  closed(error: LinkError | null): void {
    this.#host.links.delete(this.link);
    this.#host.clock.clearTimeout(this.#linger);
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#owner.closed(error);
  }

  #read(chunk: Uint8Array): string | null {
    try {
      return this.#reader.push(chunk, (type, body) => this.#frame(type, body));
    } catch (error) {
      this.#host.failed(error);
      return 'internal error';
    }
  }

  #frame(type: number, body: Uint8Array): boolean {
    return !this.#isClosed && this.#owner.frame(type, body);
  }

  handOver(owner: ChannelOwner, limitBytes: number): void {
    this.#owner = owner;
    this.#reader.limitBytes = limitBytes;
    this.link.keep();
  }

  write(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#host.counters.add('bytes.out', bytes.length);
    this.link.write(bytes);
  }

  /** Closes this direction; what the other side still has to say is read until it closes, too. */
  finish(): void {
    if (this.#isClosed) return;
    this.link.end();
    this.#planDestroy();
  }

  /** Flushes and closes; the owner hears nothing more. */
  end(last?: Uint8Array | null): void {
    if (this.#isClosed) return;
    if (last) this.write(last);
    this.#isClosed = true;
    this.link.end();
    this.#planDestroy();
  }

  #planDestroy(): void {
    const { clock, closeTimeoutMs } = this.#host;
    clock.clearTimeout(this.#linger);
    this.#linger = clock.setTimeout(() => this.link.destroy(), closeTimeoutMs);
  }

  /** Cuts the link; the owner hears nothing more. */
  destroy(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.link.destroy();
  }
}
