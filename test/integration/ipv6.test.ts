import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { waitForMesh } from '../support/mesh.ts';

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((entry) => entry?.address === '::1');

test('two processes meet over IPv6', async ({ skip }) => {
  skip(!hasIpv6, 'this machine has no address ::1');
  const first = await ChildNode.start({ nodeName: 'first', host: '::1' });
  const second = await ChildNode.start({
    nodeName: 'second',
    host: '::1',
    seeds: [`[::1]:${first.port}`],
  });
  expect(first.id).toBe(`first@[::1]:${first.port}`);
  await waitForMesh([first, second], 2_000);
  expect(await first.ping(second.id)).toBe(true);
  expect(await second.getNodes()).toMatchObject([{ id: first.id, host: '::1' }]);
});
