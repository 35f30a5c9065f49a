import { describe, expect, it } from 'vitest';
import { NodeId } from '../../src/membership/node-id.ts';
import { Introductions } from '../../src/node/introductions.ts';
import { TestClock } from '../../src/testing/clock.ts';

const id = (port: number) => NodeId.create('n', '10.0.0.1', port);

function introductions() {
  const clock = new TestClock();
  const turns: string[][] = [];
  let turn = -1;
  const introduced = new Introductions(clock, (node, isUrgent) => {
    const now = clock.now();
    if (now !== turn) turns.push([]);
    turn = now;
    turns.at(-1)?.push(`${NodeId.getPort(node)}${isUrgent ? '!' : ''}`);
  });
  return { clock, turns, introduced };
}

describe('nodes known by hearsay', () => {
  it('are introduced at the end of the turn, each once, urgently if anybody said so', () => {
    const { clock, turns, introduced } = introductions();
    introduced.add(id(1), false);
    introduced.add(id(2), true);
    introduced.add(id(1), true);
    introduced.add(id(2), false);
    expect(turns).toEqual([]);
    clock.settle();
    expect(turns).toEqual([['1!', '2!']]);
  });

  it('come eight at a time, and nobody is left out', () => {
    const { clock, turns, introduced } = introductions();
    for (let port = 1; port <= 20; port += 1) introduced.add(id(port), false);
    clock.settle();
    expect(turns.flat()).toHaveLength(8);
    clock.advance(0);
    clock.advance(0);
    expect(turns.flat()).toEqual(Array.from({ length: 20 }, (_, index) => `${index + 1}`));
  });

  it('are forgotten when the node stops', () => {
    const { clock, turns, introduced } = introductions();
    introduced.add(id(1), false);
    introduced.clear();
    clock.settle();
    expect(turns).toEqual([]);
  });
});
