import { expect, test } from 'vitest';
import { ChildNode } from '../support/child-node.ts';
import { waitForMesh } from '../support/mesh.ts';

test('a process that is killed takes its names and memberships along, and a late one knows them', async () => {
  const seed = await ChildNode.start({ nodeName: 'seed' });
  const holder = await ChildNode.start({ nodeName: 'holder', seeds: [seed.id] });
  await waitForMesh([seed, holder], 5_000);
  const [member, leader] = [
    await seed.name('echo', 'member', 'workers'),
    await holder.name('echo', 'leader', 'workers'),
  ];

  const late = await ChildNode.start({ nodeName: 'late', seeds: [seed.id] });
  await waitForMesh([seed, holder, late], 5_000);
  for (const { id } of [seed, holder]) await late.known('leader', 'workers', id);
  const all = { holder: leader, members: [leader, member] };
  expect(await late.known('leader', 'workers')).toEqual(all);
  expect(await seed.known('leader', 'workers', holder.id)).toEqual(all);

  const left = [seed, late].map((node) => node.knownAtDown('leader', 'workers'));
  // A command after it: from here on both will tell.
  await Promise.all([seed, late].map((node) => node.known('leader', 'workers')));
  holder.kill();
  const gone = { holder: null, members: [member] };
  expect(await Promise.all(left)).toEqual([gone, gone]);
  // The name is free.
  const next = await late.name('echo', 'leader', 'workers');
  expect((await seed.known('leader', 'workers', late.id)).holder).toBe(next);
});
