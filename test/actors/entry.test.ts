import { expect, test } from 'vitest';
import { isActorName, keyOf, readChange } from '../../src/actors/entry.ts';

test('a change that another node tells is read', () => {
  expect(readChange(['name', true, 'x', 7, 1_000])).toEqual({
    ...{ entry: { kind: 'name', name: 'x', number: 7, stamp: 1_000 }, isThere: true },
  });
  expect(readChange(['member', false, 'x', 7, 0, 'of a later release'])).toEqual({
    ...{ entry: { kind: 'member', name: 'x', number: 7, stamp: 0 }, isThere: false },
  });
});

test.each([
  ['no list', { kind: 'name' }],
  ['nothing', undefined],
  ['another kind', ['local', true, 'x', 7, 0]],
  ['no flag', ['name', 1, 'x', 7, 0]],
  ['no name', ['name', true, '', 7, 0]],
  ['a name that is no text', ['name', true, ['x'], 7, 0]],
  ['a name that is too long', ['name', true, 'x'.repeat(256), 7, 0]],
  ['a number that is none', ['name', true, 'x', '7', 0]],
  ['a fraction', ['name', true, 'x', 7.5, 0]],
  ['the service of a node', ['name', true, 'x', 0, 0]],
  ['a negative number', ['member', true, 'x', -7, 0]],
  ['no stamp', ['name', true, 'x', 7]],
  ['a stamp beyond all', ['name', true, 'x', 7, Number.POSITIVE_INFINITY]],
])('%s is no change', (_, wire) => {
  expect(readChange(wire)).toBeNull();
});

test('a name has 1 to 255 bytes of UTF-8', () => {
  const names = ['', 'x', 'x'.repeat(255), 'x'.repeat(256), 'ž'.repeat(127), 'ž'.repeat(128)];
  expect(names.map(isActorName)).toEqual([false, true, true, false, true, false]);
  expect([undefined, 5, '\ud800'].map(isActorName)).toEqual([false, false, false]);
});

test('a node has a name once; an actor is once in each group', () => {
  const entry = { kind: 'name', name: 'x', number: 1, stamp: 1 } as const;
  expect(keyOf(entry)).toBe(keyOf({ ...entry, number: 2, stamp: 2 }));
  expect(keyOf(entry)).not.toBe(keyOf({ ...entry, kind: 'local' }));
  const member = { ...entry, kind: 'member' } as const;
  expect(keyOf(member)).not.toBe(keyOf({ ...member, number: 2 }));
  expect(keyOf(member)).not.toBe(keyOf({ ...member, name: 'y' }));
});
