import { expect, it } from 'vitest';
import { createCounters } from '../../src/system/counters.ts';
import { noFaults } from '../../src/system/faults.ts';
import { systemRandom } from '../../src/system/random.ts';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

it('gives fresh bytes of any length, from the pool and beyond it', () => {
  const drawn = new Set<string>();
  for (let i = 0; i < 1_000; i += 1) drawn.add(hex(systemRandom.bytes(32)));
  expect(drawn.size).toBe(1_000);
  expect([0, 1, 4_096, 4_097].map((length) => systemRandom.bytes(length).length)).toEqual([
    0, 1, 4_096, 4_097,
  ]);
  expect(new Set(systemRandom.bytes(4_096)).size).toBeGreaterThan(200);
});

it('gives bytes that the owner may keep and change', () => {
  const first = systemRandom.bytes(16);
  const before = hex(first);
  systemRandom.bytes(16).fill(0);
  expect(hex(first)).toBe(before);
});

it('gives floats from zero to one', () => {
  const floats = Array.from({ length: 1_000 }, () => systemRandom.float());
  expect(floats.every((x) => x >= 0 && x < 1)).toBe(true);
});

it('counts from zero, by one or more, up and down', () => {
  const counters = createCounters();
  counters.add('processes');
  counters.add('processes', 5);
  counters.add('processes', -2);
  expect([counters.get('processes'), counters.get('bytes.in')]).toEqual([4, 0]);
});

it('has no faults outside of a simulation', () => {
  expect(noFaults.strikes('dial')).toBe(false);
});
