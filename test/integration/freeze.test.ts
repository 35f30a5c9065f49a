import { describe, expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import type { Entry } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';

/** Both ends of the span are whole milliseconds of the wall clock. */
const ROUNDING_MS = 1;

const down = (entry: Entry) => (entry.type === 'down' ? entry : undefined);

async function meshOfThree(options: {
  readonly heartbeatIntervalMs: number;
  readonly heartbeatMissThreshold: number;
}) {
  const first = await ChildNode.start({ nodeName: 'first', ...options });
  const seeds = [first.id];
  const second = await ChildNode.start({ nodeName: 'second', seeds, ...options });
  const frozen = await ChildNode.start({ nodeName: 'frozen', seeds, ...options });
  await waitForMesh([first, second, frozen], 2_000);
  // The first heartbeat comes with the session; a later one is timed like all others.
  for (const { journal } of [first, second]) await journal.waitForBeat(frozen.id, 5_000);
  return { observers: [first, second], frozen };
}

describe.each([
  { heartbeatIntervalMs: 500, heartbeatMissThreshold: 2, T: 1_000, latestMs: 1_100 },
  { heartbeatIntervalMs: 100, heartbeatMissThreshold: 3, T: 300, latestMs: 350 },
])('at $heartbeatIntervalMs ms x $heartbeatMissThreshold', ({ T, latestMs, ...options }) => {
  test(`a frozen process is down between ${T} and ${latestMs} ms after its last heartbeat, once`, async () => {
    const { observers, frozen } = await meshOfThree(options);
    frozen.freeze();
    const downs = await Promise.all(
      observers.map(({ journal }) => journal.waitForDown(frozen.id, T * 2)),
    );
    for (const { reason, silenceMs } of downs) {
      expect(reason).toBe('heartbeat_timeout');
      expect(silenceMs).toBeGreaterThanOrEqual(T - ROUNDING_MS);
      expect(silenceMs).toBeLessThanOrEqual(latestMs);
    }
    // To three times T: nobody reports it twice.
    await Promise.all(observers.map(({ journal }) => journal.never(down, 'second down', 2 * T)));

    const marks = observers.map(({ journal }) => journal.mark);
    const frozenMark = frozen.journal.mark;
    const thawedAt = frozen.thaw();
    for (const [index, observer] of observers.entries()) {
      const there = await observer.journal.waitForUp(frozen.id, 2_500, marks[index]);
      const here = await frozen.journal.waitForUp(observer.id, 2_500, frozenMark);
      expect(there.at - thawedAt).toBeLessThan(2_000);
      expect(here.at - thawedAt).toBeLessThan(2_000);
      expect(observer.journal.downs()).toHaveLength(1);
    }
    const reasons = frozen.journal.downs().map(({ reason }) => reason);
    expect(reasons).not.toContain('heartbeat_timeout');
  });

  test('a pause of half of it takes nobody down', async () => {
    const { observers, frozen } = await meshOfThree(options);
    const all = [...observers, frozen];
    frozen.freeze();
    await Promise.all(observers.map(({ journal }) => journal.never(down, 'down', T / 2)));
    frozen.thaw();
    await Promise.all(all.map(({ journal }) => journal.never(down, 'down', T)));
    const told = all.map(({ journal }) => journal.print()).join('\n');
    expect(
      all.flatMap(({ journal }) => journal.downs()),
      told,
    ).toEqual([]);
  });
});
