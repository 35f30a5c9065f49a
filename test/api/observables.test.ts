import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/inspect/events.ts';
import type { NodeInfo } from '../../src/membership/node-info.ts';
import { A, B, virtualPair, virtualWorld } from './virtual-nodes.ts';

const ids = (nodes: readonly NodeInfo[]) => nodes.map(({ id }) => id);

describe('observables of state', () => {
  it('replay the present to whoever subscribes late', async () => {
    const { a, b } = await virtualPair();
    const { cluster } = a;
    expect(await firstValueFrom(cluster.status$)).toBe('running');
    expect(ids(await firstValueFrom(cluster.nodes$))).toEqual(['b@10.0.0.2:4369']);
    expect(ids(await firstValueFrom(cluster.connectedNodes$))).toEqual(['b@10.0.0.2:4369']);
    const b$ = cluster.node$(b.cluster.getLocalNodeId());
    expect(await firstValueFrom(b$)).toMatchObject({ status: 'connected' });
    expect(await firstValueFrom(cluster.node$('nobody@10.0.0.9:1'))).toBeUndefined();
  });

  it('say stopped and empty before the first start', async () => {
    const { cluster } = virtualWorld().node(A);
    expect(await firstValueFrom(cluster.status$)).toBe('stopped');
    expect(await firstValueFrom(cluster.nodes$)).toEqual([]);
    expect(await firstValueFrom(cluster.connectedNodes$)).toEqual([]);
    expect(await firstValueFrom(cluster.node$('b@10.0.0.2:4369'))).toBeUndefined();
  });

  it('live through stop and start', async () => {
    const { world, a } = await virtualPair();
    const { cluster } = a;
    const lists: (readonly string[])[] = [];
    const states: (string | undefined)[] = [];
    let isComplete = false;
    cluster.connectedNodes$.subscribe({
      next: (nodes) => lists.push(ids(nodes)),
      complete: () => {
        isComplete = true;
      },
    });
    cluster.node$('b@10.0.0.2:4369').subscribe((node) => {
      if (states.at(-1) !== node?.status || states.length === 0) states.push(node?.status);
    });
    cluster.stop();
    await world.advance(20);
    await world.start(a, { host: A, seeds: ['b@10.0.0.2:4369'] });
    await world.advance(5);
    expect(lists).toEqual([['b@10.0.0.2:4369'], [], ['b@10.0.0.2:4369']]);
    expect([states[0], states.at(-1)]).toEqual(['connected', 'connected']);
    expect(states).toContain(undefined);
    expect(isComplete).toBe(false);
  });

  it('pass through connecting on the way up and stay disconnected on the way down', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await world.start(b, { host: B });
    const states: (string | undefined)[] = [];
    a.cluster.node$('b@10.0.0.2:4369').subscribe((node) => {
      if (node?.status !== states.at(-1)) states.push(node?.status);
    });
    a.cluster.connect('b@10.0.0.2:4369');
    await world.advance(20);
    expect(states).toEqual(['connecting', 'connected']);
    world.network.crash(B);
    await world.advance(20);
    expect(states).toEqual(['connecting', 'connected', 'disconnected']);
    await world.advance(2_000);
    // A redial is shown as such, and so is its failure.
    expect(states.slice(3, 5)).toEqual(['connecting', 'disconnected']);
  });

  it('show in node$ whom the node has met while starting', async () => {
    const world = virtualWorld();
    await world.start(world.node(A), { host: A });
    const b = world.node(B);
    const states: (string | undefined)[] = [];
    b.cluster.node$('a@10.0.0.1:4369').subscribe((node) => states.push(node?.status));
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    expect(states.at(-1)).toBe('connected');
  });

  it('follow a node by the address through which it was dialled', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(b, { host: B });
    await world.start(a, { host: A, seeds: ['b@b.example:4369'] });
    const found = await firstValueFrom(a.cluster.node$('b@b.example:4369'));
    expect(found?.id).toBe('b@10.0.0.2:4369');
  });
});

describe('observables of events', () => {
  it('do not replay', async () => {
    const { world, a } = await virtualPair();
    const seen: unknown[] = [];
    a.cluster.nodeUp$.subscribe((value) => seen.push(value));
    a.cluster.nodeDown$.subscribe((value) => seen.push(value));
    a.cluster.events$.subscribe((value) => seen.push(value));
    await world.advance(10);
    expect(seen).toEqual([]);
  });

  it('tell who went and why', async () => {
    const { world, a } = await virtualPair();
    const downs: unknown[] = [];
    a.cluster.nodeDown$.subscribe((down) => downs.push(down));
    world.network.vanish(B);
    await world.advance(3_300);
    expect(downs).toEqual([{ nodeId: 'b@10.0.0.2:4369', reason: 'heartbeat_timeout' }]);
  });

  it('report a known node that cannot be reached once per outage', async () => {
    const { world, a } = await virtualPair();
    const events: ClusterEvent[] = [];
    a.cluster.events$.subscribe((event) => events.push(event));
    world.network.crash(B);
    await world.advance(6_000);
    expect(events.filter(({ type }) => type === 'peer.unreachable')).toEqual([
      {
        type: 'peer.unreachable',
        nodeId: 'b@10.0.0.2:4369',
        reason: 'connection_refused',
        failure: expect.stringMatching(/refused|unreachable/),
      },
    ]);
  });
});
