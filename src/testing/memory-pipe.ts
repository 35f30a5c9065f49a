import type { NodeClock } from './node-clock.ts';

/** What the kernels on both ends hold for one direction before the writer has to wait. */
const WINDOW_BYTES = 65_536;

/** How often what arrived is cut in two, and joined with what follows. */
const SPLIT_CHANCE = 0.1;
const JOIN_CHANCE = 0.7;

/** One direction between two hosts. */
export interface Path {
  passes(): boolean;
  /** Whether acknowledgements come back. */
  returns(): boolean;
  latencyMs(): number;
  float(): number;
  /** Calls `pipe.healed()` once the path may pass again. */
  stalled(pipe: Pipe): void;
}

export interface Receiver {
  readonly clock: NodeClock;
  /** False before it was opened: bytes stay in the kernel, and the writer is held back. */
  readonly reading: boolean;
  receiveData(bytes: Uint8Array): void;
  receiveFin(): void;
  receiveReset(): void;
}

export interface Sender {
  readonly clock: NodeClock;
  /** The queue became empty; with `ended`, the FIN is on its way. */
  flushed(ended: boolean): void;
}

type Segment =
  | { readonly kind: 'data'; bytes: Uint8Array; atMs: number }
  | { readonly kind: 'fin' | 'reset'; atMs: number };

/** One direction of a TCP connection: ordered, bounded, lossless, as late as the path makes it. */
export class Pipe {
  readonly #path: Path;
  readonly #from: Sender;
  readonly #to: Receiver;
  #queue: Uint8Array[] = [];
  #segments: Segment[] = [];
  #queuedBytes = 0;
  #flushedBytes = 0;
  #unackedBytes = 0;
  /** Delivered while no acknowledgement could return. */
  #owedBytes = 0;
  #lastArrivalMs = 0;
  #ending = false;
  #over = false;
  #scheduled = false;

  constructor(path: Path, from: Sender, to: Receiver) {
    this.#path = path;
    this.#from = from;
    this.#to = to;
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get flushedBytes(): number {
    return this.#flushedBytes;
  }

  get unackedBytes(): number {
    return this.#unackedBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#ending || this.#over) return;
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    this.#pump();
  }

  /** FIN, after what is queued. */
  end(): void {
    if (this.#ending || this.#over) return;
    this.#ending = true;
    this.#pump();
  }

  /** RST: what is queued is lost, what is on its way comes first. */
  reset(): void {
    if (this.#over) return;
    this.discard();
    this.#send({ kind: 'reset', atMs: 0 });
  }

  /** The writer is gone: nothing more is taken. */
  discard(): void {
    this.#over = true;
    this.#queue = [];
    this.#queuedBytes = 0;
  }

  /** The reader is gone: nothing arrives any more. */
  swallow(): void {
    this.#segments = [];
  }

  /** The reader reads from now on. */
  resume(): void {
    this.#schedule();
  }

  healed(): void {
    const soonestMs = this.#to.clock.now() + this.#path.latencyMs();
    for (const segment of this.#segments) segment.atMs = Math.max(segment.atMs, soonestMs);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, soonestMs);
    const owed = this.#owedBytes;
    this.#owedBytes = 0;
    if (owed > 0) this.#acknowledge(owed);
    this.#schedule();
  }

  #pump(): void {
    const [first] = this.#queue;
    for (let chunk = first; chunk; [chunk] = this.#queue) {
      const room = WINDOW_BYTES - this.#unackedBytes;
      if (room <= 0) return;
      const bytes = chunk.subarray(0, room);
      if (bytes.length === chunk.length) this.#queue.shift();
      else this.#queue[0] = chunk.subarray(room);
      this.#queuedBytes -= bytes.length;
      this.#flushedBytes += bytes.length;
      this.#unackedBytes += bytes.length;
      this.#send({ kind: 'data', bytes, atMs: 0 });
    }
    if (this.#over) return;
    if (this.#ending) {
      this.#over = true;
      this.#send({ kind: 'fin', atMs: 0 });
    }
    this.#from.flushed(this.#ending);
  }

  #send(segment: Segment): void {
    const arrivalMs = this.#to.clock.now() + this.#path.latencyMs();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    segment.atMs = this.#lastArrivalMs;
    this.#segments.push(segment);
    this.#schedule();
  }

  #schedule(): void {
    const [next] = this.#segments;
    if (!next || this.#scheduled) return;
    this.#scheduled = true;
    this.#to.clock.deliver(() => this.#arrive(), next.atMs - this.#to.clock.now());
  }

  #arrive(): void {
    this.#scheduled = false;
    const [next] = this.#segments;
    if (!next || !this.#to.reading) return;
    if (!this.#path.passes()) {
      this.#path.stalled(this);
      return;
    }
    if (next.atMs > this.#to.clock.now()) {
      this.#schedule();
      return;
    }
    const bytes = next.kind === 'data' ? this.#take(next) : null;
    if (!bytes) this.#segments = [];
    // Before the reader is called: it may write, end or destroy.
    this.#schedule();
    if (bytes) {
      this.#acknowledge(bytes.length);
      this.#to.receiveData(bytes);
    } else if (next.kind === 'fin') this.#to.receiveFin();
    else this.#to.receiveReset();
  }

  /** As much of what has arrived as one read happens to return. */
  #take(first: { bytes: Uint8Array }): Uint8Array {
    const { bytes } = first;
    if (bytes.length > 1 && this.#path.float() < SPLIT_CHANCE) {
      const length = 1 + Math.floor(this.#path.float() * (bytes.length - 1));
      first.bytes = bytes.subarray(length);
      return bytes.subarray(0, length);
    }
    const joined: Uint8Array[] = [];
    const nowMs = this.#to.clock.now();
    do {
      const [segment] = this.#segments;
      if (segment?.kind !== 'data' || segment.atMs > nowMs) break;
      joined.push(segment.bytes);
      this.#segments.shift();
    } while (this.#path.float() < JOIN_CHANCE);
    return joined.length === 1 ? bytes : new Uint8Array(Buffer.concat(joined));
  }

  #acknowledge(length: number): void {
    if (!this.#path.returns()) {
      this.#owedBytes += length;
      this.#path.stalled(this);
      return;
    }
    this.#unackedBytes -= length;
    // The queue is in the writer's process, which may be frozen.
    if (this.#queue.length > 0) this.#from.clock.deliver(() => this.#pump());
  }
}
