import { expect, test } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import { type Host, Lab } from '../support/network-lab.ts';
import { expectVerdicts } from './contract.ts';
import { atMost, exactly, inForm } from './figures.ts';
import { describeNetworks, isChange, meshOn, pairs, QUICK, T } from './networks.ts';

const PARTED_MS = inForm(3_000, 60_000);

interface Side {
  readonly nodes: readonly ChildNode[];
  readonly hosts: readonly Host[];
}

describeNetworks('five hosts', () => {
  test(`parted 3/2 for ${PARTED_MS} ms are two stable sides, and one again within 3 s`, {
    timeout: PARTED_MS + 60_000,
  }, async () => {
    const lab = await Lab.open(5);
    const { nodes, hosts } = await meshOn(lab);
    const side = (from: number, to: number): Side => ({
      nodes: nodes.slice(from, to),
      hosts: hosts.slice(from, to),
    });
    const [three, two] = [side(0, 3), side(3, 5)];
    const across = pairs(nodes).filter(
      ([a, b]) => three.nodes.includes(a) !== three.nodes.includes(b),
    );
    lab.part(three.hosts, two.hosts);
    const verdicts = await Promise.all(
      across.map(async ([observer, there]) => {
        const down = await observer.journal.waitForDown(there.id, 4 * T);
        return { observer, down };
      }),
    );
    expectVerdicts('partition 3/2: nodeDown after the last record', verdicts);
    const parted = nodes.map(({ journal }) => journal.mark);
    await Promise.all(
      nodes.map(({ journal }) => journal.never(isChange, 'change', PARTED_MS - 2 * T)),
    );
    lab.heal();
    const healedAt = performance.timeOrigin + performance.now();
    const ups = await Promise.all(
      across.map(([here, there]) =>
        here.journal.waitForUp(there.id, 10_000, parted[nodes.indexOf(here)]),
      ),
    );
    atMost(
      'partition 3/2: all connected again after healing, backoff of 1 s',
      3_000,
      Math.max(...ups.map(({ at }) => at - healedAt)),
    );
    exactly(
      'partition 3/2: nodeDown within a side, or twice',
      0,
      nodes.flatMap(({ journal }) => journal.downs()).length - across.length,
    );
    expect(QUICK.reconnectMaxDelayMs).toBe(1_000);
  });
});
