import { describe, expect, it } from 'vitest';
import { createActor, initialTransition, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { clusterMachine } from '../../src/machines/cluster.ts';
import { EVENTS, type EventName, isEventName } from './cluster-rig.ts';
import { eventTable, leafOf } from './event-table.ts';

const GIVEN: Record<string, readonly EventName[]> = {
  stopped: [],
  binding: ['start'],
  joining: ['start', 'listener.bound', 'seed.settled/other'],
  running: ['start/alone', 'listener.bound'],
  goodbye: ['start/alone', 'listener.bound', 'stop'],
  closing: ['start/alone', 'listener.bound', 'stop', 'goodbye.done'],
};

function reach(names: readonly EventName[]) {
  let [snapshot, actions] = initialTransition(clusterMachine);
  for (const name of names)
    [snapshot, actions] = transition(clusterMachine, snapshot, EVENTS[name]);
  return { snapshot, actions, names: actions.map(({ type }) => type) };
}

describe('the cluster chart as a function', () => {
  // A state that names itself does something without being left.
  const moves = eventTable(`
                         stopped  binding  joining  running  goodbye  closing
    start                binding  .        .        .        .        .
    start/alone          binding  .        .        .        .        .
    stop                 .        goodbye  goodbye  goodbye  .        .
    listener.bound       .        joining  .        .        .        .
    listener.failed      .        stopped  .        .        .        .
    seed.settled         .        .        running  .        .        .
    seed.settled/other   .        .        joining  .        .        .
    peer.known           .        binding  joining  running  .        .
    peer.forgotten       .        binding  joining  running  .        .
    goodbye.done         .        .        .        .        closing  .
    teardown.done        .        .        .        .        .        stopped
  `);

  it.each(moves)('in $from, $event leads to $to', ({ from, event, to }) => {
    if (!isEventName(event)) throw new Error(`no such event: ${event}`);
    const given = GIVEN[from] ?? [];
    const before = reach(given).snapshot;
    expect(leafOf(before.value)).toBe(from);

    const { snapshot, names } = reach([...given, event]);
    expect(leafOf(snapshot.value)).toBe(to ?? from);
    if (to === null) {
      expect(names).toEqual([]);
      expect(snapshot.context).toEqual(before.context);
    }
  });

  it('starts by opening the listener, with the options it was given', () => {
    const { snapshot, actions } = reach(['start']);
    expect(actions).toMatchObject([
      { type: 'xstate.spawnChild', params: { id: 'listener', src: 'listener' } },
    ]);
    expect(snapshot.context).toMatchObject({
      options: EVENTS.start.options,
      pending: ['s1', 's2'],
      peers: [],
      failure: null,
    });
  });

  it('tries all seeds as soon as the port is bound, for a limited time', () => {
    expect(reach(['start', 'listener.bound']).actions).toMatchObject([
      { type: 'xstate.spawnChild', params: { id: 'seed:s1', systemId: 'seed:s1' } },
      { type: 'xstate.spawnChild', params: { id: 'seed:s2', systemId: 'seed:s2' } },
      { type: 'xstate.raise', params: { delay: 3_000 } },
    ]);
  });

  it.each([
    ['starting', ['start']],
    ['running', ['start/alone', 'listener.bound']],
    ['stopping', ['start', 'stop']],
    ['stopped', []],
  ] as const)('counts %s as a public status', (status, names) => {
    expect(reach(names).snapshot.matches(status)).toBe(true);
  });

  it('can reach every state', () => {
    const paths = getShortestPaths(clusterMachine, {
      events: [
        EVENTS.start,
        EVENTS.stop,
        EVENTS['listener.bound'],
        EVENTS['seed.settled'],
        EVENTS['seed.settled/other'],
        EVENTS['goodbye.done'],
        EVENTS['teardown.done'],
      ],
      serializeState: ({ value, context }) => JSON.stringify([value, context.pending]),
      limit: 1_000,
    });
    const leaves = new Set(paths.map(({ state }) => leafOf(state.value)));
    expect([...leaves].sort()).toEqual([
      'binding',
      'closing',
      'goodbye',
      'joining',
      'running',
      'stopped',
    ]);
  });

  it('fails loudly when the node provided no listener', () => {
    const errors: unknown[] = [];
    const cluster = createActor(clusterMachine);
    cluster.subscribe({ error: (error) => errors.push(error) });
    cluster.start();
    cluster.send(EVENTS.start);
    expect(errors.map(String)).toEqual(['Error: the node did not provide this actor']);
  });
});
