import { expect, test } from 'vitest';
import { Actors } from '../../src/actors/actors.ts';
import { DirectoryWatch } from '../../src/actors/directory-watch.ts';
import { GroupTable } from '../../src/actors/group-table.ts';
import { Ref } from '../../src/actors/ref.ts';
import { NodeId } from '../../src/membership/node-id.ts';

const refs = [1, 2, 3, 4].map(
  (number) => new Ref(new Actors(), NodeId.parse('a@10.0.0.1:1'), '0'.repeat(32), number),
);

function tableOf(random: number): GroupTable {
  const table = new GroupTable(() => random);
  for (const ref of refs) table.add('g', ref);
  return table;
}

test('turns begin anywhere, and pass by all members', () => {
  const first = [0, 0.3, 0.6].map((random) => tableOf(random).turn('g'));
  expect(new Set(first).size).toBeGreaterThan(1);
  const table = tableOf(0.3);
  const turns = [1, 2, 3, 4].map(() => table.turn('g'));
  expect(turns.sort()).toEqual([0, 1, 2, 3]);
});

test('turns stay among the members as these go', () => {
  const table = tableOf(0.6);
  for (const ref of refs.slice(0, 3)) table.remove('g', ref);
  expect([table.turn('g'), table.turn('g')]).toEqual([0, 0]);
});

test('of a group without members nothing is kept', () => {
  const table = tableOf(0);
  expect(table.size).toBe(1);
  for (const ref of refs) table.remove('g', ref);
  expect([table.size, table.members('g')]).toEqual([0, []]);
});

test('the list of members is the same until it changes, and nobody else can change it', () => {
  const table = tableOf(0);
  const before = table.members('g');
  expect(table.members('g')).toBe(before);
  expect(Object.isFrozen(before)).toBe(true);
  table.remove('g', refs[0] ?? new Ref(new Actors(), NodeId.parse('a@b:1'), '', 1));
  expect([before.length, table.members('g').length]).toEqual([4, 3]);
});

test('whoever has stopped watching a group is not told', () => {
  const watch = new DirectoryWatch();
  const told: string[] = [];
  const end = watch.onGroup('g', () => told.push('first'));
  watch.onGroup('g', () => told.push('second'));
  watch.groupChanged('g');
  end();
  watch.groupChanged('g');
  watch.groupChanged('another');
  expect(told).toEqual(['first', 'second', 'second']);
});
