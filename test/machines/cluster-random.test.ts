import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PeerEvent } from '../../src/machines/peer.ts';
import type { SeedEvent } from '../../src/machines/seed.ts';
import { createTestCluster, EVENT_NAMES, EVENTS, type EventName } from './cluster-rig.ts';

type Step =
  | { readonly do: 'send'; readonly name: EventName }
  | { readonly do: 'wait'; readonly waitMs: number }
  | { readonly do: 'peer'; readonly peer: string; readonly event: PeerEvent }
  | { readonly do: 'seed'; readonly seed: string; readonly event: SeedEvent };

const peerEvent = fc.constantFrom<PeerEvent[]>(
  { type: 'dial' },
  { type: 'dial.failed', failure: 'refused' },
  { type: 'session', session: 1 },
  { type: 'heartbeat' },
  { type: 'session.closed', session: 1 },
  { type: 'leave' },
);
const seedEvent = fc.constantFrom<SeedEvent[]>(
  { type: 'round.met', nodes: ['p1'] },
  { type: 'round.failed', failure: 'refused' },
  { type: 'round.self' },
  { type: 'lost' },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('send'), name: fc.constantFrom(...EVENT_NAMES) }),
  },
  fc.record({ do: fc.constant('wait'), waitMs: fc.constantFrom(1, 100, 1_600, 3_000) }),
  fc.record({
    do: fc.constant('peer'),
    peer: fc.constantFrom('p1', 'p2'),
    event: peerEvent,
  }),
  fc.record({
    do: fc.constant('seed'),
    seed: fc.constantFrom('s1', 's2'),
    event: seedEvent,
  }),
);
const steps = fc.array(step, { maxLength: 60, size: 'max' });

function apply(test: ReturnType<typeof createTestCluster>, step: Step): void {
  if (step.do === 'send') test.send(EVENTS[step.name]);
  else if (step.do === 'wait') test.clock.advance(step.waitMs);
  else if (step.do === 'peer') test.tellPeer(step.peer, step.event);
  else test.tellSeed(step.seed, step.event);
}

/** What may run in each state, peers apart. */
const RUNS: Record<string, readonly string[]> = {
  stopped: [],
  binding: ['listener'],
  joining: ['listener', 'seeds'],
  running: ['listener', 'seeds'],
  goodbye: ['goodbye', 'listener'],
  closing: ['teardown'],
};

function expected(test: ReturnType<typeof createTestCluster>): string[] {
  const { options, peers } = test.context();
  const seeds = options.seeds.map(({ seed }) => `seed:${seed}`);
  const runs = (RUNS[test.state()] ?? []).flatMap((name) => (name === 'seeds' ? seeds : [name]));
  return [...runs, ...peers.map((peer) => `peer:${peer}`)].sort();
}

/** Invoked actors have made-up ids; their names are known by what they opened. */
function actual(test: ReturnType<typeof createTestCluster>): string[] {
  const invoked = test.open.filter((name) => name === 'goodbye' || name === 'teardown');
  const own = test.children().filter((id) => !id.includes('cluster.'));
  return [...own, ...invoked].sort();
}

describe('a cluster, whatever happens', () => {
  it('runs in each state exactly the actors of that state, and never fails', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const test = createTestCluster();
        for (const step of steps) {
          apply(test, step);
          expect(actual(test).join()).toBe(expected(test).join());
          expect(test.open.includes('listener')).toBe(test.children().includes('listener'));
          if (test.state() === 'stopped') {
            expect([test.open, test.clock.pending, test.context().peers]).toEqual([[], 0, []]);
          }
        }
        expect(test.errors).toEqual([]);
        expect(test.cluster.getSnapshot().status).toBe('active');
      }),
    );
  });

  it('cuts what is left at each end of a stop, and only then', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const test = createTestCluster();
        let stops = 0;
        let wasStopping = false;
        test.cluster.subscribe((snapshot) => {
          const isStopping = snapshot.matches('stopping');
          if (wasStopping && !isStopping) stops += 1;
          wasStopping = isStopping;
        });
        for (const step of steps) apply(test, step);
        expect(test.journal.filter((entry) => entry === 'cutAll')).toHaveLength(stops);
      }),
    );
  });

  it('is stopped within the leave timeout after a stop, with nothing left, and can run again', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const test = createTestCluster();
        for (const step of steps) apply(test, step);
        test.send(EVENTS.stop);
        test.clock.advance(2_000);
        expect(test.state()).toBe('stopped');
        expect([test.open, test.children(), test.clock.pending]).toEqual([[], [], 0]);

        test.send(EVENTS['start/alone'], EVENTS['listener.bound'], EVENTS['peer.known']);
        expect(test.state()).toBe('running');
        expect(test.children()).toEqual(['listener', 'peer:p1']);
        expect(test.errors).toEqual([]);
      }),
    );
  });
});
