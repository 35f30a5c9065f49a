/** Who tells states, alone: over a line whose queue is as full as a test wants it to be. */
import { describe, expect, test } from 'vitest';
import { createActor, fromTransition } from 'xstate';
import { ActorTable } from '../../src/actors/actor-table.ts';
import { Deadlines } from '../../src/actors/deadlines.ts';
import type { Hosted, Present } from '../../src/actors/hosted.ts';
import { Line } from '../../src/actors/line.ts';
import { LogicActor } from '../../src/actors/logic-actor.ts';
import { Observations } from '../../src/actors/observations.ts';
import { Rounds } from '../../src/actors/pending-asks.ts';
import { ReplyTo } from '../../src/actors/reply-to.ts';
import { Snapshots } from '../../src/actors/snapshots.ts';
import { LIMITS } from '../../src/limits.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { createCounters } from '../../src/system/counters.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { type DataSink, readData } from '../../src/wire/data.ts';
import { Reader } from '../../src/wire/reader.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../../src/wire/record.ts';
import { Writer } from '../../src/wire/writer.ts';
import { flush } from '../api/virtual-nodes.ts';
import { silentLetters } from './silent-letters.ts';

const NUMBER = 5;
const foreign = { toParts: () => null, fromParts: () => undefined };

class Actor implements Hosted {
  present: Present | null = { state: 'first' };
  readonly observers = new Set<() => void>();

  send(): void {}

  ask(): void {}

  stop(): void {}

  snapshot(): Present | null {
    return this.present;
  }

  observe(changed: () => void): () => void {
    this.observers.add(changed);
    return () => this.observers.delete(changed);
  }

  become(state: unknown): void {
    this.present = { state };
    for (const changed of this.observers) changed();
  }
}

class Stage {
  readonly clock = new TestClock();
  readonly actor = new Actor();
  readonly #table = new ActorTable();
  readonly snapshots = new Snapshots(this.#table, this.clock, 10);
  /** What the other side has been sent. */
  readonly told: unknown[] = [];
  queuedBytes = 0;

  constructor() {
    this.#table.set(NUMBER, this.actor);
  }

  line(): Line {
    const sink: DataSink = {
      isClosed: false,
      sent: (_target, payload) => this.told.push(payload),
      asked: () => {},
      replied: () => {},
      failed: () => {},
      cancelled: () => {},
      tallied: () => {},
    };
    const outbox: Outbox = new Outbox(
      {
        queuedBytes: () => this.queuedBytes,
        plan: () => this.clock.endOfTurn(() => outbox.flush(true)),
        write: (_type, roomy) => {
          const body = roomy.subarray(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES);
          readData(body, new Reader(foreign), sink);
        },
      },
      LIMITS,
      new Writer(foreign),
    );
    const line: Line = new Line(NodeId.parse('b@10.0.0.2:1'), 'uid', outbox, {
      deadlines: new Deadlines(this.clock, (now) => line.expire(now)),
      counters: createCounters(),
      foreign,
      maxPendingAsks: 10,
      now: () => this.clock.now(),
      hosted: () => undefined,
      missed: () => {},
      rounds: new Rounds(),
      letters: silentLetters(),
    });
    return line;
  }

  observe(token: number, line: Line): void {
    this.snapshots.asks.observe([token, NUMBER], new ReplyTo(line, 0, 1, 1_000), line);
    this.clock.settle();
  }

  become(state: unknown): void {
    this.actor.become(state);
    this.clock.settle();
  }

  more(token: number, line: Line): void {
    this.snapshots.sends['observe.more']([token], line);
    this.clock.settle();
  }
}

describe('a full queue', () => {
  test('does not keep an observer from the latest state, once there is room', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.more(1, line);
    stage.queuedBytes = Number.POSITIVE_INFINITY;
    stage.become('second');
    stage.become('third');
    stage.clock.advance(1_000);
    expect(stage.told).toEqual([['observed', 1, 'first']]);
    stage.queuedBytes = 0;
    stage.clock.advance(100);
    expect(stage.told).toEqual([
      ['observed', 1, 'first'],
      ['observed', 1, 'third'],
    ]);
    expect(stage.clock.pending).toBe(0);
  });

  test('does not keep it from the end, which is told once', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.queuedBytes = Number.POSITIVE_INFINITY;
    stage.become('last');
    stage.snapshots.ended(NUMBER, 'normal');
    stage.clock.advance(150);
    expect(stage.told).toEqual([['observed', 1, 'first']]);
    stage.queuedBytes = 0;
    stage.clock.advance(1_000);
    expect(stage.told.slice(1)).toEqual([
      ['observed', 1, 'last'],
      ['observed.end', 1, 'normal', undefined],
    ]);
  });

  test('leaves no timer behind when the node stops', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.more(1, line);
    stage.queuedBytes = Number.POSITIVE_INFINITY;
    stage.become('second');
    expect(stage.clock.pending).toBe(1);
    stage.snapshots.stop();
    expect(stage.clock.pending).toBe(0);
  });
});

describe('an actor', () => {
  test('is observed once for all, and not at all when nobody is left', () => {
    const stage = new Stage();
    const [one, two] = [stage.line(), stage.line()];
    expect(stage.actor.observers.size).toBe(0);
    stage.observe(1, one);
    stage.observe(2, one);
    stage.observe(1, two);
    expect(stage.actor.observers.size).toBe(1);
    stage.snapshots.sends['observe.end']([1], one);
    stage.snapshots.sends['observe.end']([2], one);
    expect(stage.actor.observers.size).toBe(1);
    stage.snapshots.lost(two);
    expect(stage.actor.observers.size).toBe(0);
    stage.observe(3, one);
    expect(stage.actor.observers.size).toBe(1);
    stage.snapshots.stop();
    expect(stage.actor.observers.size).toBe(0);
  });

  test('is told of once per turn', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.more(1, line);
    stage.actor.become('second');
    stage.become('third');
    expect(stage.told.slice(1)).toEqual([['observed', 1, 'third']]);
  });

  test('with a last state that cannot be sent is told of by one end', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.actor.become(() => 1);
    stage.snapshots.ended(NUMBER, 'normal');
    stage.clock.settle();
    expect(stage.told.slice(1)).toEqual([
      ['observed.end', 1, 'not_serializable', expect.any(Error)],
    ]);
  });

  test('that has no state yet is told of as soon as it has one', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.actor.present = null;
    stage.observe(1, line);
    expect(stage.told).toEqual([]);
    stage.become('second');
    expect(stage.told).toEqual([['observed', 1, 'second']]);
  });

  test('is told of at the end though the state before is still on its way', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.become('last');
    expect(stage.told).toEqual([['observed', 1, 'first']]);
    stage.snapshots.ended(NUMBER, 'normal');
    stage.clock.settle();
    expect(stage.told.slice(1)).toEqual([
      ['observed', 1, 'last'],
      ['observed.end', 1, 'normal', undefined],
    ]);
  });

  test('is told of when the state before has arrived, if it has changed meanwhile', () => {
    const stage = new Stage();
    const line = stage.line();
    stage.observe(1, line);
    stage.become('second');
    stage.become('third');
    stage.more(1, line);
    stage.more(1, line);
    expect(stage.told).toEqual([
      ['observed', 1, 'first'],
      ['observed', 1, 'third'],
    ]);
  });
});

describe('an observation', () => {
  class Sink {
    readonly heard: unknown[] = [];

    next(value: unknown): void {
      this.heard.push(value);
    }

    error(error: unknown): void {
      this.heard.push(error);
    }

    complete(): void {
      this.heard.push('complete');
    }
  }

  test('fails when nothing comes in time', async () => {
    const stage = new Stage();
    const sink = new Sink();
    new Observations(stage.clock).open(stage.line(), NUMBER, sink);
    stage.clock.advance(6_000);
    await flush();
    expect(sink.heard).toMatchObject([{ reason: 'timeout', target: 'b@10.0.0.2:1#5' }]);
  });

  test('that was not granted when its node is lost may have begun', async () => {
    const stage = new Stage();
    const sink = new Sink();
    const observations = new Observations(stage.clock);
    const line = stage.line();
    observations.open(line, NUMBER, sink);
    await flush();
    observations.lost(line);
    expect(sink.heard).toMatchObject([{ reason: 'node_down', delivered: 'maybe' }]);
  });

  test('that was granted when its node is lost has begun', async () => {
    const stage = new Stage();
    const sink = new Sink();
    const observations = new Observations(stage.clock);
    const [granted, heard] = [stage.line(), stage.line()];
    observations.open(granted, NUMBER, sink);
    // As the line asked, its first ask.
    granted.replied(131_072, true);
    await flush();
    observations.open(heard, NUMBER, sink);
    observations.sends.observed([2, 'first'], heard);
    observations.lost(granted);
    observations.stop();
    expect(sink.heard).toMatchObject([
      ...['first', { reason: 'node_down', delivered: 'yes' }],
      { reason: 'node_down', delivered: 'yes' },
    ]);
  });

  test('goes on when states come, though the answer to its request was dropped', async () => {
    const stage = new Stage();
    const sink = new Sink();
    const observations = new Observations(stage.clock);
    const line = stage.line();
    observations.open(line, NUMBER, sink);
    observations.sends.observed([1, 'first'], line);
    stage.clock.advance(6_000);
    await flush();
    observations.sends.observed([1, 'second'], line);
    expect(sink.heard).toEqual(['first', 'second']);
  });

  test('takes nothing from a node that was not asked', () => {
    const stage = new Stage();
    const sink = new Sink();
    const observations = new Observations(stage.clock);
    const [line, other] = [stage.line(), stage.line()];
    observations.open(line, NUMBER, sink);
    observations.sends.observed([1, 'wrong'], other);
    observations.sends['observed.end']([1, 'normal'], other);
    stage.clock.settle();
    expect(sink.heard).toEqual([]);
    expect(stage.told).toEqual([['observe.end', 1]]);
  });
});

test('XState is listened to only while somebody observes', () => {
  const counting = fromTransition((count: number) => count + 1, 0);
  const hosted = new LogicActor(createActor(counting), {
    ended: () => {},
    dead: () => {},
    threw: () => {},
  });
  const from = new Stage().line();
  hosted.start();
  let calls = 0;
  const end = hosted.observe(() => {
    calls += 1;
  });
  hosted.send({ type: 'x' }, from);
  expect(calls).toBe(1);
  end();
  hosted.send({ type: 'x' }, from);
  expect(calls).toBe(1);
  expect(hosted.snapshot()).toEqual({ state: { status: 'active', context: 2 } });
});
