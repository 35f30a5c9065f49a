import { describe, expect, it } from 'vitest';
import type { InspectionEvent } from 'xstate';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import { A, B, virtualWorld } from './virtual-nodes.ts';

/** Two connected nodes; both are inspected. */
async function inspectedPair() {
  const world = virtualWorld();
  const [a, b] = [world.node(A), world.node(B)];
  const seen = { a: [] as InspectionEvent[], b: [] as InspectionEvent[] };
  await world.start(a, { host: A, inspect: (event) => seen.a.push(event) });
  await world.start(b, {
    host: B,
    seeds: ['a@10.0.0.1:4369'],
    inspect: { next: (event) => seen.b.push(event) },
  });
  await world.advance(5);
  return { world, a, b, seen };
}

const created = (events: readonly InspectionEvent[]) =>
  events.filter(({ type }) => type === '@xstate.actor').map(({ actorRef }) => actorRef);

/** What an inspector shows as the name of an actor. */
const idOf = (actorRef: object): unknown => Reflect.get(actorRef, 'id');

describe('inspect', () => {
  it('receives the actors of all charts, the root first', async () => {
    const { seen } = await inspectedPair();
    const ids = created(seen.b).map(idOf);
    expect(ids).toContain('seed:a@10.0.0.1:4369');
    expect(ids).toContain('peer:a@10.0.0.1:4369');
    expect(ids).toContain('listener');
    expect(created(seen.b)[0]?.sessionId).toBe(seen.b[0]?.rootId);
  });

  it('receives every step of a connection', async () => {
    const { seen } = await inspectedPair();
    const steps = seen.b.flatMap((event) => {
      const isPeer = idOf(event.actorRef) === 'peer:a@10.0.0.1:4369';
      return isPeer && event.type === '@xstate.event' ? [event.event.type] : [];
    });
    expect(steps).toEqual(['xstate.init', 'session', 'heartbeat']);
  });

  it('has session ids of its own for each node, also in the tree', async () => {
    const { seen } = await inspectedPair();
    const ids = (events: readonly InspectionEvent[]) =>
      new Set(events.flatMap(({ actorRef, rootId }) => [actorRef.sessionId, rootId]));
    const [idsOfA, idsOfB] = [ids(seen.a), ids(seen.b)];
    expect(idsOfA.size).toBeGreaterThan(1);
    expect([...idsOfA].filter((id) => idsOfB.has(id))).toEqual([]);
    for (const events of [seen.a, seen.b]) {
      const known = ids(events);
      for (const actorRef of created(events)) {
        const parent: unknown = Reflect.get(actorRef, '_parent');
        if (typeof parent !== 'object' || parent === null) continue;
        expect(known).toContain(Reflect.get(parent, 'sessionId'));
      }
      for (const event of events) {
        if (event.type !== '@xstate.event' || !event.sourceRef) continue;
        expect(known).toContain(event.sourceRef.sessionId);
      }
    }
  });

  it('that throws changes nothing and is reported once', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    const events: ClusterEvent[] = [];
    b.cluster.events$.subscribe((event) => events.push(event));
    await world.start(a, { host: A });
    const inspect = () => {
      throw new Error('mine');
    };
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'], inspect });
    await world.advance(5);
    expect(b.cluster.getConnectedNodeCount()).toBe(1);
    b.cluster.stop();
    await world.advance(20);
    expect(b.cluster.getStatus()).toBe('stopped');
    expect(events.filter(({ type }) => type === 'observer.failed')).toEqual([
      { type: 'observer.failed', observer: 'inspect', error: new Error('mine') },
    ]);
  });

  it('ends with the next start that does not ask for it', async () => {
    const { world, b, seen } = await inspectedPair();
    b.cluster.stop();
    await world.advance(20);
    await world.start(b, { host: B });
    const before = seen.b.length;
    await world.advance(2_000);
    expect(seen.b).toHaveLength(before);
  });
});

describe('the actors behind the facade', () => {
  it('can be watched: the lifecycle always, a peer while it is known', async () => {
    const { world, a, b } = await inspectedPair();
    expect(a.cluster.actor.getSnapshot().value).toBe('running');
    const peer = a.cluster.peerActor('b@10.0.0.2:4369');
    expect(peer?.getSnapshot().matches({ connected: 'alive' })).toBe(true);
    expect(a.cluster.peerActor('x@10.0.0.9:1')).toBeUndefined();
    b.cluster.stop();
    await world.advance(20);
    expect(b.cluster.actor.getSnapshot().value).toBe('stopped');
    expect(b.cluster.peerActor('a@10.0.0.1:4369')).toBeUndefined();
  });
});
