import { spawnSync } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { Lab } from '../support/network-lab.ts';
import { ip, run } from '../support/network-namespace.ts';
import { describeNetworks } from './networks.ts';

const list = () => run('ip', ['netns', 'list']);

describeNetworks('namespaces', () => {
  test('of runs that crashed are deleted, those of others are left alone', async () => {
    const { pid } = spawnSync(process.execPath, ['-e', '0']);
    const [crashed, alive] = [`chartmesh-${pid}-1n1`, `chartmesh-${process.ppid}-1n1`];
    ip([`netns add ${crashed}`, `netns add ${alive}`]);
    onTestFinished(() => ip([`netns delete ${alive}`]));
    const lab = await Lab.open(1);
    expect(list()).toContain(alive);
    expect(list()).toContain(lab.hosts[0]?.namespace);
    expect(list()).not.toContain(crashed);
  });

  test('are gone with the test that made them', () => {
    expect(list()).not.toContain(`chartmesh-${process.pid}-`);
  });
});
