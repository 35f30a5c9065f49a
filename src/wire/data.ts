/**
 * Data messages. The body of a data record is messages one after the other; each begins with its
 * code and numbers, and ends with its payload, all of them MessagePack values.
 */
import { MalformedError, type Reader } from './reader.ts';
import type { Writer } from './writer.ts';

export const DATA = {
  send: 1,
  ask: 2,
  reply: 3,
  fail: 4,
  cancel: 5,
  /** How many messages went before, after a change of links: so that a gap is noticed. */
  tally: 6,
} as const;

export interface DataSink {
  /** Nothing more is to be delivered: what follows in the same record is dropped. */
  readonly isClosed: boolean;
  sent(target: number, payload: unknown): void;
  asked(target: number, ask: number, timeoutMs: number, payload: unknown): void;
  replied(ask: number, payload: unknown): void;
  failed(ask: number, payload: unknown): void;
  cancelled(ask: number): void;
  /** So many messages were sent so far. */
  tallied(count: number): void;
}

/** Numbers of asks grow beyond 32 bits; two small whole numbers are shorter than one large one. */
const ASK_UNIT = 65_536;

export function writeAsk(writer: Writer, ask: number): void {
  writer.number(ask % ASK_UNIT);
  writer.number(Math.floor(ask / ASK_UNIT));
}

/** A message without a payload. */
export function writeTally(writer: Writer, count: number): void {
  writer.number(DATA.tally);
  writeAsk(writer, count);
}

function readAsk(reader: Reader): number {
  const low = reader.number();
  const high = reader.number();
  if (low >= ASK_UNIT || high >= 2 ** 32) throw new MalformedError('an ask has no number');
  return high * ASK_UNIT + low;
}

/** Hands each message to the sink, in order. Null, or what is wrong with the record. */
export function readData(body: Uint8Array, reader: Reader, sink: DataSink): string | null {
  reader.begin(body);
  try {
    while (!reader.isAtEnd && !sink.isClosed) readMessage(reader, sink);
    return null;
  } catch (error) {
    if (error instanceof MalformedError) return error.message;
    throw error;
  }
}

function readMessage(reader: Reader, sink: DataSink): void {
  const code = reader.number();
  switch (code) {
    case DATA.send: {
      const target = reader.number();
      return sink.sent(target, reader.value());
    }
    case DATA.ask: {
      const target = reader.number();
      const ask = readAsk(reader);
      const timeoutMs = reader.number();
      return sink.asked(target, ask, timeoutMs, reader.value());
    }
    case DATA.reply: {
      const ask = readAsk(reader);
      return sink.replied(ask, reader.value());
    }
    case DATA.fail: {
      const ask = readAsk(reader);
      return sink.failed(ask, reader.value());
    }
    case DATA.cancel:
      return sink.cancelled(readAsk(reader));
    case DATA.tally:
      return sink.tallied(readAsk(reader));
    default:
      throw new MalformedError(`data message ${code} is not known`);
  }
}
