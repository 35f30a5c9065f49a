import { expect, test } from 'vitest';
import type { DeadLetter, NodeBusy } from '../../src/index.ts';
import { LIMITS } from '../../src/limits.ts';
import { ChildNode, type Memory } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import type { Journal } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';
import { PacedProxy } from '../support/paced-proxy.ts';

const MIB = 1_048_576;
const BEAT_MS = 1_000;
/** Nobody is doubted in the few seconds of a test, but beats that are late are seen. */
const SETTINGS = { heartbeatIntervalMs: BEAT_MS, heartbeatMissThreshold: 30 };

interface Probed {
  readonly answered: number;
  readonly longestMs: number;
  readonly failures: readonly string[];
}

/** The longest time between two heartbeats of a node, in milliseconds. */
function longestSilenceMs(journal: Journal, nodeId: string, from: number): number {
  const beats = journal.all(
    (entry) => (entry.type === 'beat' && entry.nodeId === nodeId ? entry.at : undefined),
    from,
  );
  expect(beats.length).toBeGreaterThan(1);
  return Math.max(...beats.slice(1).map((at, i) => at - (beats[i] ?? at)));
}

test('a node that reads 1 KiB per second costs its sender no more than the limit, and nobody else anything', async () => {
  const port = await freePort();
  const proxy = await PacedProxy.open(port);
  const slow = await ChildNode.start({
    ...{ nodeName: 'slow', port, advertisePort: proxy.port, ...SETTINGS },
  });
  const here = await ChildNode.start({ nodeName: 'here', seeds: [slow.id], ...SETTINGS });
  const other = await ChildNode.start({ nodeName: 'other', seeds: [here.id], ...SETTINGS });
  await waitForMesh([slow, here, other], 5_000);
  const before = await here.memory();
  const marks = [here.journal.mark, other.journal.mark] as const;
  await here.stress('watchMemory');
  await here.stress('startProbe', other.id);

  proxy.bytesPerSecond = 1_024;
  const flood = ['flood', slow.id, 60_000, 4_000] as const;
  const { sent, refused } = await here.stress<{ sent: number; refused: number }>(...flood);
  const changes = () => here.stress<readonly NodeBusy[]>('busyChanges');
  expect(await changes()).toMatchObject([{ nodeId: slow.id, busy: true }]);
  expect(refused).toBeGreaterThan(0);
  const probed = await here.stress<Probed>('stopProbe', other.id);
  expect(probed.failures).toEqual([]);
  expect(probed.answered).toBeGreaterThan(100);
  expect(probed.longestMs).toBeLessThan(1_000);
  const peak = await here.stress<Memory>('peakMemory');
  // What one collection finds, the next one counts.
  await here.memory();
  const held = await here.memory();
  // The queue itself, what the link was given ahead, and what the collector has not looked at yet.
  expect(held.heapBytes - before.heapBytes).toBeLessThan(1.5 * LIMITS.maxDataQueueBytes);
  expect(peak.rssBytes - before.rssBytes).toBeLessThan(6 * LIMITS.maxDataQueueBytes);
  expect(longestSilenceMs(here.journal, other.id, marks[0])).toBeLessThan(2 * BEAT_MS);
  expect(longestSilenceMs(here.journal, slow.id, marks[0])).toBeLessThan(2 * BEAT_MS);
  expect(longestSilenceMs(other.journal, here.id, marks[1])).toBeLessThan(2 * BEAT_MS);

  proxy.bytesPerSecond = Number.POSITIVE_INFINITY;
  await here.stress('untilCalm', slow.id);
  expect(await changes()).toMatchObject([{ busy: true }, { nodeId: slow.id, busy: false }]);
  // A beat that is late makes the sender look for a better link; what the old one had is told of.
  const taken = await here.stress<number>('taken', slow.id);
  const letters = await slow.stress<readonly DeadLetter[]>('deadLetters');
  const lost = letters.reduce((sum, { count }) => sum + count, 0);
  // A confirmation of the spawn may be among those that were lost.
  expect(taken + lost).toBeGreaterThanOrEqual(sent);
  expect(taken + lost).toBeLessThanOrEqual(sent + 2);
  expect(await here.stress('deadLetters')).toEqual([]);
  for (const { journal } of [slow, here, other]) expect(journal.downs()).toEqual([]);
});

test('a message of 64 MiB is refused, and one just below the limit holds up neither heartbeats nor asks', async () => {
  const limits = { maxMessageBytes: 64 * MIB, maxDataQueueBytes: 128 * MIB };
  const there = await ChildNode.start({ nodeName: 'there', limits, ...SETTINGS });
  const here = await ChildNode.start({ nodeName: 'here', limits, seeds: [there.id], ...SETTINGS });
  await waitForMesh([here, there], 5_000);
  await expect(here.stress('askLarge', there.id, 64 * MIB)).rejects.toMatchObject({
    ...{ code: 'NOT_SERIALIZABLE', reason: 'is larger than `limits.maxMessageBytes`' },
  });

  const ends = [
    { node: here, other: there.id, mark: here.journal.mark },
    { node: there, other: here.id, mark: there.journal.mark },
  ];
  const beats = () =>
    Promise.all(ends.map(({ node, other }) => node.journal.waitForBeat(other, 5_000)));
  await beats();
  for (const { node, other } of ends) {
    await node.watchStalls();
    await node.stress('startProbe', other);
  }
  const bytes = 64 * MIB - 1_024;
  const asked = await here.stress<{ answer: number; tookMs: number }>('askLarge', there.id, bytes);
  expect(asked.answer).toBe(bytes);
  const during = await Promise.all(
    ends.map(({ node, other }) => node.stress<Probed>('stopProbe', other)),
  );
  await beats();
  const gaps = await Promise.all(ends.map(({ node }) => node.stress<number>('longestGapMs')));
  // Other processes may have had the processor: that is bounded by nothing here.
  const starvedMs = gaps.reduce((sum, gapMs) => sum + gapMs, 0);
  for (const [index, { node, other, mark }] of ends.entries()) {
    expect(during[index]?.failures).toEqual([]);
    // Whoever waited behind it would be answered when it is, or hardly before.
    expect(during[index]?.longestMs).toBeLessThan(0.7 * asked.tookMs);
    expect(await node.longestStallMs()).toBeLessThan(BEAT_MS);
    expect(longestSilenceMs(node.journal, other, mark)).toBeLessThan(2 * BEAT_MS + starvedMs);
    expect(node.journal.downs()).toEqual([]);
  }
});

test('asks are answered while one node after the other is restarted, if whoever asks tries again', async () => {
  const caller = await ChildNode.start({ nodeName: 'caller' });
  const start = (nodeName: string, port = 0) =>
    ChildNode.start({ nodeName, port, seeds: [caller.id] });
  const names = ['one', 'two', 'three'];
  const nodes = await Promise.all(names.map((name) => start(name)));
  await waitForMesh([caller, ...nodes], 5_000);
  await caller.stress('startCalls', 'echo', 500);
  for (const [index, node] of nodes.entries()) {
    await caller.stress('untilCalled', 250);
    const { mark } = caller.journal;
    if (index === 1) node.kill();
    else await node.stop();
    await node.waitForExit();
    await start(names[index] ?? '', node.port);
    await caller.journal.waitForUp(node.id, 5_000, mark);
  }
  const called = await caller.stress<{
    asked: number;
    answered: number;
    retried: number;
    lost: readonly string[];
  }>('stopCalls');
  expect(called.lost).toEqual([]);
  expect(called.answered).toBe(called.asked);
  expect(called.asked).toBeGreaterThan(750);
  expect(called.retried).toBeGreaterThan(0);
});
