import { expect, test } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import { type Host, Lab, PORT } from '../support/network-lab.ts';
import { atMost, exactly, inForm } from './figures.ts';
import { describeNetworks, isChange, meshOn, QUICK, T } from './networks.ts';

const AGREED_MS = T + QUICK.heartbeatIntervalMs;
const ROUNDS = inForm(1, 10);
const timeNow = () => performance.timeOrigin + performance.now();

interface Scene {
  readonly lab: Lab;
  readonly a: Host;
  readonly b: Host;
  readonly ofA: ChildNode;
  readonly ofB: ChildNode;
  readonly others: readonly ChildNode[];
}

async function scene(size: number, spare = 0): Promise<Scene> {
  const lab = await Lab.open(size + spare);
  const { nodes, hosts } = await meshOn(lab, QUICK, size);
  const [[a, b], [ofA, ofB]] = [hosts, nodes];
  if (!a || !b || !ofA || !ofB) throw new Error('there are two');
  return { lab, a, b, ofA, ofB, others: nodes.slice(2) };
}

/** How long after the fault each end has given the other up; then all is well again. */
async function partingTimes({ lab, ofA, ofB }: Scene, fault: () => void): Promise<number[]> {
  const marks = [ofA.journal.mark, ofB.journal.mark];
  const brokenAt = timeNow();
  fault();
  const [here, there] = await Promise.all([
    ofA.journal.waitForDown(ofB.id, 4 * T, marks[0]),
    ofB.journal.waitForDown(ofA.id, 4 * T, marks[1]),
  ]);
  lab.heal();
  await Promise.all([
    ofA.journal.waitForUp(ofB.id, 10_000, marks[0]),
    ofB.journal.waitForUp(ofA.id, 10_000, marks[1]),
  ]);
  await Promise.all([
    ofA.journal.waitForBeat(ofB.id, 5_000),
    ofB.journal.waitForBeat(ofA.id, 5_000),
  ]);
  return [here.at - brokenAt, there.at - brokenAt];
}

describeNetworks('a link', () => {
  test('that carries one direction only is given up by both ends', async () => {
    const world = await scene(3);
    const { lab, a, b, others } = world;
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(...(await partingTimes(world, () => lab.cutOneWay(a, b))));
    }
    atMost(
      'one-way partition: nodeDown at both ends, after the cut',
      AGREED_MS,
      Math.max(...times),
    );
    exactly(
      'one-way partition: nodeDown at the third node',
      0,
      others.flatMap(({ journal }) => journal.downs()).length,
    );
  });

  test('that a firewall resets is given up by both ends', async () => {
    const world = await scene(3);
    const { lab, a, b, others } = world;
    const times = await partingTimes(world, () => lab.rejectWithReset(a, b));
    atMost('firewall that resets: nodeDown at both ends', AGREED_MS, Math.max(...times));
    exactly(
      'firewall that resets: nodeDown at the third node',
      0,
      others.flatMap(({ journal }) => journal.downs()).length,
    );
  });

  test('that is cut while others see both ends is a fault of the link, not of a node', {
    timeout: 30_000,
  }, async () => {
    const { lab, a, b, ofA, ofB, others } = await scene(3, 1);
    const marks = others.map(({ journal }) => journal.mark);
    lab.cut(a, b);
    const faults = await Promise.all([
      ofA.journal.waitForEvent('link.fault', 4 * T, { where: ({ nodeId }) => nodeId === ofB.id }),
      ofB.journal.waitForEvent('link.fault', 4 * T, { where: ({ nodeId }) => nodeId === ofA.id }),
    ]);
    const ids = others.map(({ id }) => id);
    expect(faults.map(({ witnesses }) => witnesses)).toEqual([ids, ids]);
    exactly('bridge partition: ends that report a fault of the link', 2, faults.length);

    // A newcomer that can ask nobody but the one end is led to the other: that end keeps it alive.
    const [third, spare] = lab.hosts.slice(2);
    if (!third || !spare) throw new Error('there are four');
    lab.cut(third, spare);
    const seeds = [`${a.address}:${PORT}`];
    const newcomer = await lab.start(spare, { nodeName: 'n4', seeds, ...QUICK });
    await newcomer.journal.waitForUp(ofB.id, 5_000);
    const elsewhere = others.flatMap(({ journal }, index) =>
      journal.all(isChange, marks[index]).filter(({ nodeId }) => nodeId !== newcomer.id),
    );
    exactly('bridge partition: changes at the node that sees both', 0, elsewhere.length);
  });
});
