/**
 * Data messages on their way to one peer. They are written into a record as they come, and the
 * record leaves at the end of the turn, after the control messages. No more is handed to the link
 * than a heartbeat can wait for.
 */
import { FIXED } from '../limits.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../wire/record.ts';
import type { Writer } from '../wire/writer.ts';
import { Backlog } from './backlog.ts';

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
  readonly #waiting = new Backlog();
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
    return begun + this.#waiting.bytes + this.#host.queuedBytes();
  }

  get isEmpty(): boolean {
    return !this.#isBegun && this.#waiting.isEmpty;
  }

  /** Nothing to write, and nothing to tell. */
  get isIdle(): boolean {
    return this.isEmpty && !this.#isBusy;
  }

  /** More waits than half of what may; stays so until an eighth is left. */
  get isBusy(): boolean {
    return this.#isBusy || this.queuedBytes >= this.#share(FIXED.busyShare);
  }

  /**
   * Where to write one message; null when too much waits, unless it is urgent. To be ended by `close`
   * or `undo`.
   */
  open(isUrgent = false): Writer | null {
    if (this.#isWriting) throw new Error('a getter in a message must not send messages itself');
    // A turn that sends a lot fills one record after the other.
    if (this.#waiting.bytes >= this.#limits.maxDataQueueBytes && !isUrgent) return this.#refuse();
    if (!this.#isBegun) {
      const isFull = this.queuedBytes >= this.#limits.maxDataQueueBytes;
      if (isFull && !isUrgent) return this.#refuse();
      this.#begin();
      this.#host.plan();
    }
    this.#mark = this.#writer.length;
    this.#isWriting = true;
    return this.#writer;
  }

  /**
   * False when the message is too large; then it was not sent. `target`: the actor, for
   * which order is kept; 0 is the node itself, which keeps order with all; null when order does not
   * matter. A letter is a message whose sender would not hear of its loss: those are counted.
   */
  close(target: number | null = null, isLetter = false): boolean {
    this.#isWriting = false;
    const letters = isLetter ? 1 : 0;
    const { length } = this.#writer;
    if (length - this.#mark > this.#limits.maxMessageBytes) {
      this.#writer.truncate(this.#mark);
      return false;
    }
    if (length - RECORD_HEAD_BYTES > FIXED.maxRecordBytes || this.#waiting.isAhead(target))
      this.#divide(length - this.#mark, letters, target);
    else this.#letters += letters;
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
    while (isLast || this.#host.queuedBytes() < FIXED.maxDataAheadBytes) {
      const piece = this.#waiting.next();
      if (piece === null) break;
      this.#host.write(piece.type, piece.roomy);
    }
    this.#weigh();
  }

  /** What was not written as a whole, for another link to the same life. */
  handOver(to: Outbox): void {
    this.#cut();
    this.#waiting.moveTo(to.#waiting);
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
    return this.#waiting.abandon();
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

  /** The message does not go into the record with those before it. */
  #divide(messageBytes: number, letters: number, target: number | null): void {
    const message = this.#writer.takeBack(this.#mark);
    if (messageBytes > FIXED.maxRecordBytes || this.#waiting.isAhead(target)) {
      this.#cut();
      this.#waiting.putLarge(message, letters, target);
    } else {
      this.#cut();
      this.#begin();
      this.#writer.put(message);
      this.#letters = letters;
    }
  }

  #begin(): void {
    this.#writer.begin(RECORD_HEAD_BYTES);
    this.#isBegun = true;
  }

  #cut(): void {
    if (!this.#isBegun) return;
    this.#isBegun = false;
    const isEmpty = this.#writer.length === RECORD_HEAD_BYTES;
    const roomy = this.#writer.finish(TAG_BYTES);
    if (!isEmpty) this.#waiting.putRecord(roomy, this.#letters);
    this.#letters = 0;
  }
}
