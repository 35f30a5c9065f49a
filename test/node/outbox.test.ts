import { describe, expect, test } from 'vitest';
import { Outbox, type OutboxLimits } from '../../src/node/outbox.ts';
import { DATA, readData } from '../../src/wire/data.ts';
import { FRAME } from '../../src/wire/frame.ts';
import { Reader } from '../../src/wire/reader.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../../src/wire/record.ts';
import { Writer } from '../../src/wire/writer.ts';

const LIMITS = { maxDataQueueBytes: 1_000_000, maxMessageBytes: 400_000 };
const nobody = { toParts: () => null, fromParts: () => undefined };

const textOf = (bytes: Uint8Array) => `bytes ${Buffer.from(bytes).toString('latin1')}`;

/** A link that takes nothing until it is told to. */
class Host {
  readonly outbox: Outbox;
  queued = 0;
  plans = 0;
  readonly frames: { type: number; body: Uint8Array }[] = [];

  constructor(limits: Partial<OutboxLimits> = {}) {
    this.outbox = new Outbox(
      {
        queuedBytes: () => this.queued,
        plan: () => {
          this.plans += 1;
        },
        write: (type, roomy) => {
          const body = roomy.slice(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES);
          this.frames.push({ type, body });
          this.queued += body.length;
        },
      },
      { ...LIMITS, ...limits },
      new Writer(nobody),
    );
  }

  put(payload: unknown, isLetter = false, target = 1): 'ok' | 'full' | 'too_large' {
    const writer = this.outbox.open();
    if (writer === null) return 'full';
    writer.number(DATA.send);
    writer.number(target);
    writer.payload(payload);
    return this.outbox.close(target, isLetter) ? 'ok' : 'too_large';
  }

  /** Bytes as text: to compare them one by one takes a second. */
  get texts(): unknown[] {
    return this.payloads.map((it) => (it instanceof Uint8Array ? textOf(it) : it));
  }

  get types() {
    return this.frames.map(({ type }) => type);
  }

  /** Of all messages that are complete. */
  get payloads(): unknown[] {
    const payloads: unknown[] = [];
    const nothing = () => {};
    const sink = { isClosed: false, asked: nothing, replied: nothing, failed: nothing };
    let parts: Uint8Array[] = [];
    for (const { type, body } of this.frames) {
      if (type !== FRAME.data) parts.push(body);
      if (type === FRAME.part) continue;
      const whole = type === FRAME.data ? body : Buffer.concat(parts);
      const sent = (_: number, payload: unknown) => payloads.push(payload);
      const fault = readData(whole, new Reader(nobody), {
        ...{ ...sink, cancelled: nothing, tallied: nothing, sent },
      });
      expect(fault).toBe(null);
      if (type === FRAME.last) parts = [];
    }
    return payloads;
  }
}

test('the messages of a turn are one record, planned once', () => {
  const host = new Host();
  for (const payload of ['a', 'b', 'c']) host.put(payload);
  expect(host.plans).toBe(1);
  expect(host.frames).toEqual([]);
  host.outbox.flush();
  expect(host.types).toEqual([FRAME.data]);
  expect(host.payloads).toEqual(['a', 'b', 'c']);
  expect(host.outbox.isEmpty).toBe(true);
});

test('the messages of the next turn are planned again', () => {
  const host = new Host();
  host.put('a');
  host.outbox.flush();
  host.put('b');
  expect(host.plans).toBe(2);
});

test('more than 64 KiB make more than one record, in order, cut between messages', () => {
  const host = new Host();
  for (let i = 0; i < 5; i += 1) host.put('x'.repeat(30_000) + i);
  host.outbox.flush();
  expect(host.types).toEqual([FRAME.data, FRAME.data, FRAME.data]);
  expect(host.payloads.map((text) => String(text).at(-1))).toEqual(['0', '1', '2', '3', '4']);
});

test('a message that is taken back leaves the others as they were', () => {
  const host = new Host();
  host.put('a');
  const writer = host.outbox.open();
  writer?.number(DATA.send);
  writer?.number(1);
  expect(() => writer?.payload(['x', () => 1])).toThrow();
  host.outbox.undo();
  host.put('b');
  host.outbox.flush();
  expect(host.payloads).toEqual(['a', 'b']);
});

test('a turn in which everything was taken back leaves no record', () => {
  const host = new Host();
  host.outbox.open()?.number(DATA.send);
  host.outbox.undo();
  host.outbox.flush();
  expect(host.frames).toEqual([]);
  expect(host.outbox.isEmpty).toBe(true);
});

test('a getter in a message cannot send messages in the middle of it', () => {
  const host = new Host();
  const message = {
    get inner() {
      return host.put('inner');
    },
  };
  expect(() => host.put(message)).toThrow('a getter in a message must not send messages itself');
});

describe('a large message', () => {
  test('travels in parts, after what came before it and before what came after', () => {
    const host = new Host();
    const bytes = new Uint8Array(150_000).fill(7);
    for (const payload of ['before', bytes, 'after']) expect(host.put(payload)).toBe('ok');
    host.outbox.flush();
    expect(host.types).toEqual([FRAME.data, FRAME.part, FRAME.part, FRAME.last, FRAME.data]);
    expect(host.frames.every(({ body }) => body.length <= 65_536)).toBe(true);
    expect(host.texts).toEqual(['before', textOf(bytes), 'after']);
  });

  test('that just fits into a record is not cut', () => {
    const host = new Host();
    host.put(new Uint8Array(65_536 - 5));
    host.put(new Uint8Array(65_536 - 5 + 1));
    host.outbox.flush();
    expect(host.types).toEqual([FRAME.data, FRAME.part, FRAME.last]);
  });

  test('above the limit is refused, and leaves nothing behind', () => {
    const host = new Host();
    expect(host.put(new Uint8Array(400_000))).toBe('too_large');
    host.put('a');
    host.outbox.flush();
    expect(host.payloads).toEqual(['a']);
  });
});

test('a message above a limit that is smaller than a record is refused, too', () => {
  const host = new Host({ maxMessageBytes: 5_000 });
  expect(host.put('before')).toBe('ok');
  expect(host.put(new Uint8Array(5_000 - 5))).toBe('ok');
  expect(host.put(new Uint8Array(5_000 - 5 + 1), true)).toBe('too_large');
  expect(host.put('after')).toBe('ok');
  host.outbox.flush();
  expect(host.texts).toEqual(['before', textOf(new Uint8Array(4_995)), 'after']);
  expect(host.outbox.abandon()).toBe(0);
});

describe('while a large message is on its way', () => {
  const LARGE = new Uint8Array(190_000).fill(7);

  test('messages to other actors leave between its parts, and answers', () => {
    const host = new Host();
    host.put(LARGE, false, 1);
    for (let i = 0; i < 4; i += 1) host.put(`${i}`.padEnd(40_000), false, 2);
    host.outbox.flush();
    host.queued = 0;
    host.outbox.flush();
    const { data, part, last } = FRAME;
    expect(host.types).toEqual([data, part, data, part, data, last, data]);
    expect(host.payloads.map((it) => (it instanceof Uint8Array ? 'large' : Number(it)))).toEqual([
      ...[0, 1, 2, 'large', 3],
    ]);
  });

  test('those to the same actor do not overtake it, and it does not overtake those before it', () => {
    const host = new Host();
    const [early, late] = ['early'.padEnd(40_000), 'late'];
    host.put(early, false, 2);
    host.put(early, false, 1);
    host.put(LARGE, false, 1);
    host.put('to another', false, 2);
    host.put(late, false, 1);
    host.outbox.flush();
    host.put('later', false, 1);
    host.queued = 0;
    host.outbox.flush();
    expect(host.texts).toEqual([early, early, 'to another', textOf(LARGE), late, 'later']);
  });

  test('it leaves behind all records that came before it, however many', () => {
    const host = new Host();
    const early = [0, 1, 2, 3].map((n) => `${n}`.padEnd(60_000));
    for (const text of early) host.put(text, false, 1);
    host.put(LARGE, false, 1);
    for (let turn = 0; turn < 3; turn += 1) {
      host.outbox.flush();
      host.queued = 0;
    }
    expect(host.payloads.map((it) => (it instanceof Uint8Array ? 'large' : Number(it)))).toEqual([
      ...[0, 1, 2, 3, 'large'],
    ]);
  });

  test('what is meant for the node itself keeps its place among all', () => {
    const host = new Host();
    host.queued = 300_000;
    host.put(LARGE, false, 1);
    host.put('stop it', false, 0);
    host.put('to another', false, 2);
    host.put('after the stop', false, 1);
    host.outbox.flush();
    host.queued = 0;
    host.outbox.flush();
    expect(host.texts).toEqual([textOf(LARGE), 'stop it', 'to another', 'after the stop']);
  });

  test('order is kept over another link, too', () => {
    const [former, next] = [new Host(), new Host()];
    former.queued = 200_000;
    former.put(LARGE, false, 1);
    former.outbox.flush();
    former.put('late', false, 1);
    former.put('to another', false, 2);
    former.outbox.handOver(next.outbox);
    next.put('later', false, 1);
    next.outbox.flush();
    expect(next.texts).toEqual(['to another', textOf(LARGE), 'late', 'later']);
  });
});

describe('a link that does not take more', () => {
  test('gets no more than 256 KiB ahead, and the rest as it drains', () => {
    const host = new Host();
    for (let i = 0; i < 20; i += 1) host.put(`${i}`.padEnd(40_000));
    host.outbox.flush();
    expect(host.queued).toBeGreaterThan(262_144);
    expect(host.queued).toBeLessThan(262_144 + 65_536);
    const written = host.frames.length;
    host.outbox.flush();
    expect(host.frames).toHaveLength(written);
    for (let round = 0; round < 3; round += 1) {
      host.queued = 0;
      host.outbox.flush();
    }
    expect(host.payloads.map((text) => Number(text))).toEqual([...new Array(20).keys()]);
  });

  test('a message in parts goes on where it was', () => {
    const host = new Host();
    host.queued = 200_000;
    host.put(new Uint8Array(300_000).fill(1));
    host.outbox.flush();
    expect(host.types).toEqual([FRAME.part]);
    host.queued = 0;
    host.outbox.flush();
    expect(host.types).toEqual([FRAME.part, FRAME.part, FRAME.part, FRAME.part, FRAME.last]);
    expect(host.texts).toEqual([textOf(new Uint8Array(300_000).fill(1))]);
  });

  test('is refused more than the limit of the queue', () => {
    const host = new Host();
    host.queued = 300_000;
    let taken = 0;
    while (host.put('x'.repeat(40_000)) === 'ok') {
      taken += 1;
      host.outbox.flush();
    }
    expect(taken).toBe(18);
    expect(host.outbox.queuedBytes).toBeLessThan(1_040_024);
  });

  test('is refused tiny messages, too, before they cost more than the limit to keep', () => {
    const host = new Host();
    host.queued = 300_000;
    let taken = 0;
    while (taken < 10_000 && host.put(taken) === 'ok') {
      taken += 1;
      host.outbox.flush();
    }
    expect(taken).toBeLessThan(700_000 / 256);
    host.outbox.flush(true);
    expect(host.payloads).toEqual([...new Array(taken).keys()]);
  });

  test('is refused more than the limit in one turn, too', () => {
    const host = new Host();
    let taken = 0;
    while (taken < 2_000 && host.put('x'.repeat(1_000)) === 'ok') taken += 1;
    expect(taken).toBeGreaterThan(990);
    expect(host.outbox.queuedBytes).toBeLessThan(1_000_000 + 65_536);
  });

  test('gets all of it at the end', () => {
    const host = new Host();
    for (let i = 0; i < 20; i += 1) host.put('x'.repeat(40_000));
    host.queued = 300_000;
    host.outbox.flush(true);
    expect(host.payloads).toHaveLength(20);
    expect(host.outbox.isEmpty).toBe(true);
  });
});

test('what was sent is not changed by what happens to the message later', () => {
  const host = new Host();
  const message = { state: 'when it was sent' };
  host.put(message);
  message.state = 'later';
  host.outbox.flush();
  expect(host.payloads).toEqual([{ state: 'when it was sent' }]);
});

test('what was not written goes over another link, a message in parts from its beginning', () => {
  const [former, next] = [new Host(), new Host()];
  const bytes = new Uint8Array(150_000).fill(1);
  former.queued = 200_000;
  former.put(bytes);
  former.put('after');
  former.outbox.flush();
  expect(former.types).toEqual([FRAME.part]);
  former.outbox.handOver(next.outbox);
  expect(former.outbox.isEmpty).toBe(true);
  expect(next.plans).toBe(1);
  next.outbox.flush();
  expect(next.texts).toEqual([textOf(bytes), 'after']);
});

describe('of what is abandoned', () => {
  test('letters are counted, be they in the present record, in one that waits, or in parts', () => {
    const host = new Host();
    host.queued = 200_000;
    const put = (text: string, times: number) => {
      for (let i = 0; i < times; i += 1) {
        host.put(text, true);
        host.put(text);
      }
    };
    put('x'.repeat(100_000), 1);
    put('x'.repeat(30_000), 3);
    host.outbox.flush();
    put('x', 5);
    expect(host.outbox.abandon()).toBe(9);
    expect(host.outbox.isEmpty).toBe(true);
    expect(host.outbox.abandon()).toBe(0);
  });

  test('those that were written are none, nor those that were refused or taken back', () => {
    const host = new Host();
    host.put('x', true);
    host.put(new Uint8Array(150_000), true);
    host.outbox.flush();
    host.put(new Uint8Array(400_000), true);
    host.outbox.open();
    host.outbox.undo();
    expect(host.outbox.abandon()).toBe(0);
  });

  test('those that are being written are none, even if that is when all is abandoned', () => {
    let lost = -1;
    const outbox: Outbox = new Outbox(
      {
        queuedBytes: () => 0,
        plan: () => {},
        write: () => {
          if (lost < 0) lost = outbox.abandon();
        },
      },
      LIMITS,
      new Writer(nobody),
    );
    for (const text of ['x'.repeat(60_000), 'y'.repeat(60_000)]) {
      outbox.open()?.payload(text);
      outbox.close(1, true);
    }
    outbox.flush();
    expect(lost).toBe(1);
  });

  test('those that went over to another link are counted there', () => {
    const [former, next] = [new Host(), new Host()];
    former.put('x', true);
    former.put('y', true);
    former.outbox.handOver(next.outbox);
    expect([former.outbox.abandon(), next.outbox.abandon()]).toEqual([0, 2]);
  });
});

test('who is busy over one link hears over the next one when that keeps up', () => {
  const [former, next] = [new Host(), new Host()];
  const told: boolean[] = [];
  former.outbox.onBusy = (isBusy) => told.push(isBusy);
  former.queued = 600_000;
  former.put('x');
  former.outbox.flush();
  former.outbox.handOver(next.outbox);
  former.outbox.flush();
  expect(told).toEqual([true]);
  expect(next.plans).toBe(1);
  next.outbox.flush();
  expect(told).toEqual([true, false]);
});

test('however much a turn writes, no more waits than the limit and one record', () => {
  const host = new Host();
  const outcomes = Array.from({ length: 2_000 }, () => host.put('x'.repeat(1_000)));
  expect(outcomes.indexOf('full')).toBeGreaterThan(900);
  expect(outcomes.lastIndexOf('ok')).toBeLessThan(1_100);
  expect(host.outbox.queuedBytes).toBeLessThan(LIMITS.maxDataQueueBytes + 65_536);
  host.outbox.flush(true);
  expect(host.payloads).toHaveLength(outcomes.indexOf('full'));
});
