import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import { ReportLimiter } from '../../src/inspect/reports.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { Reporter } from '../../src/node/reporter.ts';
import { TestClock } from '../../src/testing/clock.ts';

const B = NodeId.parse('b@10.0.0.2:4369');

function reporter() {
  const clock = new TestClock();
  const events: ClusterEvent[] = [];
  const all = new Reporter(clock, 10_000, (event) => events.push(event));
  const intruder = (port: number, reason: 'auth' | 'protocol' = 'auth') =>
    all.refused('inbound', {
      reason,
      address: `10.0.0.9:${port}`,
      nodeId: null,
      detail: 'the proof is wrong',
    });
  return { clock, events, all, intruder };
}

describe('reports of refusals', () => {
  it('come once per kind, place and time, and count what was left out', () => {
    const { clock, events, intruder } = reporter();
    for (const port of [1, 2, 3]) intruder(port);
    intruder(4, 'protocol');
    expect(events).toMatchObject([
      { type: 'peer.refused', direction: 'inbound', address: '10.0.0.9:1', suppressed: 0 },
      { reason: 'protocol', suppressed: 0 },
    ]);
    clock.advance(10_000);
    intruder(5);
    expect(events.at(-1)).toMatchObject({ reason: 'auth', address: '10.0.0.9:5', suppressed: 2 });
  });

  it('tell outbound addresses apart by their port', () => {
    const { events, all } = reporter();
    for (const port of [1, 2]) {
      all.dialFailed(`10.0.0.9:${port}`, {
        ok: false,
        failure: 'wrong_peer',
        detail: 'refused',
        peer: B,
      });
    }
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ direction: 'outbound', reason: 'wrong_peer', nodeId: B });
  });

  it.each(['timeout', 'refused', 'unreachable', 'busy', 'leaving', 'stale', 'self'] as const)(
    'are none for a dial that failed with %s',
    (failure) => {
      const { events, all } = reporter();
      all.dialFailed('10.0.0.9:1', { ok: false, failure, detail: '', peer: null });
      expect(events).toEqual([]);
    },
  );
});

describe('other reports', () => {
  it('tell a seed that is this node from one that fails', () => {
    const { events, all } = reporter();
    all.seedFailed('s:1', 'self');
    all.seedFailed('s:1', 'timeout');
    expect(events).toEqual([
      { type: 'seed.self', seed: 's:1' },
      { type: 'seed.unreachable', seed: 's:1', failure: 'timeout' },
    ]);
  });

  it('name a conflict and a wrong address once per time', () => {
    const { events, all } = reporter();
    for (let time = 0; time < 3; time += 1) {
      all.nameConflict(B, '10.0.0.9:1');
      all.addressUnreachable(B, '10.0.0.2:4369', '10.0.0.9:1', 'timeout');
    }
    expect(events.map(({ type }) => type)).toEqual(['name.conflict', 'address.unreachable']);
  });
});

describe('the limiter', () => {
  it('remembers no more than 256 kinds, the oldest least', () => {
    const clock = new TestClock();
    const limiter = new ReportLimiter(clock, 1_000);
    for (let kind = 0; kind < 257; kind += 1) expect(limiter.admit(`kind ${kind}`)).toBe(0);
    expect(limiter.admit('kind 256')).toBeNull();
    // Forgotten, hence reported again.
    expect(limiter.admit('kind 0')).toBe(0);
  });
});

it('tells of dead letters once per reason and node, to whatever actors they were', () => {
  const { clock, events, all } = reporter();
  const letter = (number: number, from = B) =>
    all.deadLetter({
      ...{ target: `a@10.0.0.1:4369/01234567/${number}`, from, reason: 'no_actor' },
      ...{ message: 'x', count: 1 },
    });
  for (let number = 0; number < 1_000; number += 1) letter(number);
  letter(5, NodeId.parse('c@10.0.0.3:4369'));
  expect(events).toMatchObject([
    { type: 'letter.dead', target: 'a@10.0.0.1:4369/01234567/0', from: B, suppressed: 0 },
    { type: 'letter.dead', from: 'c@10.0.0.3:4369', suppressed: 0 },
  ]);
  clock.advance(10_000);
  letter(7);
  expect(events.at(-1)).toMatchObject({ suppressed: 999 });
});
