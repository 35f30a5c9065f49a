import { expect, test } from 'vitest';
import { loopback } from '../../src/actors/loopback.ts';
import { LIMITS } from '../../src/limits.ts';
import { TestClock } from '../../src/testing/clock.ts';

const nobody = { toParts: () => null, fromParts: () => undefined };

test('what a node cannot read of its own messages is told of', () => {
  const clock = new TestClock();
  const faults: string[] = [];
  const outbox = loopback(clock, nobody, LIMITS, {
    receive: (body) => (body[0] === 1 ? null : `begins with ${body[0]}`),
    failed: (fault) => faults.push(fault),
  });
  for (const code of [1, 2]) {
    outbox.open()?.number(code);
    outbox.close();
    clock.settle();
  }
  expect(faults).toEqual(['begins with 2']);
});
