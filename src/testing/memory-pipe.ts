import type { Path } from './memory-path.ts';
import type { NodeClock } from './node-clock.ts';
import type { ReadPace } from './read-pace.ts';
import { Retransmission } from './retransmission.ts';
import { readFrom, type Segment } from './segment.ts';
import { SendQueue } from './send-queue.ts';

/** What the kernels on both ends hold for one direction before the writer has to wait. */
const WINDOW_BYTES = 65_536;

/** What fits into one packet, where packets matter. */
const PACKET_BYTES = 1_448;

const NO_BYTES = new Uint8Array(0);

export interface Receiver {
  readonly clock: NodeClock;
  /** False before it was opened: bytes stay in the kernel, and the writer is held back. */
  readonly reading: boolean;
  /** Null: as fast as bytes arrive. */
  readonly pace: ReadPace | null;
  receiveData(bytes: Uint8Array): void;
  receiveFin(): void;
  receiveReset(): void;
}

export interface Sender {
  readonly clock: NodeClock;
  /** The queue became empty; with `ended`, the FIN is on its way. */
  flushed(ended: boolean): void;
  receiveReset(): void;
  /** Nothing was acknowledged for so long that the kernel gives up. */
  timedOut(): void;
}

/**
 * One direction of a TCP connection: ordered, bounded, lossless, as late as the path makes it.
 *
 * On a smooth path a segment is only a time of arrival. On any other it is a packet: lost ones are
 * sent again, and arrivals are put in order and counted once, so below the stream loss, duplicates
 * and reordering are real, and above it all that remains of them is time.
 */
export class Pipe {
  readonly path: Path;
  readonly #back: Path;
  readonly #from: Sender;
  readonly #to: Receiver;
  readonly #retransmission: Retransmission;
  readonly #queue = new SendQueue();
  #segments: Segment[] = [];
  #flushedBytes = 0;
  #unackedBytes = 0;
  /** Read while no acknowledgement could return. */
  #owedBytes = 0;
  #lastArrivalMs = 0;
  #ending = false;
  #over = false;
  #isReset = false;
  /** There is no reader any more: its kernel answers with resets. */
  #isDeaf = false;
  #scheduled = false;

  constructor(path: Path, back: Path, from: Sender, to: Receiver) {
    this.path = path;
    this.#back = back;
    this.#from = from;
    this.#to = to;
    this.#retransmission = new Retransmission(path, back, {
      repeat: () => this.#repeat(),
      giveUp: () => this.#giveUp(),
    });
  }

  get queuedBytes(): number {
    return this.#queue.bytes;
  }

  get flushedBytes(): number {
    return this.#flushedBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#ending || this.#over) return;
    this.#queue.push(bytes);
    this.#pump();
  }

  /** FIN, after what is queued. */
  end(): void {
    if (this.#ending || this.#over) return;
    this.#ending = true;
    this.#pump();
  }

  /** RST: what is queued or lost stays so, what is on its way comes first. Never sent again. */
  reset(): void {
    if (this.#isReset) return;
    this.discard();
    this.#send('reset', NO_BYTES);
  }

  /** The writer is gone: nothing more is taken, nor sent again. */
  discard(): void {
    this.#over = true;
    this.#isReset = true;
    this.#queue.clear();
    const gap = this.#segments.findIndex(({ isLost }) => isLost);
    if (gap >= 0) this.#segments.length = gap;
  }

  /** The reader is gone. */
  swallow(): void {
    this.#isDeaf = true;
    const unread = this.#segments;
    this.#segments = [];
    // What is under way finds nobody.
    if (!this.#isReset && unread.length > 0) this.#send('data', NO_BYTES);
  }

  /** The reader reads from now on. */
  resume(): void {
    this.#schedule();
  }

  /** The path was cut or has stalled: what was on its way did not arrive in time. */
  interrupt(): void {
    const nowMs = this.#to.clock.now();
    for (const segment of [...this.#segments]) {
      // The others are packets, which the path itself keeps track of.
      if (segment.atMs <= nowMs || segment.atMs === Number.POSITIVE_INFINITY) continue;
      segment.atMs = Number.POSITIVE_INFINITY;
      const [arrive, lose] = [() => this.#landed(segment), () => this.#lost(segment)];
      if (this.path.isOpen) this.path.hold(segment.bytes.length, arrive, lose);
      else lose();
    }
    this.#lastArrivalMs = 0;
  }

  #pump(): void {
    while (this.#queue.bytes > 0) {
      const room = WINDOW_BYTES - this.#unackedBytes;
      if (room <= 0) return;
      const bytes = this.#queue.take(this.path.isSmooth ? room : Math.min(room, PACKET_BYTES));
      if (!bytes) break;
      this.#flushedBytes += bytes.length;
      this.#unackedBytes += bytes.length;
      this.#send('data', bytes);
    }
    if (this.#over) return;
    if (this.#ending) {
      this.#over = true;
      this.#send('fin', NO_BYTES);
    }
    this.#from.flushed(this.#ending);
  }

  #send(kind: Segment['kind'], bytes: Uint8Array): void {
    const segment = { kind, bytes, atMs: Number.POSITIVE_INFINITY, isLost: false };
    this.#segments.push(segment);
    if (!this.path.isSmooth || this.#isDeaf) return this.#transmit(segment);
    const arrivalMs = this.#to.clock.now() + this.path.latencyMs();
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, arrivalMs);
    segment.atMs = this.#lastArrivalMs;
    this.#schedule();
  }

  #transmit(segment: Segment): void {
    segment.isLost = false;
    this.path.carry(
      segment.bytes.length,
      () => this.#landed(segment),
      () => this.#lost(segment),
    );
  }

  #landed(segment: Segment): void {
    if (this.#isDeaf) return this.#answerStranger(segment);
    // A second copy: its bytes are known.
    if (segment.atMs !== Number.POSITIVE_INFINITY) return;
    segment.atMs = this.#to.clock.now();
    const gap = this.#segments.find(({ atMs }) => atMs === Number.POSITIVE_INFINITY);
    const isInOrder = !gap || this.#segments.indexOf(gap) > this.#segments.indexOf(segment);
    this.#retransmission.acknowledged(isInOrder);
    this.#schedule();
  }

  #lost(segment: Segment): void {
    if (segment.atMs !== Number.POSITIVE_INFINITY) return;
    segment.isLost = true;
    if (this.#isReset) this.#segments = this.#segments.filter((other) => other !== segment);
    else this.#retransmission.arm();
  }

  #repeat(): void {
    const owed = this.#owedBytes;
    if (owed > 0) {
      this.#owedBytes = 0;
      this.#acknowledge(owed);
    }
    for (const segment of this.#segments.filter(({ isLost }) => isLost)) this.#transmit(segment);
  }

  #giveUp(): void {
    this.#from.clock.deliver(() => this.#from.timedOut());
  }

  /** A kernel answers what belongs to no link with a reset. */
  #answerStranger(segment: Segment): void {
    const reset = () => this.#from.clock.deliver(() => this.#from.receiveReset());
    this.#back.carry(0, reset, () => this.#lost(segment));
  }

  #schedule(): void {
    const [next] = this.#segments;
    if (!next || this.#scheduled || next.atMs === Number.POSITIVE_INFINITY) return;
    this.#scheduled = true;
    const atMs = Math.max(next.atMs, this.#to.pace?.freeAtMs ?? 0);
    this.#to.clock.deliver(() => this.#arrive(), atMs - this.#to.clock.now());
  }

  #arrive(): void {
    this.#scheduled = false;
    const [next] = this.#segments;
    if (!next || !this.#to.reading) return;
    const { pace } = this.#to;
    const nowMs = this.#to.clock.now();
    if (Math.max(next.atMs, pace?.freeAtMs ?? 0) > nowMs) return this.#schedule();
    const isData = next.kind === 'data';
    const bytes = isData ? readFrom(this.#segments, next, nowMs, pace, this.path) : null;
    if (!bytes) this.#segments = [];
    // Before the reader is called: it may write, end or destroy.
    this.#schedule();
    if (bytes) {
      this.#acknowledge(bytes.length);
      this.#to.receiveData(bytes);
    } else if (next.kind === 'fin') this.#to.receiveFin();
    else this.#to.receiveReset();
  }

  #acknowledge(length: number): void {
    if (!this.#back.isOpen || this.#back.isStalled) {
      this.#owedBytes += length;
      this.#retransmission.arm();
      return;
    }
    this.#unackedBytes -= length;
    // The queue is in the writer's process, which may be frozen.
    if (this.#queue.bytes > 0) this.#from.clock.deliver(() => this.#pump());
  }
}
