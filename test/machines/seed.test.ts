import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, fromCallback, initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import {
  type RoundLogic,
  type SeedEvent,
  type SeedInput,
  seedMachine,
} from '../../src/machines/seed.ts';
import { TestClock } from '../../src/testing/clock.ts';
import { eventTable, leafOf } from './event-table.ts';

const NAME: SeedInput = {
  seed: 'a@seed.example:4369',
  named: true,
  resolvable: true,
  maxDelayMs: 8_000,
  silenceLimitMs: 3_000,
  backoff: (attempt) => 100 * 2 ** attempt,
};
const ADDRESS: SeedInput = { ...NAME, seed: '10.0.0.1:4369', named: false, resolvable: false };

const EVENTS: Record<SeedEvent['type'], SeedEvent> = {
  'round.met': { type: 'round.met', nodes: ['a@10.0.0.1:4369', 'c@10.0.0.1:4370'] },
  'round.failed': { type: 'round.failed', failure: 'refused' },
  'round.self': { type: 'round.self' },
  found: { type: 'found', node: 'a@10.0.0.1:4369' },
  lost: { type: 'lost' },
};

/** A seed on a clock of its own; its rounds do nothing but say when they began and ended. */
function startSeed(input = NAME) {
  const clock = new TestClock();
  const rounds = { startedAtMs: [] as number[], open: 0, seeds: new Set<string>() };
  const errors: unknown[] = [];
  const round: RoundLogic = fromCallback(({ input }) => {
    rounds.startedAtMs.push(clock.now());
    rounds.seeds.add(input.seed);
    rounds.open += 1;
    return () => {
      rounds.open -= 1;
    };
  });
  const seed = createActor(seedMachine.provide({ actors: { round } }), { clock, input });
  seed.subscribe({ error: (error) => errors.push(error) });
  seed.start();
  const send = (...types: readonly SeedEvent['type'][]) => {
    for (const type of types) seed.send(EVENTS[type]);
  };
  const context = () => seed.getSnapshot().context;
  return { seed, clock, rounds, errors, send, state: () => seed.getSnapshot().value, context };
}

describe('the seed chart as a function', () => {
  const GIVEN: Record<string, readonly SeedEvent['type'][]> = {
    dialing: [],
    waiting: ['round.failed'],
    held: ['round.met'],
    itself: ['round.self'],
  };
  const moves = eventTable(`
                 dialing  waiting  held     itself
    round.met    held     .        .        .
    round.failed waiting  .        .        .
    round.self   itself   .        .        .
    found        .        held     .        .
    lost         .        .        waiting  .
  `);

  it.each(moves)('in $from, $event leads to $to', ({ from, event, to }) => {
    let [before] = initialTransition(seedMachine, NAME);
    for (const type of GIVEN[from] ?? []) [before] = transition(seedMachine, before, EVENTS[type]);
    expect(before.value).toBe(from);
    const sent = Object.values(EVENTS).find(({ type }) => type === event);
    if (!sent) throw new Error(`no such event: ${event}`);

    const [after, actions] = transition(seedMachine, before, sent);
    expect(after.value).toBe(to ?? from);
    if (to === null) expect([actions, after.context]).toEqual([[], before.context]);
  });

  it('can reach every state', () => {
    const paths = getShortestPaths(seedMachine, {
      input: NAME,
      events: Object.values(EVENTS),
      serializeState: ({ value }) => JSON.stringify(value),
      limit: 1_000,
    });
    const leaves = paths.map(({ state }) => leafOf(state.value));
    expect(leaves.sort()).toEqual(['dialing', 'held', 'itself', 'waiting']);
  });

  it('fails loudly when it was given no way to make a round', () => {
    const errors: unknown[] = [];
    const seed = createActor(seedMachine, { input: NAME });
    seed.subscribe({ error: (error) => errors.push(error) });
    seed.start();
    expect(errors.map(String)).toEqual([
      'Error: no round actor was provided for seed a@seed.example:4369',
    ]);
  });
});

describe('a seed in time', () => {
  it('is tried at once, and ever later while it fails', () => {
    const { clock, rounds, send, context } = startSeed();
    for (const waitMs of [100, 200, 400]) {
      send('round.failed');
      expect(rounds.open).toBe(0);
      clock.advance(waitMs);
      expect(rounds.open).toBe(1);
    }
    expect(rounds.startedAtMs).toEqual([0, 100, 300, 700]);
    expect([...rounds.seeds]).toEqual(['a@seed.example:4369']);
    expect(context()).toMatchObject({ attempt: 3, lastFailure: 'refused', nodes: [] });
  });

  it('rests while a session with a node met there exists', () => {
    const { clock, rounds, send, context } = startSeed();
    send('round.failed');
    clock.advance(100);
    send('round.met');
    clock.advance(1_000_000);
    expect(rounds).toMatchObject({ startedAtMs: [0, 100], open: 0 });
    expect(context()).toMatchObject({
      nodes: ['a@10.0.0.1:4369', 'c@10.0.0.1:4370'],
      attempt: 0,
      lastFailure: null,
    });
  });

  it('is tried again after a short wait once the last session is lost', () => {
    const { clock, rounds, send, context } = startSeed();
    send('round.failed');
    clock.advance(100);
    send('round.met');
    clock.advance(3_000);
    send('lost');
    expect(context()).toMatchObject({ attempt: 1, delayMs: 100 });
    clock.advance(100);
    expect(rounds.startedAtMs).toEqual([0, 100, 3_200]);
  });

  it('waits ever longer while its sessions do not last', () => {
    const { clock, send, context } = startSeed();
    send('round.failed');
    clock.advance(100);
    send('round.met');
    clock.advance(2_999);
    send('lost');
    expect(context()).toMatchObject({ attempt: 2, delayMs: 200 });
  });

  it('needs no round when its node comes by itself', () => {
    const { clock, rounds, send, context } = startSeed();
    send('round.failed', 'found');
    clock.advance(1_000_000);
    expect(rounds.startedAtMs).toEqual([0]);
    expect(context()).toMatchObject({ nodes: ['a@10.0.0.1:4369'], attempt: 0, lastFailure: null });
  });

  it('looks again where a name leads that led back to this node', () => {
    const { clock, rounds, send, context } = startSeed();
    send('round.self');
    expect(context().lastFailure).toBe('self');
    expect(rounds.open).toBe(0);
    clock.advance(7_999);
    expect(rounds.startedAtMs).toEqual([0]);
    clock.advance(1);
    expect(rounds.startedAtMs).toEqual([0, 8_000]);
  });

  it('never looks again at an address that is its own', () => {
    const { clock, rounds, send, state } = startSeed(ADDRESS);
    send('round.self');
    clock.advance(1_000_000);
    expect(state()).toBe('itself');
    expect(rounds.startedAtMs).toEqual([0]);
    expect(clock.pending).toBe(0);
  });
});

const TIMERS: Record<string, { readonly min: number; readonly max: number }> = {
  dialing: { min: 0, max: 0 },
  waiting: { min: 1, max: 1 },
  held: { min: 0, max: 1 },
  itself: { min: 1, max: 1 },
};

describe('a seed, whatever happens', () => {
  const event = fc.constantFrom(...Object.values(EVENTS).map(({ type }) => type));
  const wait = fc.constantFrom(1, 100, 8_000);
  const steps = fc.array(fc.oneof(event, wait), { maxLength: 40, size: 'max' });

  it('makes one round at a time, has a timer when it needs one, and is never stuck', () => {
    fc.assert(
      fc.property(steps, (steps) => {
        const test = startSeed();
        for (const step of steps) {
          if (typeof step === 'number') test.clock.advance(step);
          else test.send(step);
          expect(test.rounds.open).toBe(test.state() === 'dialing' ? 1 : 0);
          // `held` has one until it has proven healthy.
          const { min, max } = TIMERS[test.state()] ?? { min: 0, max: 0 };
          expect(test.clock.pending).toBeGreaterThanOrEqual(min);
          expect(test.clock.pending).toBeLessThanOrEqual(max);
        }
        // Held by nobody, it comes back to a round by itself; and a round that succeeds settles it.
        test.send('lost');
        test.clock.advance(Math.max(8_000, test.context().delayMs));
        expect(test.state()).toBe('dialing');
        test.send('round.met');
        expect(test.state()).toBe('held');
        expect(test.errors).toEqual([]);

        test.seed.stop();
        expect([test.clock.pending, test.rounds.open]).toEqual([0, 0]);
      }),
    );
  });
});
