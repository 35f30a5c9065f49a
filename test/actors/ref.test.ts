import { expect, test } from 'vitest';
import { Ref, refParts } from '../../src/actors/ref.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { NarrowLine } from './narrow-line.ts';

const ID = NodeId.parse('b@10.0.0.2:4369');
const UID = new Uint8Array(16).fill(1);
const home = {
  id: NodeId.parse('a@10.0.0.1:4369'),
  uid: '02'.repeat(16),
  numberOf: () => undefined,
  lend: () => 1,
};
const host = {
  lineTo: () => new NarrowLine().line,
  snapshots: () => {
    throw new Error('nobody observes');
  },
};
const foreign = refParts(host, home);

test('a reference arrives as it was', () => {
  const ref = foreign.fromParts([ID, UID, 7]);
  expect(String(ref)).toBe('b@10.0.0.2:4369/01010101/7');
  expect(ref instanceof Ref && foreign.toParts(ref)).toEqual([ID, Buffer.from(UID), 7]);
});

// Who took one along would break the session with its node as soon as it is used.
test.each([
  ['without a node', ['b', UID, 7]],
  ['without a life', [ID, new Uint8Array(15), 7]],
  ['without a number', [ID, UID, '7']],
  ['to the service of a node', [ID, UID, 0]],
  ['with a negative number', [ID, UID, -1]],
  ['with a fraction', [ID, UID, 1.5]],
  ['with a number that is none', [ID, UID, Number.NaN]],
  ['with a number that cannot be counted to', [ID, UID, 2 ** 60]],
])('a reference %s is none', (_, parts) => {
  expect(foreign.fromParts(parts)).toBe(undefined);
});
