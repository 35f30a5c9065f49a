import { expect, test } from 'vitest';
import { ActorTable } from '../../src/actors/actor-table.ts';
import { Monitors } from '../../src/actors/monitors.ts';
import { Owed } from '../../src/actors/owed.ts';
import { Watches } from '../../src/actors/watches.ts';
import { ActorLimitError, OverloadedError } from '../../src/errors/actors.ts';
import { NarrowLine } from './narrow-line.ts';

function startOwed(peer = new NarrowLine()) {
  return { peer, owed: new Owed(peer.clock) };
}

test('what finds no room is kept and sent later, in order and once', () => {
  const { peer, owed } = startOwed();
  owed.send(peer.line, 1);
  peer.room = 0;
  for (const message of [2, 3, 4]) owed.send(peer.line, message);
  expect(owed.count(peer.line)).toBe(3);
  peer.clock.advance(50);
  expect(peer.heard).toEqual([1]);
  peer.room = 2;
  // Those that wait go first.
  owed.send(peer.line, 5);
  expect(peer.heard).toEqual([1]);
  peer.clock.advance(50);
  expect([peer.heard, owed.count(peer.line)]).toEqual([[1, 2, 3], 2]);
  peer.room = 10;
  peer.clock.advance(50);
  expect([peer.heard, owed.count(peer.line)]).toEqual([[1, 2, 3, 4, 5], 0]);
  owed.send(peer.line, 6);
  expect([peer.heard, peer.clock.pending]).toEqual([[1, 2, 3, 4, 5, 6], 0]);
});

test('one node that takes nothing holds up no other', () => {
  const { peer, owed } = startOwed();
  const other = new NarrowLine('other');
  for (const { line } of [peer, other]) {
    peer.room = 0;
    other.room = 0;
    owed.send(line, 'x');
  }
  other.room = 1;
  peer.clock.advance(50);
  expect([peer.heard, other.heard]).toEqual([[], ['x']]);
});

test('what cannot be sent is replaced by what can, also when there was no room at first', () => {
  const { peer, owed } = startOwed();
  const message = { call: () => 1 };
  owed.send(peer.line, message, 'plain 1');
  peer.room = 0;
  owed.send(peer.line, message, 'plain 2');
  peer.room = 10;
  peer.clock.advance(50);
  expect(peer.heard).toEqual(['plain 1', 'plain 2']);
});

test('nothing is owed to a node that is gone, and nothing by one that stops', () => {
  const { peer, owed } = startOwed();
  peer.room = 0;
  owed.send(peer.line, 'lost');
  owed.lost(peer.line);
  expect(owed.count(peer.line)).toBe(0);
  owed.send(peer.line, 'stopped');
  owed.stop();
  expect(peer.clock.pending).toBe(0);
  peer.line.close();
  owed.send(peer.line, 'closed');
  expect(owed.count(peer.line)).toBe(0);
});

test('a node that watches without reading what it is told is not told more', () => {
  const { peer, owed } = startOwed();
  const monitors = new Monitors(new ActorTable(), owed, 3);
  peer.room = 0;
  for (let token = 1; token <= 10; token += 1) monitors.sends.watch([token, 7], peer.line);
  expect(owed.count(peer.line)).toBe(3);
});

test('a monitor that was ended counts until its node can hear so', () => {
  const { peer, owed } = startOwed();
  const watches = new Watches(peer.line.nodeId, peer.clock, owed, 2);
  const watch = () => watches.watch(peer.line, 7, () => {});
  const ends = [watch(), watch()];
  peer.room = 0;
  for (const end of ends) end();
  expect(watches.size).toBe(0);
  peer.room = 10;
  expect(watch).toThrow(ActorLimitError);
  peer.clock.advance(50);
  watch();
  peer.room = 0;
  expect(watch).toThrow(OverloadedError);
  expect(watches.size).toBe(1);
  expect(peer.heard).toEqual([
    ['watch', 1, 7],
    ['watch', 2, 7],
    ['unwatch', 1],
    ['unwatch', 2],
    ['watch', 3, 7],
  ]);
});
