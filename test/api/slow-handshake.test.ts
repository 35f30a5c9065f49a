import { expect, it } from 'vitest';
import { A, B, virtualWorld } from './virtual-nodes.ts';

it('does not lose patience with a node that has proven itself and is far away', async () => {
  // From SYN to the last message a handshake takes seven hops here, and the limit is three seconds.
  const world = virtualWorld(1, { min: 700, max: 700 });
  const limits = { helloTimeoutMs: 2_000, handshakeTimeoutMs: 3_000 };
  const [a, b] = [world.node(A), world.node(B)];
  const pace = { heartbeatIntervalMs: 2_000, limits };
  await world.start(a, { host: A, ...pace });
  const told: string[] = [];
  b.cluster.onNodeUp(({ id }) => told.push(`up ${id}`));
  b.cluster.onNodeDown((id, reason) => told.push(`down ${id} ${reason}`));
  await world.start(b, { host: B, seeds: ['a@10.0.0.1:4369'], ...pace });
  await world.advance(8_000);
  expect(told).toEqual(['up a@10.0.0.1:4369']);
  expect(a.cluster.getConnectedNodeCount()).toBe(1);
});
