import { expect, test, vi } from 'vitest';
import { Owed } from '../../src/actors/owed.ts';
import { Spawning } from '../../src/actors/spawning.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { NarrowLine } from './narrow-line.ts';

test.each([0, -1, 1.5, Number.NaN, 2 ** 60, '7'])(
  'an actor of the number %s has not been started',
  async (number) => {
    const { line } = new NarrowLine();
    vi.spyOn(line, 'ask').mockResolvedValue(['started', number]);
    const host = {
      lineTo: () => line,
      snapshots: () => {
        throw new Error('nobody observes');
      },
    };
    const spawned = { name: 'x', input: undefined, id: undefined };
    await expect(
      new Spawning(host).spawn(line, new Owed(new TestClock()), spawned),
    ).rejects.toMatchObject({
      ...{ code: 'SPAWN_FAILED', reason: 'failed' },
    });
  },
);
