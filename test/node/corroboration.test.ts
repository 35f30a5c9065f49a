import { expect, it } from 'vitest';
import type { NodeId } from '../../src/membership/node-id.ts';
import { Pings } from '../../src/node/calls.ts';
import { Corroboration } from '../../src/node/corroboration.ts';
import type { Session } from '../../src/node/session.ts';
import { SessionTable } from '../../src/node/sessions.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { seededRandom } from '../../src/testing/random.ts';

it('three are asked about a silent node, and nobody else is believed', () => {
  const clock = new TestClock().node();
  const sessions = new SessionTable();
  const asked = new Set<string>();
  const peers = ['b', 'c', 'd', 'e', 'f', 'g'].map((name, index) => {
    // As much of a session as an inquiry looks at.
    const session = {
      number: index,
      peerId: `${name}@10.0.0.1:${index + 1}`,
      peerUid: `uid of ${name}`,
      hearing: { verdict: 'fresh', lastHeardAt: 0 },
      send: () => asked.add(name),
    } as unknown as Session;
    sessions.add(session);
    return { name, session };
  });
  const corroboration = new Corroboration({
    sessions,
    pings: new Pings(clock, 1),
    clock,
    random: seededRandom(1),
    inquiryMs: 1_000,
  });
  const silent = 'b@10.0.0.1:1' as NodeId;
  corroboration.inquire(silent, 'uid of b');
  expect(asked.size).toBe(3);
  expect(asked).not.toContain('b');
  for (const { session } of peers) corroboration.answered(session, silent, 'uid of b', 0);
  const witnesses = corroboration.conclude(silent, 'uid of b');
  expect(witnesses.map((id) => id[0])).toEqual([...asked].sort());
});
