/**
 * A link over TLS. Whatever is written before the two sides agree waits here, so that nothing
 * leaves for an end that is not the one it should be.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Endpoint, Link, LinkError, LinkHandlers, NodeClaim } from '../ports.ts';
import { FULL_TURN_BYTES, resetSocket } from './tcp-link.ts';
import { currentTurn } from './turn.ts';

// Taken at import, so that fake timers installed later do not hold it up.
const nextTick = process.nextTick.bind(process);
const { setImmediate } = globalThis;

/** What TLS says about the other end. */
export interface Trust {
  /** Null when the other end is not trusted, so that no proof can fit. */
  readonly channelBinding: Uint8Array | null;
  claimProblem(claim: NodeClaim): string | null;
}

/** Where a link stands; its makers drive it. */
export interface TlsEnd {
  /** TLS is agreed; the stream carries the plain bytes from now on. */
  agreed(stream: TLSSocket, trust: Trust): void;
  /** Why it is about to close. The first word counts. */
  failed(error: LinkError): void;
  closed(): void;
}

export interface TlsLinkInput {
  readonly raw: Socket;
  readonly remote: Endpoint;
  readonly local: Endpoint;
  /** Begins TLS, at the first use of the link. */
  readonly begin: (end: TlsEnd) => void;
}

export class TlsLink implements Link, TlsEnd {
  readonly remote: Endpoint;
  readonly local: Endpoint;
  readonly #input: TlsLinkInput;
  #stream: TLSSocket | null = null;
  #trust: Trust | null = null;
  #handlers: LinkHandlers | null = null;
  #early: Uint8Array[] = [];
  #earlyBytes = 0;
  #writtenBytes = 0;
  #error: LinkError | null = null;
  #turn = -1;
  #turnBytes = 0;
  #state: 'fresh' | 'begun' | 'ended' | 'destroyed' = 'fresh';
  #isClosed = false;

  constructor(input: TlsLinkInput) {
    this.#input = input;
    this.remote = input.remote;
    this.local = input.local;
  }

  get channelBinding(): Uint8Array | null {
    return this.#trust?.channelBinding ?? null;
  }

  get isAgreed(): boolean {
    return this.#stream !== null;
  }

  claimProblem(claim: () => NodeClaim): string | null {
    return this.#trust ? this.#trust.claimProblem(claim()) : 'TLS has not been agreed';
  }

  keep(): void {
    this.#input.raw.setKeepAlive(true);
  }

  open(handlers: LinkHandlers): void {
    this.#handlers = handlers;
    if (this.#isClosed) {
      nextTick(() => handlers.closed(this.#error));
      return;
    }
    this.begin();
    if (this.#stream) this.#listen(this.#stream, handlers);
  }

  begin(): void {
    if (this.#state !== 'fresh') return;
    this.#state = 'begun';
    this.#input.begin(this);
  }

  agreed(stream: TLSSocket, trust: Trust): void {
    this.#stream = stream;
    this.#trust = trust;
    for (const bytes of this.#early) stream.write(bytes);
    const wasFull = this.#earlyBytes >= stream.writableHighWaterMark;
    this.#early = [];
    this.#earlyBytes = 0;
    if (this.#state === 'ended') this.#endStream(stream);
    else if (wasFull && !stream.writableNeedDrain) nextTick(() => this.#drained());
    if (this.#handlers) this.#listen(stream, this.#handlers);
  }

  failed(error: LinkError): void {
    this.#error ??= error;
  }

  closed(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#early = [];
    this.#earlyBytes = 0;
    const isOwnEnd = this.#state === 'ended' || this.#state === 'destroyed';
    if (isOwnEnd) this.#error = null;
    else if (!this.#stream) this.#error ??= closedTooEarly();
    this.#handlers?.closed(this.#error);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#isClosed || this.#state === 'ended' || this.#state === 'destroyed') return false;
    this.begin();
    if (this.#stream) {
      if (!this.#stream.writable) return false;
      this.#writtenBytes += bytes.length;
      return this.#stream.write(bytes);
    }
    this.#writtenBytes += bytes.length;
    this.#early.push(bytes);
    this.#earlyBytes += bytes.length;
    return this.#earlyBytes < this.#input.raw.writableHighWaterMark;
  }

  get queuedBytes(): number {
    return this.#earlyBytes + (this.#stream?.writableLength ?? 0);
  }

  get flushedBytes(): number {
    return this.#writtenBytes - this.queuedBytes;
  }

  end(): void {
    if (this.#isClosed || this.#state === 'ended' || this.#state === 'destroyed') return;
    this.begin();
    this.#state = 'ended';
    if (this.#stream) this.#endStream(this.#stream);
  }

  destroy(): void {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    const { raw } = this.#input;
    const stream = this.#stream;
    // Once the end is under way libuv refuses the reset, and the socket would never close.
    if (stream?.writableEnded && stream.writableLength === 0) stream.destroy();
    else resetSocket(raw);
  }

  #endStream(stream: TLSSocket): void {
    stream.end();
    // The other end's close is only seen by reading; a link that was never opened discards.
    stream.resume();
  }

  #listen(stream: TLSSocket, handlers: LinkHandlers): void {
    stream.on('data', (chunk: Uint8Array) => {
      if (this.#state === 'destroyed') return;
      handlers.data(chunk);
      this.#letOthersIn(stream, chunk.length);
    });
    stream.on('drain', () => this.#drained());
  }

  /** As with plain TCP; the system's reads are cut to records of 16 KiB, or less, by TLS. */
  #letOthersIn(stream: TLSSocket, length: number): void {
    const turn = currentTurn();
    if (turn !== this.#turn) this.#turnBytes = 0;
    this.#turn = turn;
    this.#turnBytes += length;
    if (this.#turnBytes < FULL_TURN_BYTES || stream.isPaused()) return;
    stream.pause();
    setImmediate(() => stream.resume());
  }

  #drained(): void {
    if (this.#state !== 'destroyed' && !this.#isClosed) this.#handlers?.drain();
  }
}

/** As good as a reset: what was written has not arrived. */
function closedTooEarly(): LinkError {
  return Object.assign(new Error('closed before TLS was agreed'), { code: 'ECONNRESET' });
}
