import { test } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import { type Host, Lab, PORT } from '../support/network-lab.ts';
import { expectVerdicts } from './contract.ts';
import { atMost, exactly, inForm, p99 } from './figures.ts';
import { describeNetworks, meshOn, QUICK, T } from './networks.ts';

const KILLS = inForm(5, 50);
const LOSSES = inForm(2, 10);

interface Scene {
  readonly lab: Lab;
  readonly others: readonly ChildNode[];
  readonly host: Host;
  readonly victim: ChildNode;
}

async function scene(): Promise<Scene> {
  const lab = await Lab.open(5);
  const { nodes, hosts } = await meshOn(lab);
  const [victim, host] = [nodes[4], hosts[4]];
  if (!victim || !host) throw new Error('there are five');
  return { lab, others: nodes.slice(0, 4), host, victim };
}

function waitForDowns(others: readonly ChildNode[], id: string, marks: readonly number[]) {
  return Promise.all(
    others.map(async (observer, index) => ({
      observer,
      down: await observer.journal.waitForDown(id, 4 * T, marks[index]),
    })),
  );
}

const marksOf = (nodes: readonly ChildNode[]) => nodes.map(({ journal }) => journal.mark);

describeNetworks('one of five', () => {
  test(`killed ${KILLS} times is reported by the reset within 100 ms, once each`, {
    timeout: 20_000 + KILLS * 3_000,
  }, async () => {
    const { lab, others, host, victim } = await scene();
    const seeds = [`${lab.hosts[0]?.address}:${PORT}`];
    const delays: number[] = [];
    let present = victim;
    for (let round = 0; round < KILLS; round += 1) {
      const marks = marksOf(others);
      const killedAt = present.kill();
      const downs = await waitForDowns(others, victim.id, marks);
      delays.push(...downs.map(({ down }) => down.at - killedAt));
      present = await lab.start(host, { nodeName: 'n5', seeds, ...QUICK });
      await Promise.all(
        others.map(({ journal }, index) => journal.waitForUp(victim.id, 10_000, marks[index])),
      );
    }
    atMost(`kill -9 of one of five, ${KILLS} times: nodeDown, p99`, 100, p99(delays));
    exactly(
      'kill -9 of one of five: nodeDown beyond one each, and of others',
      0,
      others.flatMap(({ journal }) => journal.downs()).length - KILLS * others.length,
    );
  });

  test('whose packets are all dropped is down after T to 1.1 T', {
    timeout: 20_000 + LOSSES * 5_000,
  }, async () => {
    const { lab, others, host, victim } = await scene();
    const verdicts = [];
    for (let round = 0; round < LOSSES; round += 1) {
      const marks = marksOf(others);
      lab.dropAll(host);
      verdicts.push(...(await waitForDowns(others, victim.id, marks)));
      lab.heal();
      const ups = others.map(({ journal }, index) =>
        journal.waitForUp(victim.id, 10_000, marks[index]),
      );
      await Promise.all(ups);
      await Promise.all(others.map(({ journal }) => journal.waitForBeat(victim.id, 5_000)));
    }
    expectVerdicts('silent loss of one of five: nodeDown after its last record', verdicts);
    exactly(
      'silent loss of one of five: nodeDown beyond one each, and of others',
      0,
      others.flatMap(({ journal }) => journal.downs()).length - LOSSES * others.length,
    );
  });
});
