import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UnhashableTextError } from '../../src/errors/sharding.ts';
import { OwnershipTable, ownerOfShard, shardsForNode } from '../../src/sharding/ownership.ts';
import { VECTORS } from './vectors.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function tableOf(nodeIds: readonly string[], numShards: number, seed = ''): OwnershipTable {
  const table = new OwnershipTable(numShards, seed);
  for (const id of nodeIds) table.join(id);
  return table;
}

function ownersOf(table: OwnershipTable): readonly (string | undefined)[] {
  return Array.from({ length: table.numShards }, (_, shard) => table.ownerOf(shard));
}

describe('the owners of shards', () => {
  test('are the known ones in all 13 known clusters', () => {
    expect(VECTORS.ownership).toHaveLength(13);
    for (const { nodes, numShards, seed, ...known } of VECTORS.ownership) {
      const owners = ownersOf(tableOf(nodes, numShards, seed));
      expect(owners.slice(0, 16)).toEqual(known.first16Owners);
      expect(createHash('sha256').update(owners.join('\n')).digest('hex')).toBe(known.ownersDigest);
      for (const [node, count] of Object.entries(known.ownedCount)) {
        const shards = shardsForNode(node, nodes, numShards, seed);
        expect(shards).toHaveLength(count);
        expect(shards.every((shard) => owners[shard] === node)).toBe(true);
      }
      expect(known.first16Owners.map((_, shard) => ownerOfShard(shard, nodes, seed))).toEqual(
        known.first16Owners,
      );
    }
  });

  test('are nobody without nodes, and nobody else for a stranger', () => {
    expect(ownerOfShard(0, [])).toBe(undefined);
    expect(shardsForNode('node-1', [], 16)).toEqual([]);
    expect(shardsForNode('node-9', ['node-1', 'node-2'], 16)).toEqual([]);
    expect(shardsForNode('node-1', ['node-1'], 0)).toEqual([]);
  });

  test('are never the empty id while there is another', () => {
    expect(shardsForNode('', ['', 'node-1'], 16)).toEqual([]);
    expect(shardsForNode('node-1', ['node-1', ''], 16)).toHaveLength(16);
    expect(ownerOfShard(3, ['', 'node-1'])).toBe('node-1');
  });

  test('are looked for in the order of bytes, which is not that of JavaScript', () => {
    expect(tableOf(['z', '\u{10000}', '\ue000', 'a'], 4).nodeIds).toEqual([
      ...['a', 'z', '\ue000', '\u{10000}'],
    ]);
  });

  test('do not depend on the order in which nodes come', () => {
    const ids = ['node-1', 'node-2', 'node-3', ''];
    fc.assert(
      fc.property(fc.shuffledSubarray(ids, { minLength: 4 }), (order) => {
        expect(ownersOf(tableOf(order, 64))).toEqual(ownersOf(tableOf(ids, 64)));
      }),
    );
  });

  test.each([
    ['a node id with a NUL', () => ownerOfShard(0, ['a\0'])],
    ['half a pair in a node id', () => shardsForNode('a', ['a', '\ud800'], 16)],
    ['a seed with a NUL', () => new OwnershipTable(16, '\0')],
  ])('are refused for %s', (_name, call) => {
    expect(call).toThrow(UnhashableTextError);
  });
});

describe('when a node', () => {
  const { base, join, leave } = VECTORS.movement;

  test('joins, only it gets shards: 58 of 256', () => {
    const table = tableOf(base, 256);
    const moved = table.join('node-4');
    expect(moved).toHaveLength(58);
    expect(join.moved).toBe(58);
    expect(table.shardsOf('node-4')).toEqual(moved);
    expect(table.join('node-4')).toEqual([]);
  });

  test('leaves, only its shards move: 88 of 256', () => {
    const table = tableOf(base, 256);
    const before = table.shardsOf('node-2');
    expect(table.leave('node-2')).toEqual(before);
    expect(before).toHaveLength(88);
    expect(table.nodeIds).toEqual(leave.nodes);
    expect(table.leave('node-2')).toEqual([]);
  });

  test('comes or goes, the table is the one of those that are left', () => {
    const ids = ['a', 'b', 'c', 'd', '\ue000', '\u{10000}', ''];
    const steps = fc.array(fc.constantFrom(...ids), { minLength: 1, maxLength: 40, size: 'max' });
    fc.assert(
      fc.property(steps, (toggled) => {
        const table = new OwnershipTable(32, 'seed');
        const present = new Set<string>();
        for (const id of toggled) {
          if (present.delete(id)) table.leave(id);
          else {
            present.add(id);
            table.join(id);
          }
        }
        const expected = Array.from({ length: 32 }, (_, shard) =>
          ownerOfShard(shard, [...present], 'seed'),
        );
        expect(ownersOf(table)).toEqual(expected);
      }),
    );
  });
});

const MEASURE = `
  import { OwnershipTable } from './dist/sharding/index.js';
  const table = new OwnershipTable(4_096);
  for (let node = 0; node < 9; node += 1) table.join('node-' + node);
  const looks = Array.from({ length: 20 }, () => [cpuMs('join'), cpuMs('leave')]);
  console.log(JSON.stringify([0, 1].map((at) => Math.min(...looks.map((look) => look[at])))));
  function cpuMs(change) {
    const before = process.cpuUsage();
    table[change]('node-9');
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  }
`;

// In a process of its own, since coverage makes it slower; the least of several looks, since other
// work on the machine only ever adds.
test('a tenth node takes its part of 4,096 shards, and leaves it, in less than 20 ms each', () => {
  const args = ['--input-type=module', '-e', MEASURE];
  const printed = execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
  const [joinMs, leaveMs]: readonly number[] = JSON.parse(printed);
  expect(joinMs).toBeLessThan(20);
  expect(leaveMs).toBeLessThan(20);
});
