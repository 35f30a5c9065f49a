import { expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import { Deadlines } from '../../src/actors/deadlines.ts';
import { Directory } from '../../src/actors/directory.ts';
import { DirectoryWatch } from '../../src/actors/directory-watch.ts';
import { Line } from '../../src/actors/line.ts';
import { Rounds } from '../../src/actors/pending-asks.ts';
import { ReplyTo } from '../../src/actors/reply-to.ts';
import { LIMITS } from '../../src/limits.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Outbox } from '../../src/node/outbox.ts';
import { createCounters } from '../../src/system/counters.ts';
import { seededRandom, TestClock } from '../../src/testing/index.ts';
import { Writer } from '../../src/wire/writer.ts';
import { silentLetters } from './silent-letters.ts';

const foreign = { toParts: () => null, fromParts: () => undefined };

test('a directory that stops while a node takes nothing leaves no timer', () => {
  const clock = new TestClock().node(0, 'a');
  const counters = createCounters();
  const directory = new Directory({
    self: { id: NodeId.parse('a@10.0.0.1:1'), uid: '0'.repeat(32) },
    ports: { clock, random: seededRandom(1), counters },
    limits: LIMITS,
    refHost: new Actors(),
    isHosted: () => true,
    events: new DirectoryWatch(),
  });
  const full = new Outbox(
    { queuedBytes: () => 1, plan: () => {}, write: () => {} },
    { maxDataQueueBytes: 1, maxMessageBytes: 1_000 },
    new Writer(foreign),
  );
  const line = new Line(NodeId.parse('b@10.0.0.2:1'), 'f'.repeat(32), full, {
    ...{ counters, foreign, maxPendingAsks: 1, now: () => 0 },
    deadlines: new Deadlines(clock, () => Number.POSITIVE_INFINITY),
    hosted: () => undefined,
    missed: () => {},
    rounds: new Rounds(),
    letters: silentLetters(),
  });
  directory.met(line);
  directory.asks.register(['cluster', 'x', 1], new ReplyTo(line, 0, 1, 1_000));
  expect([directory.names.all().size, clock.pending]).toEqual([1, 1]);
  directory.stop();
  expect([directory.names.all().size, clock.pending]).toEqual([0, 0]);
});
