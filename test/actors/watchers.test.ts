import { expect, test } from 'vitest';
import { Watchers } from '../../src/actors/watchers.ts';

test('a watcher that another one has removed is not told any more', () => {
  const watchers = new Watchers<string>();
  const told: string[] = [];
  watchers.add((value) => {
    told.push(`first ${value}`);
    endSecond();
  });
  const endSecond = watchers.add((value) => told.push(`second ${value}`));
  watchers.tell('a');
  watchers.tell('b');
  expect(told).toEqual(['first a', 'first b']);
});
