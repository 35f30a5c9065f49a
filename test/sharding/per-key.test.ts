import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HandlerClosedError } from '../../src/errors/handlers.ts';
import { PerKey } from '../../src/sharding/per-key.ts';
import { failureOf } from './failure-of.ts';

class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

describe('tasks of keys', () => {
  test('of one key are done one after the other, in their order', async () => {
    const tasks = new PerKey();
    const log: string[] = [];
    const gates = [new Gate(), new Gate(), new Gate()];
    const done = gates.map((gate, index) =>
      tasks.run('a', async () => {
        log.push(`begin ${index}`);
        await gate.opened;
        log.push(`end ${index}`);
        return index;
      }),
    );
    for (const gate of [...gates].reverse()) gate.open();
    expect(await Promise.all(done)).toEqual([0, 1, 2]);
    expect(log).toEqual(['begin 0', 'end 0', 'begin 1', 'end 1', 'begin 2', 'end 2']);
    await turns();
    expect(tasks.size).toBe(0);
  });

  test('of different keys are done at once', async () => {
    const tasks = new PerKey();
    const gate = new Gate();
    const slow = tasks.run('a', () => gate.opened);
    expect(await tasks.run('b', () => 'b')).toBe('b');
    gate.open();
    await slow;
  });

  test('that fail, fail alone', async () => {
    const tasks = new PerKey();
    const thrown = failureOf(
      tasks.run('a', () => {
        throw new RangeError('thrown');
      }),
    );
    const rejected = failureOf(tasks.run('a', () => Promise.reject(new RangeError('rejected'))));
    const fine = tasks.run('a', () => 'fine');
    expect([await thrown, await rejected, await fine]).toMatchObject([
      { message: 'thrown' },
      { message: 'rejected' },
      'fine',
    ]);
  });

  test('that are cancelled while they wait are not begun, and not waited for', async () => {
    const tasks = new PerKey();
    const gate = new Gate();
    const begun: string[] = [];
    const first = tasks.run('a', () => gate.opened);
    const controller = new AbortController();
    const { signal } = controller;
    const second = failureOf(tasks.run('a', () => void begun.push('second'), { signal }));
    const third = tasks.run('a', () => void begun.push('third'));
    controller.abort('enough');
    expect(await second).toBe('enough');
    expect(await failureOf(tasks.run('a', () => 'x', { signal }))).toBe('enough');
    gate.open();
    await Promise.all([first, third]);
    expect(begun).toEqual(['third']);
  });

  test('that are at work go on when they are cancelled', async () => {
    const tasks = new PerKey();
    const controller = new AbortController();
    const gate = new Gate();
    const working = tasks.run('a', () => gate.opened.then(() => 'done'), controller);
    controller.abort();
    gate.open();
    expect(await working).toBe('done');
  });

  test('wait in no greater number than they may', async () => {
    const tasks = new PerKey({ maxWaiting: 1 });
    const gate = new Gate();
    expect(tasks.hasRoom('a')).toBe(true);
    const first = tasks.run('a', () => gate.opened);
    expect(tasks.hasRoom('a')).toBe(true);
    const second = tasks.run('a', () => {});
    expect([tasks.hasRoom('a'), tasks.hasRoom('b')]).toEqual([false, true]);
    gate.open();
    await Promise.all([first, second]);
  });

  test('are finished when closing, which refuses what is new', async () => {
    const tasks = new PerKey();
    const gate = new Gate();
    const first = tasks.run('a', () => gate.opened);
    const second = tasks.run('a', () => 'second');
    const closed = tasks.close();
    expect(tasks.close()).toBe(closed);
    expect(await failureOf(tasks.run('b', () => 'x'))).toBeInstanceOf(HandlerClosedError);
    gate.open();
    await closed;
    expect([await first, await second, tasks.size]).toEqual([undefined, 'second', 0]);
    await new PerKey().close();
  });
});

test('a hundred thousand keys leave nothing behind', async () => {
  const tasks = new PerKey();
  for (let key = 0; key < 100_000; key += 1) await tasks.run(`key-${key}`, () => key);
  await turns();
  expect(tasks.size).toBe(0);
  expect(await tasks.run('key-1', () => 'again')).toBe('again');
});

test('a storm of cancels: tasks of a key never overlap, keep their order, and all settle', async () => {
  const task = fc.record({
    key: fc.constantFrom('a', 'b'),
    works: fc.nat({ max: 5 }),
    cancelledAfter: fc.option(fc.nat({ max: 10 })),
  });
  const plan = fc.array(task, { minLength: 1, maxLength: 60, size: 'max' });
  await fc.assert(
    fc.asyncProperty(plan, async (planned) => {
      const tasks = new PerKey();
      const working = new Set<string>();
      const begun: number[] = [];
      const settled = planned.map(async ({ key, works, cancelledAfter }, index) => {
        const controller = new AbortController();
        const done = tasks.run(
          key,
          async () => {
            expect(working.has(key)).toBe(false);
            working.add(key);
            begun.push(index);
            for (let turn = 0; turn < works; turn += 1) await Promise.resolve();
            working.delete(key);
          },
          controller,
        );
        const outcome = done.then(
          () => 'done',
          () => 'cancelled',
        );
        if (cancelledAfter !== null) {
          for (let turn = 0; turn < cancelledAfter; turn += 1) await Promise.resolve();
          controller.abort();
        }
        return outcome;
      });
      const outcomes = await Promise.all(settled);
      const done = outcomes.flatMap((outcome, index) => (outcome === 'done' ? [index] : []));
      for (const key of ['a', 'b']) {
        const of = (indices: readonly number[]) => indices.filter((at) => planned[at]?.key === key);
        expect(of(begun)).toEqual(of(done));
      }
      await turns();
      expect([working.size, tasks.size]).toEqual([0, 0]);
    }),
  );
});
