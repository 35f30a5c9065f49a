import { describe, expect, test } from 'vitest';
import { DATA, type DataSink, readData, writeAsk, writeTally } from '../../src/wire/data.ts';
import { Reader } from '../../src/wire/reader.ts';
import { Writer } from '../../src/wire/writer.ts';

const nobody = { toParts: () => null, fromParts: () => undefined };

class Journal implements DataSink {
  readonly heard: unknown[] = [];
  closeAfter = Number.POSITIVE_INFINITY;

  get isClosed(): boolean {
    return this.heard.length >= this.closeAfter;
  }
  sent(...all: unknown[]) {
    this.heard.push(['sent', ...all]);
  }
  asked(...all: unknown[]) {
    this.heard.push(['asked', ...all]);
  }
  replied(...all: unknown[]) {
    this.heard.push(['replied', ...all]);
  }
  failed(...all: unknown[]) {
    this.heard.push(['failed', ...all]);
  }
  cancelled(...all: unknown[]) {
    this.heard.push(['cancelled', ...all]);
  }
  tallied(...all: unknown[]) {
    this.heard.push(['tallied', ...all]);
  }
}

function body(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(nobody);
  writer.begin(0);
  write(writer);
  return writer.finish(0);
}

const read = (bytes: Uint8Array, journal: Journal) => readData(bytes, new Reader(nobody), journal);

function send(writer: Writer, target: number, payload: unknown): void {
  writer.number(DATA.send);
  writer.number(target);
  writer.payload(payload);
}

test('a tally comes out between the messages', () => {
  const journal = new Journal();
  const bytes = body((writer) => {
    writeTally(writer, 2 ** 40 + 3);
    send(writer, 7, 'x');
  });
  expect(read(bytes, journal)).toBe(null);
  expect(journal.heard).toEqual([
    ['tallied', 2 ** 40 + 3],
    ['sent', 7, 'x'],
  ]);
});

const LARGE_ASK = 2 ** 47 + 5;

test('messages of every kind come out in order, as they were put in', () => {
  const journal = new Journal();
  const bytes = body((writer) => {
    send(writer, 7, { a: 1 });
    writer.number(DATA.ask);
    writer.number(8);
    writeAsk(writer, LARGE_ASK);
    writer.number(5_000);
    writer.payload('question');
    writer.number(DATA.reply);
    writeAsk(writer, 65_536);
    writer.payload(undefined);
    writer.number(DATA.fail);
    writeAsk(writer, 3);
    writer.payload(['timeout', 'maybe']);
    writer.number(DATA.cancel);
    writeAsk(writer, 4);
  });
  expect(read(bytes, journal)).toBe(null);
  expect(journal.heard).toEqual([
    ['sent', 7, { a: 1 }],
    ['asked', 8, LARGE_ASK, 5_000, 'question'],
    ['replied', 65_536, undefined],
    ['failed', 3, ['timeout', 'maybe']],
    ['cancelled', 4],
  ]);
});

test('nothing is delivered after the line was closed in the middle of a record', () => {
  const journal = new Journal();
  journal.closeAfter = 1;
  const bytes = body((writer) => {
    send(writer, 1, 'a');
    send(writer, 1, 'b');
  });
  expect(read(bytes, journal)).toBe(null);
  expect(journal.heard).toEqual([['sent', 1, 'a']]);
});

describe('a record is refused', () => {
  test.each([
    ['with a code that is none', 'a178', 'a message has no code or number'],
    ['with a code that is not known', '090100', 'data message 9 is not known'],
    ['with a negative target', '01ff00', 'a message has no code or number'],
    ['with a target that is no whole number', '01cb3fe000000000000000', 'no code or number'],
    ['that ends within a message', '0101', 'a value is cut off'],
    ['with an ask whose number is too large', '05ce0001000000', 'an ask has no number'],
    ['with a time limit that is none', '02010000ff00', 'a message has no code or number'],
    ['with a value that is none', '0101c1', 'a type is not allowed'],
  ])('%s', (_, hex, fault) => {
    expect(read(Buffer.from(hex, 'hex'), new Journal())).toContain(fault);
  });
});

test('an error in a handler is not taken for one of the other side', () => {
  const journal = new Journal();
  journal.sent = () => {
    throw new Error('a bug');
  };
  expect(() =>
    read(
      body((writer) => send(writer, 1, 'a')),
      journal,
    ),
  ).toThrow('a bug');
});
