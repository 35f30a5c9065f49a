import { describe, expect, test } from 'vitest';
import { Inbound } from '../../src/actors/inbound.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { DATA } from '../../src/wire/data.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../../src/wire/record.ts';
import { Writer } from '../../src/wire/writer.ts';
import { NarrowLine } from './narrow-line.ts';

const LIMITS = { maxDataQueueBytes: 1_000_000, maxMessageBytes: 100_000 };
const nobody = { toParts: () => null, fromParts: () => undefined };

function outbox(write: (body: Buffer) => void = () => {}): Outbox {
  const host = {
    queuedBytes: () => 0,
    plan: () => {},
    write: (_: number, roomy: Buffer) =>
      write(roomy.subarray(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES)),
  };
  return new Outbox(host, LIMITS, new Writer(nobody));
}

function recordOf(payload: unknown): Uint8Array {
  const bodies: Buffer[] = [];
  const writing = outbox((body) => bodies.push(body));
  const writer = writing.open();
  writer?.number(DATA.send);
  writer?.number(1);
  writer?.payload(payload);
  writing.close();
  writing.flush();
  const [body] = bodies;
  if (!body) throw new Error('it was written');
  return body;
}

/** A link of which somebody else says when it is over. */
class Carrier {
  readonly outbox = outbox();
  isOver = false;
  cuts = 0;

  cut(): void {
    this.cuts += 1;
  }

  reject(): void {
    this.cut();
  }
}

/** What comes over two links, of which the second takes the place of the first. */
function startMoved() {
  const peer = new NarrowLine();
  const [former, present] = [new Carrier(), new Carrier()];
  const inbound = new Inbound(peer.line, former);
  inbound.move(present);
  return { peer, inbound, former, present };
}

describe('what comes over the later of two links', () => {
  test('waits until nothing comes over the former', () => {
    const { peer, inbound, former, present } = startMoved();
    inbound.received(present, recordOf('second'));
    inbound.received(former, recordOf('first'));
    expect(peer.heard).toEqual(['first']);
    former.isOver = true;
    inbound.over(former);
    inbound.received(present, recordOf('third'));
    expect(peer.heard).toEqual(['first', 'second', 'third']);
  });

  test('is kept up to a mebibyte; beyond it the former is cut, and nothing is lost', () => {
    const { peer, inbound, former, present } = startMoved();
    // 1,048,576 bytes are 16 of these, with their heads.
    const full = (n: number) => `${n}`.padEnd(65_536 - 5);
    expect(recordOf(full(0)).length).toBe(65_536);
    for (let n = 0; n < 16; n += 1) inbound.received(present, recordOf(full(n)));
    expect(former.cuts).toBe(0);
    inbound.received(present, recordOf('more'));
    expect([former.cuts, present.cuts]).toEqual([1, 0]);
    former.isOver = true;
    inbound.over(former);
    expect(peer.heard.map((text) => String(text).trimEnd())).toEqual([
      ...['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '11', '12', '13', '14', '15'],
      'more',
    ]);
  });

  test('is counted anew after the next move', () => {
    const { inbound, former, present } = startMoved();
    for (let n = 0; n < 12; n += 1) inbound.received(present, recordOf('x'.padEnd(65_000)));
    former.isOver = true;
    inbound.over(former);
    const next = new Carrier();
    inbound.move(next);
    for (let n = 0; n < 12; n += 1) inbound.received(next, recordOf('x'.padEnd(65_000)));
    expect(present.cuts).toBe(0);
  });
});
