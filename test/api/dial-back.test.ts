import { expect, it } from 'vitest';
import type { ClusterEvent } from '../../src/index.ts';
import { A, B, C, type VirtualNode, virtualWorld } from './virtual-nodes.ts';

const DEAD = '10.1.0.1';

function unreachables({ cluster }: VirtualNode): ClusterEvent[] {
  const told: ClusterEvent[] = [];
  cluster.events$.subscribe((event) => {
    if (event.type === 'address.unreachable') told.push(event);
  });
  return told;
}

it('tells both within five seconds that the address of a newcomer swallows everything', async () => {
  const world = virtualWorld();
  world.network.host(DEAD);
  world.network.vanish(DEAD);
  const [a, b] = [world.node(A), world.node(B)];
  const [ofA, ofB] = [unreachables(a), unreachables(b)];
  await world.start(b, { host: B });
  await world.start(a, { host: A, advertiseHost: DEAD, seeds: ['10.0.0.2:4369'] });
  await world.advance(5_000);
  const told = {
    type: 'address.unreachable',
    nodeId: 'a@10.1.0.1:4369',
    advertised: '10.1.0.1:4369',
    observed: expect.stringMatching(/^10\.0\.0\.1:/),
    failure: 'timeout',
  };
  expect([ofA, ofB]).toEqual([[told], [told]]);
  await world.advance(20_000);
  expect([ofA, ofB]).toEqual([[told], [told]]);
});

it('is content with a name behind which one of two addresses answers', async () => {
  const world = virtualWorld();
  world.network.host(DEAD);
  world.network.vanish(DEAD);
  const resolver = world.network.resolver({ 'a.example': [DEAD, A] });
  const [a, b] = [world.node(A), world.node(B, { resolver })];
  const told = [unreachables(a), unreachables(b)];
  await world.start(b, { host: B });
  await world.start(a, { host: A, advertiseHost: 'a.example', seeds: ['10.0.0.2:4369'] });
  await world.advance(20_000);
  expect(told).toEqual([[], []]);
});

it('waits while handshakes are slow, for a busy machine says nothing about an address', async () => {
  const world = virtualWorld();
  world.network.host(DEAD);
  world.network.vanish(DEAD);
  const [a, b, c] = [world.node(A), world.node(B), world.node(C)];
  const ofB = unreachables(b);
  await world.start(b, { host: B });
  await world.start(c, { host: C });
  c.clock.freeze();
  const connected = b.cluster.connect('c@10.0.0.3:4369');
  await world.advance(800);
  c.clock.thaw();
  await world.advance(50);
  await connected;
  await world.start(a, { host: A, advertiseHost: DEAD, seeds: ['10.0.0.2:4369'] });
  await world.advance(9_000);
  expect(ofB).toEqual([]);
  await world.advance(6_500);
  expect(ofB).toMatchObject([{ nodeId: 'a@10.1.0.1:4369' }]);
});
