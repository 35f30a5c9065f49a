import { expect, it } from 'vitest';
import { Patience } from '../../src/node/patience.ts';
import { TestClock } from '../../src/testing/clock.ts';

function patience() {
  const clock = new TestClock();
  const node = clock.node();
  return { clock, node, patience: new Patience(node) };
}

it('is over after its time, once', () => {
  const { clock, patience: waiting } = patience();
  let overs = 0;
  waiting.renew(100, () => (overs += 1));
  clock.advance(99);
  expect(overs).toBe(0);
  clock.advance(1_000);
  expect(overs).toBe(1);
});

it('starts anew when it is renewed, and ends when it is ended', () => {
  const { clock, node, patience: waiting } = patience();
  const overs: string[] = [];
  waiting.renew(100, () => overs.push('first'));
  clock.advance(60);
  waiting.renew(100, () => overs.push('second'));
  clock.advance(60);
  expect(overs).toEqual([]);
  clock.advance(40);
  expect(overs).toEqual(['second']);
  waiting.renew(100, () => overs.push('third'));
  waiting.end();
  expect(node.pending).toBe(0);
  clock.advance(1_000);
  expect(overs).toEqual(['second']);
});

it('hears what came during a pause of the process before it is lost', () => {
  const { clock, node, patience: waiting } = patience();
  const told: string[] = [];
  waiting.renew(100, () => told.push('over'));
  node.freeze();
  clock.advance(500);
  node.deliver(() => {
    told.push('the answer');
    waiting.end();
  });
  node.thaw();
  clock.advance(500);
  expect(told).toEqual(['the answer']);
});
