/**
 * Data messages on their way to one peer. They are written into a record as they come, and the
 * record leaves at the end of the turn, after the control messages. No more is handed to the link
 * than a heartbeat can wait for.
 */
import { FIXED } from '../limits.ts';
import { FRAME } from '../wire/frame.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../wire/record.ts';
import type { Writer } from '../wire/writer.ts';

export interface OutboxHost {
  /** Bytes that the network has not taken yet. */
  queuedBytes(): number;
  /** Calls `flush` at the end of the turn. */
  plan(): void;
  /** A body, with room before it for the head of a record and after it for a tag. */
  write(type: number, roomy: Buffer): void;
}

export interface OutboxLimits {
  readonly maxDataQueueBytes: number;
  readonly maxMessageBytes: number;
}

/** One record, or a message that is larger than a record may be. */
interface Packed {
  readonly roomy: Buffer;
  /** None any more once it is written. */
  letters: number;
  /** Of a large message: what has left as parts. */
  writtenBytes: number;
}

const ROOM_BYTES = RECORD_HEAD_BYTES + TAG_BYTES;

export class Outbox {
  readonly #host: OutboxHost;
  readonly #limits: OutboxLimits;
  readonly #writer: Writer;
  #isBegun = false;
  /** Between `open` and its end, in which code of the user may run: a getter. */
  #isWriting = false;
  /** Length of the record before the present message. */
  #mark = 0;
  /** In the record that is begun: messages of whose loss nobody would hear in another way. */
  #letters = 0;
  #waiting: Packed[] = [];
  #waitingBytes = 0;
  /** Hears of `isBusy` when it changes, at the end of a turn. */
  onBusy: ((isBusy: boolean) => void) | null = null;
  #isBusy = false;
  #isBusyTold = false;

  constructor(host: OutboxHost, limits: OutboxLimits, writer: Writer) {
    this.#host = host;
    this.#limits = limits;
    this.#writer = writer;
  }

  /** What waits here and in the link. */
  get queuedBytes(): number {
    const begun = this.#isBegun ? this.#writer.length : 0;
    return begun + this.#waitingBytes + this.#host.queuedBytes();
  }

  get isEmpty(): boolean {
    return !this.#isBegun && this.#waiting.length === 0;
  }

  /** Nothing to write, and nothing to tell. */
  get isIdle(): boolean {
    return this.isEmpty && !this.#isBusy;
  }

  /** More waits than half of what may; stays so until an eighth is left. */
  get isBusy(): boolean {
    return this.#isBusy || this.queuedBytes >= this.#share(FIXED.busyShare);
  }

  /** Where to write one message; null when too much waits. To be ended by `close` or `undo`. */
  open(): Writer | null {
    if (this.#isWriting) throw new Error('a getter in a message must not send messages itself');
    // A turn that sends a lot fills one record after the other.
    if (this.#waitingBytes >= this.#limits.maxDataQueueBytes) return this.#refuse();
    if (!this.#isBegun) {
      if (this.queuedBytes >= this.#limits.maxDataQueueBytes) return this.#refuse();
      this.#writer.begin(RECORD_HEAD_BYTES);
      this.#isBegun = true;
      this.#host.plan();
    }
    this.#mark = this.#writer.length;
    this.#isWriting = true;
    return this.#writer;
  }

  /**
   * False when the message is too large; then it was not sent. A letter is one whose sender would not
   * hear of its loss: those are counted.
   */
  close(isLetter = false): boolean {
    this.#isWriting = false;
    const letters = isLetter ? 1 : 0;
    const { length } = this.#writer;
    if (length - RECORD_HEAD_BYTES > FIXED.maxRecordBytes)
      return this.#divide(length - this.#mark, letters);
    this.#letters += letters;
    return true;
  }

  /** Takes back what was written of the present message. */
  undo(): void {
    this.#isWriting = false;
    this.#writer.truncate(this.#mark);
  }

  /** Writes what may be written now, or at the end all of it. */
  flush(isLast = false): void {
    this.#cut();
    let next = 0;
    for (const packed of this.#waiting) {
      if (!this.#write(packed, isLast)) break;
      next += 1;
    }
    if (next > 0) this.#waiting = next < this.#waiting.length ? this.#waiting.slice(next) : [];
    this.#weigh();
  }

  /** What was not written as a whole, for another link to the same life. */
  handOver(to: Outbox): void {
    this.#cut();
    for (const { roomy, letters } of this.#waiting) to.#put(roomy, letters);
    this.#waiting = [];
    this.#waitingBytes = 0;
    to.onBusy = this.onBusy;
    to.#isBusy = this.#isBusy;
    to.#isBusyTold = this.#isBusyTold;
    this.onBusy = null;
    this.#isBusy = false;
    if (!to.isIdle) to.#host.plan();
  }

  /** Forgets what waits, since it cannot be written any more: so many letters. */
  abandon(): number {
    this.#cut();
    const letters = this.#waiting.reduce((sum, packed) => sum + packed.letters, 0);
    this.#waiting = [];
    this.#waitingBytes = 0;
    return letters;
  }

  #share(share: number): number {
    return share * this.#limits.maxDataQueueBytes;
  }

  /** Whoever is refused may wait to hear when there is room again. */
  #refuse(): null {
    if (!this.#isBusy) this.#host.plan();
    this.#isBusy = true;
    return null;
  }

  #weigh(): void {
    this.#isBusy = this.isBusy;
    this.#tellBusy();
    if (!this.#isBusy || this.queuedBytes > this.#share(FIXED.calmShare)) return;
    this.#isBusy = false;
    this.#tellBusy();
  }

  /** Last of all: who hears of it may send at once. */
  #tellBusy(): void {
    if (this.#isBusyTold === this.#isBusy) return;
    this.#isBusyTold = this.#isBusy;
    this.onBusy?.(this.#isBusy);
  }

  /** The message goes into a record of its own, in parts if it has to. */
  #divide(messageBytes: number, letters: number): boolean {
    if (messageBytes > this.#limits.maxMessageBytes) {
      this.#writer.truncate(this.#mark);
      return false;
    }
    const message = this.#writer.takeBack(this.#mark);
    if (this.#mark > RECORD_HEAD_BYTES) this.#cut();
    this.#writer.begin(RECORD_HEAD_BYTES);
    this.#isBegun = true;
    this.#writer.put(message);
    this.#letters = letters;
    if (messageBytes > FIXED.maxRecordBytes) this.#cut();
    return true;
  }

  #cut(): void {
    if (!this.#isBegun) return;
    this.#isBegun = false;
    const isEmpty = this.#writer.length === RECORD_HEAD_BYTES;
    const roomy = this.#writer.finish(TAG_BYTES);
    if (!isEmpty) this.#put(roomy, this.#letters);
    this.#letters = 0;
  }

  #put(roomy: Buffer, letters: number): void {
    this.#waiting.push({ roomy, letters, writtenBytes: 0 });
    this.#waitingBytes += roomy.length - ROOM_BYTES;
  }

  /** False when the link has enough for now. */
  #write(packed: Packed, isLast: boolean): boolean {
    const { roomy } = packed;
    const bodyBytes = roomy.length - ROOM_BYTES;
    if (bodyBytes <= FIXED.maxRecordBytes) {
      if (!isLast && this.#host.queuedBytes() >= FIXED.maxDataAheadBytes) return false;
      this.#waitingBytes -= bodyBytes;
      packed.letters = 0;
      this.#host.write(FRAME.data, roomy);
      return true;
    }
    while (isLast || this.#host.queuedBytes() < FIXED.maxDataAheadBytes) {
      const at = packed.writtenBytes;
      const pieceBytes = Math.min(FIXED.maxRecordBytes, bodyBytes - at);
      const part = Buffer.allocUnsafe(pieceBytes + ROOM_BYTES);
      const from = RECORD_HEAD_BYTES + at;
      part.set(roomy.subarray(from, from + pieceBytes), RECORD_HEAD_BYTES);
      packed.writtenBytes = at + pieceBytes;
      this.#waitingBytes -= pieceBytes;
      const isWhole = packed.writtenBytes === bodyBytes;
      if (isWhole) packed.letters = 0;
      this.#host.write(isWhole ? FRAME.data : FRAME.part, part);
      if (isWhole) return true;
    }
    return false;
  }
}
