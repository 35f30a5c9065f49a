/** A line alone, over links that take nothing until they are told to. */
import { expect, test } from 'vitest';
import { Deadlines } from '../../src/actors/deadlines.ts';
import { Letters } from '../../src/actors/letters.ts';
import { Line, type LineHost } from '../../src/actors/line.ts';
import { Rounds } from '../../src/actors/pending-asks.ts';
import type { DeadLetter } from '../../src/index.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Inflow } from '../../src/node/inflow.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { createCounters } from '../../src/system/counters.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../../src/wire/record.ts';
import { Writer } from '../../src/wire/writer.ts';

const A = NodeId.parse('a@10.0.0.1:4369');
const B = NodeId.parse('b@10.0.0.2:4369');
const UID = '00'.repeat(16);
const LIMITS = { maxDataQueueBytes: 1_000_000, maxMessageBytes: 400_000 };
const nobody = { toParts: () => null, fromParts: () => undefined };

class Link {
  isLossy = false;
  readonly outbox: Outbox;

  constructor(to: () => Line) {
    const inflow = new Inflow(LIMITS.maxMessageBytes);
    this.outbox = new Outbox(
      {
        queuedBytes: () => 0,
        plan: () => {},
        write: (type, roomy) => {
          if (this.isLossy) return;
          const body = roomy.subarray(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES);
          const whole = inflow.take(type, body);
          if (whole instanceof Uint8Array) expect(to().receive(whole)).toBe(null);
        },
      },
      LIMITS,
      new Writer(nobody),
    );
  }
}

/** A line of a to b, and that of b to a, which notes what it hears and misses. */
function lines() {
  const clock = new TestClock();
  const counters = createCounters();
  const letters: DeadLetter[] = [];
  const heard: unknown[] = [];
  const host: LineHost = {
    deadlines: new Deadlines(clock, () => Number.POSITIVE_INFINITY),
    counters,
    foreign: nobody,
    maxPendingAsks: 10,
    now: () => clock.now(),
    hosted: () => ({
      send: (message) => heard.push(message instanceof Uint8Array ? 'large' : message),
      ask: () => {},
      snapshot: () => null,
      observe: () => () => {},
      stop: () => {},
    }),
    rounds: new Rounds(),
    missed: () => {},
    letters: new Letters({ nodeId: B, uid: UID }, counters, {
      deadLetter: (letter) => letters.push(letter),
      threw: () => {},
    }),
  };
  let link = new Link(() => far);
  const near = new Line(B, UID, link.outbox, host);
  const far: Line = new Line(A, UID, new Link(() => near).outbox, host);
  const replace = () => {
    link = new Link(() => far);
    near.move(link.outbox);
    far.move(new Link(() => near).outbox);
    return link;
  };
  return { near, letters, heard, counters, replace, flush: () => link.outbox.flush(true) };
}

test('an answer that comes before what was sent earlier is not missed over the next link', () => {
  const { near, letters, heard, counters, replace, flush } = lines();
  near.send(1, new Uint8Array(200_000));
  replace();
  near.reply(1, 7, 'to nobody');
  flush();
  replace();
  flush();
  expect(heard).toEqual(['large']);
  expect(counters.get('replies.late')).toBe(1);
  expect(letters).toEqual([]);
});

test('what was sent over a link that is gone is missed; answers are not', () => {
  const { near, letters, replace, flush } = lines();
  replace().isLossy = true;
  for (const message of ['one', 'two']) near.send(1, message);
  near.reply(1, 7, 'to nobody');
  flush();
  replace();
  flush();
  expect(letters).toMatchObject([{ reason: 'lost', from: A, count: 2 }]);
});
