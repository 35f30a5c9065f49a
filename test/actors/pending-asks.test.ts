import { expect, test } from 'vitest';
import { type PendingAsk, PendingAsks, Rounds } from '../../src/actors/pending-asks.ts';

const pending = (target: number): PendingAsk => ({
  ...{ deadline: 1_000, target, resolve: () => {}, reject: () => {}, detach: null },
});

test('an answer that comes late finds nobody, even where the slot is used again', () => {
  const asks = new PendingAsks(new Rounds());
  const first = asks.add(pending(1));
  expect(asks.take(first)?.target).toBe(1);
  const second = asks.add(pending(2));
  expect(asks.take(first)).toBe(undefined);
  expect(asks.take(second)?.target).toBe(2);
  expect(asks.size).toBe(0);
});

// A peer that has noticed nothing answers over the next line what it was asked over the former.
test('a line does not take the answer to an ask of the line before it', () => {
  const rounds = new Rounds();
  const [former, next] = [new PendingAsks(rounds), new PendingAsks(rounds)];
  const old = former.add(pending(1));
  const present = next.add(pending(2));
  expect(next.take(old)).toBe(undefined);
  expect(next.take(present)?.target).toBe(2);
});

test('as many asks as the limit allows are found, each by its own number', () => {
  const pendingAsks = new PendingAsks(new Rounds());
  const asks = Array.from({ length: 65_536 }, (_, target) => pendingAsks.add(pending(target)));
  expect(pendingAsks.all()).toHaveLength(65_536);
  expect(asks.filter((ask, target) => pendingAsks.take(ask)?.target !== target)).toEqual([]);
  expect(pendingAsks.size).toBe(0);
});
