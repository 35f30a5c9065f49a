import { expect, test } from 'vitest';
import { Tally } from '../../src/actors/tally.ts';

function tally(received: number): Tally {
  const it = new Tally();
  for (let i = 0; i < received; i += 1) it.receive();
  return it;
}

test('what was sent and has not come is missing, once', () => {
  const it = tally(7);
  it.move();
  expect(it.missing(10)).toBe(3);
  it.receive();
  expect(it.missing(11)).toBe(0);
  expect(it.missing(13)).toBe(2);
});

test('nothing is missing over the first link, whatever the other side has sent before', () => {
  const it = tally(2);
  expect(it.missing(100)).toBe(0);
  it.move();
  it.receive();
  expect(it.missing(102)).toBe(1);
});

test('nothing is missing when fewer were sent than have come', () => {
  const it = tally(5);
  it.move();
  expect(it.missing(3)).toBe(0);
  it.receive();
  expect(it.missing(5)).toBe(1);
});
