import { expect, test } from 'vitest';
import { Slots } from '../../src/sharding/slots.ts';

/** Works until it is told to end. */
class Task {
  readonly #slots: Slots<Task>;
  readonly #begun: string[];
  readonly #name: string;
  readonly #endsAtOnce: boolean;

  constructor(slots: Slots<Task>, begun: string[], name: string, endsAtOnce = false) {
    this.#slots = slots;
    this.#begun = begun;
    this.#name = name;
    this.#endsAtOnce = endsAtOnce;
  }

  start(): void {
    this.#begun.push(this.#name);
    if (this.#endsAtOnce) this.#slots.leave();
  }
}

function setUp(maxConcurrentHandlers: number, maxWaitingRequests: number) {
  const slots = new Slots<Task>({ maxConcurrentHandlers, maxWaitingRequests });
  const begun: string[] = [];
  const task = (name: string, endsAtOnce = false) => new Task(slots, begun, name, endsAtOnce);
  return { slots, begun, task };
}

test('as many work as may, as many wait as may, in the order in which they came', () => {
  const { slots, begun, task } = setUp(2, 2);
  const c = task('c');
  const entered = [task('a'), task('b'), c, task('d'), task('e')].map((it) => slots.enter(it));
  expect(entered).toEqual([true, true, true, true, false]);
  expect([begun, slots.working, slots.waiting.size]).toEqual([['a', 'b'], 2, 2]);
  slots.giveUp(c);
  slots.leave();
  expect([begun, slots.working, slots.waiting.size]).toEqual([['a', 'b', 'd'], 2, 0]);
  slots.leave();
  slots.leave();
  expect(slots.working).toBe(0);
});

test('any number that end at once go through one slot', () => {
  const { slots, begun, task } = setUp(1, 100_000);
  slots.enter(task('first'));
  for (let number = 0; number < 100_000; number += 1) slots.enter(task('next', true));
  slots.leave();
  expect([begun.length, slots.working, slots.waiting.size]).toEqual([100_001, 0, 0]);
});

test('without a limit all of them work', () => {
  const { slots, begun, task } = setUp(Number.POSITIVE_INFINITY, 1);
  for (let number = 0; number < 1_000; number += 1) slots.enter(task('any'));
  expect([begun.length, slots.waiting.size]).toEqual([1_000, 0]);
});
