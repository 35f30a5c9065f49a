import { expect, test } from 'vitest';
import { Deadlines } from '../../src/actors/deadlines.ts';
import { TestClock } from '../../src/testing/clock.ts';

/** What is readable is read only when the test says so. */
class UnreadClock extends TestClock {
  readonly #polled: (() => void)[] = [];

  override afterPoll(run: () => void): void {
    this.#polled.push(run);
  }

  read(): void {
    for (const run of this.#polled.splice(0)) run();
  }
}

function startDeadlines() {
  const clock = new UnreadClock();
  const sweeps: number[] = [];
  const deadlines = new Deadlines(clock, (now) => {
    sweeps.push(now);
    return Number.POSITIVE_INFINITY;
  });
  return { clock, sweeps, deadlines };
}

test('an ask is not given up before what has come meanwhile was read', () => {
  const { clock, sweeps, deadlines } = startDeadlines();
  deadlines.expect(clock.now() + 100);
  clock.advance(100);
  expect(sweeps).toEqual([]);
  clock.read();
  expect(sweeps).toEqual([100]);
});

test('nothing is given up any more once the node has stopped, be it in that very moment', () => {
  const { clock, sweeps, deadlines } = startDeadlines();
  deadlines.expect(clock.now() + 100);
  clock.advance(100);
  deadlines.stop();
  clock.read();
  expect(sweeps).toEqual([]);
});
