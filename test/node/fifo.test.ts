import { expect, test } from 'vitest';
import { Fifo } from '../../src/node/fifo.ts';

test('gives what was put in, in order, however it is mixed', () => {
  const fifo = new Fifo<number>();
  const given: (number | undefined)[] = [];
  let put = 0;
  for (let round = 0; round < 50; round += 1) {
    for (let i = 0; i < 10; i += 1) fifo.push(put++);
    for (let i = 0; i < 7; i += 1) given.push(fifo.shift());
  }
  expect([fifo.length, fifo.first]).toEqual([150, 350]);
  given.push(...fifo.take());
  expect(given).toEqual([...new Array(500).keys()]);
  expect([fifo.length, fifo.first, fifo.shift()]).toEqual([0, undefined, undefined]);
});
