/** A line that takes as many messages as it is told, and what arrives at its other end. */
import { Deadlines } from '../../src/actors/deadlines.ts';
import { Line, type LineHost } from '../../src/actors/line.ts';
import { Rounds } from '../../src/actors/pending-asks.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { createCounters } from '../../src/system/counters.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../../src/wire/record.ts';
import { Writer } from '../../src/wire/writer.ts';
import { silentLetters } from './silent-letters.ts';

const foreign = { toParts: () => null, fromParts: () => undefined };
const LIMITS = { maxDataQueueBytes: 1_000_000, maxMessageBytes: 10_000 };
const UID = '00'.repeat(16);

class NarrowLane extends Outbox {
  room = Number.POSITIVE_INFINITY;

  override open(): Writer | null {
    if (this.room === 0) return null;
    this.room -= 1;
    return super.open();
  }
}

export class NarrowLine {
  readonly clock = new TestClock();
  readonly line: Line;
  readonly #heard: unknown[] = [];
  readonly #lane: NarrowLane;

  constructor(name = 'peer') {
    const host: LineHost = {
      deadlines: new Deadlines(this.clock, () => Number.POSITIVE_INFINITY),
      counters: createCounters(),
      foreign,
      maxPendingAsks: 10,
      missed: () => {},
      now: () => this.clock.now(),
      hosted: () => ({
        send: (message) => this.#heard.push(message),
        ask: () => {},
        snapshot: () => null,
        observe: () => () => {},
        stop: () => {},
      }),
      rounds: new Rounds(),
      letters: silentLetters(),
    };
    const write = (_: number, roomy: Buffer) => {
      far.receive(roomy.subarray(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES));
    };
    const queue = { queuedBytes: () => 0, plan: () => {}, write };
    this.#lane = new NarrowLane(queue, LIMITS, new Writer(foreign));
    const nodeId = NodeId.parse(`${name}@10.0.0.1:4369`);
    const far = new Line(nodeId, UID, new Outbox(queue, LIMITS, new Writer(foreign)), host);
    this.line = new Line(nodeId, UID, this.#lane, host);
  }

  /** From now on it takes so many messages. */
  set room(messages: number) {
    this.#lane.room = messages;
  }

  get heard(): readonly unknown[] {
    this.#lane.flush();
    return this.#heard;
  }
}
