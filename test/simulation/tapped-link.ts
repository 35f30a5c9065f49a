import type { Clock, Endpoint, Link, LinkHandlers, NodeClaim } from '../../src/ports.ts';
import { FRAME, HEADER_BYTES } from '../../src/wire/frame.ts';
import { type ControlMessage, decodeControl, type WireEntry } from '../../src/wire/messages.ts';
import { FrameCount } from './frame-count.ts';
import type { Forgery } from './step.ts';

export interface TappedLinkRoom {
  /** Null for a link that was accepted. */
  readonly dialled: Endpoint | null;
  readonly clock: Clock;
  readonly tagBytes: number;
  readonly maxQueueBytes: number;
  isDecoding(): boolean;
  digest(digest: string): void;
  /** The process tells of somebody who is dead. */
  tombstone(entry: WireEntry): void;
  reading(link: TappedLink | null): void;
  closed(link: TappedLink): void;
  /** Something is written though another link has taken its place. */
  relapsed(link: TappedLink): void;
  /** A whole number of records came over a link. */
  heard(link: TappedLink, chunk: Uint8Array): void;
  /** Such a piece of another link. */
  foreign(link: TappedLink): Uint8Array | null;
}

/** A link as the node sees it, with somebody on the way who listens, and sometimes meddles. */
export class TappedLink implements Link {
  readonly dialled: Endpoint | null;
  /** Monotonic ms of the last whole record that the process read. */
  heardAtMs: number;
  readonly openedAtMs: number;
  /** Whole records that the process read. */
  records = 0;
  /** When the process last wrote a record. */
  wroteAtMs = 0;
  isClosed = false;
  /** Since when the kernel takes nothing; null when it does. */
  cloggedAtMs: number | null = null;
  /** Since when bytes wait in the process; null when none do. */
  queuedAtMs: number | null = null;
  isEnding = false;
  /** Nothing that is written arrives any more, and nobody says so. */
  isStranded = false;
  /** Something was written though too much was waiting already. */
  isOverfull = false;
  /** What somebody will do with the next record, and what came of it. */
  forgery: Forgery | null = null;
  /** When it was done; null when it was not. */
  forgedAtMs: number | null = null;
  /** A forged record was read and the link was not closed. */
  isFooled = false;
  /** Another session of the same life has taken its place; null as long as it has not. */
  replacedAtMs: number | null = null;
  /** Sequence numbers of heartbeats were not 1, 2, 3 and so on. */
  isOutOfOrder = false;
  readonly #inner: Link;
  readonly #room: TappedLinkRoom;
  readonly #frames = new FrameCount();
  #clog: Uint8Array[] = [];
  #clogBytes = 0;
  /** Written since nothing waited: users' data have a limit of their own. */
  #dataBytes = 0;
  #beats = 0;
  #writtenAtMs = 0;
  #hasDropped = false;

  constructor(inner: Link, room: TappedLinkRoom) {
    this.#inner = inner;
    this.#room = room;
    this.dialled = room.dialled;
    this.heardAtMs = room.clock.now();
    this.openedAtMs = this.heardAtMs;
  }

  get remote(): Endpoint {
    return this.#inner.remote;
  }

  get local(): Endpoint {
    return this.#inner.local;
  }

  get channelBinding(): Uint8Array | null {
    return this.#inner.channelBinding;
  }

  keep(): void {
    this.#inner.keep();
  }

  claimProblem(claim: () => NodeClaim): string | null {
    return this.#inner.claimProblem(claim);
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes + this.#clogBytes;
  }

  get flushedBytes(): number {
    return this.#inner.flushedBytes;
  }

  open(handlers: LinkHandlers): void {
    this.#inner.open({
      data: (chunk) => this.#read(handlers, chunk),
      drain: () => handlers.drain(),
      closed: (error) => {
        this.isClosed = true;
        this.#room.closed(this);
        handlers.closed(error);
      },
    });
  }

  write(bytes: Uint8Array): boolean {
    this.wroteAtMs = this.#room.clock.now();
    // What was said in the turn of the change may still go out.
    const isReplaced = this.replacedAtMs !== null && this.wroteAtMs > this.replacedAtMs;
    if (isReplaced) this.#room.relapsed(this);
    if (this.#room.isDecoding()) this.#decode(bytes);
    if (this.isStranded) return true;
    if (this.queuedBytes === 0) this.#dataBytes = 0;
    if (isData(bytes)) this.#dataBytes += bytes.length;
    if (this.cloggedAtMs === null) return this.#inner.write(bytes);
    const now = this.#room.clock.now();
    const mostBytes = this.#room.maxQueueBytes + this.#dataBytes;
    const isFull = this.#clogBytes > mostBytes && this.#writtenAtMs < now;
    this.isOverfull ||= isFull && !isData(bytes);
    this.#writtenAtMs = now;
    this.queuedAtMs ??= now;
    this.#clog.push(bytes);
    this.#clogBytes += bytes.length;
    return false;
  }

  end(): void {
    this.isEnding = true;
    if (this.cloggedAtMs === null && !this.isStranded) this.#inner.end();
  }

  destroy(): void {
    this.isClosed = true;
    // A link that was never opened is not told of its end.
    this.#room.closed(this);
    this.#inner.destroy();
  }

  clog(): void {
    this.cloggedAtMs ??= this.#room.clock.now();
  }

  unclog(): void {
    if (this.cloggedAtMs === null) return;
    this.cloggedAtMs = null;
    for (const bytes of this.#clog.splice(0)) this.#inner.write(bytes);
    this.#clogBytes = 0;
    this.queuedAtMs = null;
    if (this.isEnding) this.#inner.end();
  }

  /** Whether somebody on the way may act: what comes is a whole number of records. */
  #read(handlers: LinkHandlers, chunk: Uint8Array): void {
    const wasBetween = this.#frames.isBetween;
    const before = this.#frames.records;
    this.#frames.push(chunk);
    if (this.#frames.records !== before) {
      this.heardAtMs = this.#room.clock.now();
      this.records = this.#frames.records;
    }
    const isWhole = wasBetween && this.#frames.isBetween && this.records > before && before > 0;
    if (this.forgery !== null && isWhole) this.#forge(this.forgery, handlers, chunk);
    else this.#deliver(handlers, chunk);
    if (isWhole) this.#room.heard(this, chunk);
  }

  #forge(how: Forgery, handlers: LinkHandlers, chunk: Uint8Array): void {
    if (how === 'drop' && !this.#hasDropped) {
      // Seen only once something follows.
      this.#hasDropped = true;
      this.forgedAtMs = this.#room.clock.now();
      return;
    }
    const foreign = this.#room.foreign(this);
    if (how === 'cross' && foreign === null) return this.#deliver(handlers, chunk);
    this.forgery = null;
    this.forgedAtMs = this.#room.clock.now();
    if (how === 'repeat') this.#deliver(handlers, chunk);
    if (this.isClosed) return;
    this.#deliver(handlers, (how === 'cross' ? foreign : null) ?? chunk);
    this.isFooled = !this.isClosed;
  }

  #deliver(handlers: LinkHandlers, chunk: Uint8Array): void {
    this.#room.reading(this);
    handlers.data(chunk);
    this.#room.reading(null);
  }

  #decode(frame: Uint8Array): void {
    for (const message of messagesIn(frame, this.#room.tagBytes)) {
      if (message.type === 'heartbeat') {
        this.#room.digest(message.digest);
        this.isOutOfOrder ||= message.sequence <= this.#beats;
        this.#beats = message.sequence;
      }
      if (message.type !== 'view' && message.type !== 'hello') continue;
      for (const entry of message.entries) {
        if (entry.state !== 'alive') this.#room.tombstone(entry);
      }
    }
  }
}

/** Nodes write whole frames. */
function isData(frame: Uint8Array): boolean {
  const type = frame[HEADER_BYTES - 1];
  return type === FRAME.data || type === FRAME.part;
}

function messagesIn(frame: Uint8Array, tagBytes: number): readonly ControlMessage[] {
  if (frame[HEADER_BYTES - 1] !== FRAME.control) return [];
  const decoded = decodeControl(frame.subarray(HEADER_BYTES, frame.length - tagBytes));
  return decoded.ok ? decoded.messages : [];
}
