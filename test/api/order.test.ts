import { describe, expect, it } from 'vitest';
import type { LocalCluster } from '../../src/api/cluster.ts';
import { A, B, flush, virtualPair, virtualWorld } from './virtual-nodes.ts';

/** Everything an observer can see, with what the queries say at that moment. */
function record(cluster: LocalCluster): string[] {
  const seen: string[] = [];
  const count = () =>
    cluster.getStatus() === 'running' ? `${cluster.getConnectedNodeCount()}` : '-';
  const say = (what: string) => seen.push(`${what} (${count()})`);
  cluster.status$.subscribe((status) => say(`status$ ${status}`));
  cluster.onStatusChange((status) => say(`onStatus ${status}`));
  cluster.connectedNodes$.subscribe(({ length }) => say(`connected$ ${length}`));
  cluster.nodeUp$.subscribe(() => say('up$'));
  cluster.nodeDown$.subscribe(({ reason }) => say(`down$ ${reason}`));
  cluster.onNodeUp(() => say('onUp'));
  cluster.onNodeDown((_, reason) => say(`onDown ${reason}`));
  seen.length = 0;
  return seen;
}

describe('the order of what is told', () => {
  it('is running, then start resolved, then the nodes found while starting', async () => {
    const world = virtualWorld();
    await world.start(world.node(A), { host: A });
    const b = world.node(B);
    const seen = record(b.cluster);
    b.cluster.start({ nodeName: 'b', host: B, seeds: ['a@10.0.0.1:4369'] }).then(() => {
      seen.push('start resolved');
    });
    while (b.cluster.getStatus() !== 'running') world.clock.runNext();
    // The release waits for one poll; the promise's reaction comes before that.
    await flush();
    world.clock.advance(5);
    expect(seen).toEqual([
      'status$ starting (-)',
      'onStatus starting (-)',
      'connected$ 1 (-)',
      'status$ running (1)',
      'onStatus running (1)',
      'start resolved',
      'up$ (1)',
      'onUp (1)',
    ]);
  });

  it('is queries, lists, observables, callbacks when a node goes or comes', async () => {
    const { world, a, b } = await virtualPair();
    const seen = record(a.cluster);
    b.cluster.stop();
    await world.advance(20);
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'] });
    await world.advance(5);
    expect(seen).toEqual([
      'connected$ 0 (0)',
      'down$ graceful_shutdown (0)',
      'onDown graceful_shutdown (0)',
      'connected$ 1 (1)',
      'up$ (1)',
      'onUp (1)',
    ]);
  });

  it('of a stop has no nodeDown, but an empty list', async () => {
    const { world, a } = await virtualPair();
    const seen = record(a.cluster);
    a.cluster.stop();
    await world.advance(20);
    expect(seen).toEqual([
      'connected$ 0 (-)',
      'status$ stopping (-)',
      'onStatus stopping (-)',
      'status$ stopped (-)',
      'onStatus stopped (-)',
    ]);
  });

  it('lets a stop in a nodeUp callback silence the nodeUps that were held', async () => {
    const world = virtualWorld();
    await world.start(world.node(A), { host: A });
    await world.start(world.node(B), { host: B, seeds: ['a@10.0.0.1:4369'] });
    const c = world.node('10.0.0.3');
    const ups: string[] = [];
    c.cluster.onNodeUp(({ id }) => {
      ups.push(id);
      c.cluster.stop();
    });
    const seeds = ['a@10.0.0.1:4369', 'b@10.0.0.2:4369'];
    await world.start(c, { host: '10.0.0.3', seeds });
    await world.advance(50);
    expect(ups).toHaveLength(1);
    expect(c.cluster.getStatus()).toBe('stopped');
  });

  it('waits for silent seeds no longer than the join timeout', async () => {
    const world = virtualWorld();
    const b = world.node(B);
    world.network.host(A);
    world.network.cut(A, B);
    const startedAt = world.clock.now();
    await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'], joinTimeoutMs: 700 });
    expect(world.clock.now() - startedAt).toBeGreaterThanOrEqual(700);
    expect(world.clock.now() - startedAt).toBeLessThanOrEqual(702);
  });

  it('has connect resolve after the nodeUp', async () => {
    const world = virtualWorld();
    const [a, b] = [world.node(A), world.node(B)];
    await world.start(a, { host: A });
    await world.start(b, { host: B });
    const seen: string[] = [];
    a.cluster.onNodeUp(({ id }) => seen.push(`up ${id}`));
    a.cluster.connect('10.0.0.2:4369').then((id) => seen.push(`connected to ${id}`));
    await world.advance(20);
    expect(seen).toEqual(['up b@10.0.0.2:4369', 'connected to b@10.0.0.2:4369']);
  });
});
