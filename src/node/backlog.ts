/**
 * What waits for one peer, in the order in which it may leave. Records leave as they came. A message
 * that is larger than a record leaves in parts, with a record after each: so it holds up nobody but
 * messages to the same actor, which must not overtake it.
 */
import { FIXED } from '../limits.ts';
import { FRAME } from '../wire/frame.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../wire/record.ts';
import { Fifo } from './fifo.ts';

/** What nodes tell each other about actors keeps its place among all messages to them. */
const EVERYBODY = 0;
const ROOM_BYTES = RECORD_HEAD_BYTES + TAG_BYTES;
/** What an entry takes besides its bytes; else a queue of tiny ones would be many times its limit. */
const ENTRY_BYTES = 256;

interface Entry {
  /** With room before it for the head of a record and after it for a tag. */
  readonly roomy: Buffer;
  /** Messages of whose loss nobody would hear in another way. */
  readonly letters: number;
}

interface Large extends Entry {
  readonly target: number | null;
  /** So many records have to leave before it: those that came before. */
  readonly after: number;
  writtenBytes: number;
}

/** What is to be sealed and written next. */
export interface Piece {
  readonly type: number;
  readonly roomy: Buffer;
}

export class Backlog {
  readonly #records = new Fifo<Entry>();
  /** In parts, or behind one that is. */
  readonly #large = new Fifo<Large>();
  /** Actors for which something in `#large` is meant, and how much. */
  readonly #targets = new Map<number, number>();
  #put = 0;
  #taken = 0;
  #isLargeNext = false;
  #bytes = 0;

  /** All that waits, with what it costs to keep it. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#large.length === 0;
  }

  /** Whether a message to that target would overtake one that it must not. */
  isAhead(target: number | null): boolean {
    if (target === null || this.#large.length === 0) return false;
    return target === EVERYBODY || this.#targets.has(target) || this.#targets.has(EVERYBODY);
  }

  putRecord(roomy: Buffer, letters: number): void {
    // It stays for a while: without the rest of the slab in which it was written.
    const kept = this.#records.length > 0 ? Buffer.from(roomy) : roomy;
    this.#records.push({ roomy: kept, letters });
    this.#put += 1;
    this.#bytes += cost(roomy);
  }

  /** Of a whole message: one in parts, or one to the same actor as another one here. */
  putLarge(message: Uint8Array, letters: number, target: number | null): void {
    const roomy = Buffer.allocUnsafeSlow(message.length + ROOM_BYTES);
    roomy.set(message, RECORD_HEAD_BYTES);
    this.#pushLarge(roomy, letters, target);
  }

  next(): Piece | null {
    const large = this.#large.first;
    const mayGo = large !== undefined && large.after <= this.#taken;
    if (mayGo && (this.#isLargeNext || this.#records.length === 0)) {
      this.#isLargeNext = false;
      return this.#pieceOf(large);
    }
    this.#isLargeNext = true;
    const record = this.#records.shift();
    if (record === undefined) return null;
    this.#taken += 1;
    this.#bytes -= cost(record.roomy);
    return { type: FRAME.data, roomy: record.roomy };
  }

  /** To be sent over another link, in the same order; what has left in parts begins again. */
  moveTo(to: Backlog): void {
    for (const { roomy, letters } of this.#records.take()) to.putRecord(roomy, letters);
    for (const { roomy, letters, target } of this.#large.take()) {
      to.#pushLarge(roomy, letters, target);
    }
    this.#forget();
  }

  /** Forgets all of it: so many letters. */
  abandon(): number {
    const entries = [...this.#records.take(), ...this.#large.take()];
    this.#forget();
    return entries.reduce((sum, { letters }) => sum + letters, 0);
  }

  #forget(): void {
    this.#targets.clear();
    this.#taken = this.#put;
    this.#bytes = 0;
  }

  #pushLarge(roomy: Buffer, letters: number, target: number | null): void {
    this.#large.push({ roomy, letters, target, after: this.#put, writtenBytes: 0 });
    this.#bytes += cost(roomy);
    if (target !== null) this.#targets.set(target, (this.#targets.get(target) ?? 0) + 1);
  }

  #pieceOf(large: Large): Piece {
    const { roomy, writtenBytes } = large;
    const bodyBytes = roomy.length - ROOM_BYTES;
    const pieceBytes = Math.min(FIXED.maxRecordBytes, bodyBytes - writtenBytes);
    large.writtenBytes += pieceBytes;
    this.#bytes -= pieceBytes;
    const isWhole = large.writtenBytes === bodyBytes;
    if (isWhole) this.#left(large);
    if (pieceBytes === bodyBytes) return { type: FRAME.data, roomy };
    const from = RECORD_HEAD_BYTES + writtenBytes;
    const part = Buffer.allocUnsafe(pieceBytes + ROOM_BYTES);
    part.set(roomy.subarray(from, from + pieceBytes), RECORD_HEAD_BYTES);
    return { type: isWhole ? FRAME.last : FRAME.part, roomy: part };
  }

  #left({ target }: Large): void {
    this.#large.shift();
    this.#bytes -= ENTRY_BYTES;
    if (target === null) return;
    const others = (this.#targets.get(target) ?? 0) - 1;
    if (others > 0) this.#targets.set(target, others);
    else this.#targets.delete(target);
  }
}

function cost(roomy: Buffer): number {
  return roomy.length - ROOM_BYTES + ENTRY_BYTES;
}
