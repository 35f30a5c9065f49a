import { expect, test } from 'vitest';
import type { ChildNode } from '../support/child-node.ts';
import { Lab } from '../support/network-lab.ts';
import { atMost, exactly, fullTest, inForm } from './figures.ts';
import { describeNetworks, isChange, meshOn, pairs, QUICK, T } from './networks.ts';

const WATCHED_MS = inForm(3_000, 10_000);
const RE_MESHED_MS = 2_000;

const times = (name: string, nodes: readonly ChildNode[], reason?: string) =>
  nodes
    .flatMap(({ journal }) => journal.downs())
    .filter((down) => (reason === undefined || down.reason === reason) && name !== down.nodeId)
    .length;

async function five() {
  const lab = await Lab.open(5);
  // Newcomers' addresses are tried at once, or these dials would be taken for a storm.
  const { nodes, hosts } = await meshOn(lab, { ...QUICK, limits: { dialBackDelayMs: 1 } });
  const [first] = nodes;
  const last = nodes[4];
  if (!first || !last) throw new Error('there are five');
  return { lab, nodes, hosts, first, last, others: nodes.slice(0, 4) };
}

/** The others saw it down by its silence, and it comes back: how long after `at` all are meshed. */
async function reMeshedMs(
  node: ChildNode,
  others: readonly ChildNode[],
  at: number,
  marks: ReadonlyMap<ChildNode, number>,
): Promise<number> {
  const ups = await Promise.all(
    others.flatMap((other) => [
      other.journal.waitForUp(node.id, 10_000, marks.get(other)),
      node.journal.waitForUp(other.id, 10_000, marks.get(node)),
    ]),
  );
  return Math.max(...ups.map((up) => up.at - at));
}

const marksOf = (nodes: readonly ChildNode[]): ReadonlyMap<ChildNode, number> =>
  new Map(nodes.map((node) => [node, node.journal.mark]));

describeNetworks('of five processes', () => {
  // Of three, and in every run, test/integration/freeze.test.ts says the same.
  fullTest(
    'one that is stopped for T/2 takes nobody down',
    {
      timeout: 90_000,
    },
    async () => {
      const { nodes, last } = await five();
      for (let round = 0; round < 10; round += 1) {
        last.freeze();
        await Promise.all(
          nodes.slice(0, 4).map(({ journal }) => journal.never(isChange, 'change', T / 2)),
        );
        last.thaw();
        await Promise.all(nodes.map(({ journal }) => journal.never(isChange, 'change', T)));
      }
      exactly('SIGSTOP of T/2, 10 times: nodeDown anywhere', 0, times('', nodes));
    },
  );

  fullTest('one that is stopped for 3 T is down once and judges nobody', {}, async () => {
    const { nodes, others, last } = await five();
    last.freeze();
    await Promise.all(others.map(({ journal }) => journal.waitForDown(last.id, 3 * T)));
    const marks = marksOf(nodes);
    await Promise.all(others.map(({ journal }) => journal.never(isChange, 'change', 2 * T)));
    const took = await reMeshedMs(last, others, last.thaw(), marks);
    atMost('SIGSTOP of 3 T: meshed again after SIGCONT', RE_MESHED_MS, took);
    exactly(
      'SIGSTOP of 3 T: nodeDown beyond one at each of the others',
      0,
      times('', others) - others.length,
    );
    exactly('SIGSTOP of 3 T: nodes it took for dead', 0, times('', [last], 'heartbeat_timeout'));
  });

  test('one whose event loop stands still for 2 T is down once and judges nobody', async () => {
    const { nodes, others, last } = await five();
    const marks = marksOf(nodes);
    const blocked = last.block(2 * T);
    const downs = await Promise.all(
      others.map(({ journal }) => journal.waitForDown(last.id, 3 * T)),
    );
    expect(new Set(downs.map(({ reason }) => reason))).toEqual(new Set(['heartbeat_timeout']));
    await blocked;
    const took = await reMeshedMs(last, others, performance.timeOrigin + performance.now(), marks);
    atMost('event loop blocked for 2 T: meshed again afterwards', RE_MESHED_MS, took);
    exactly(
      'event loop blocked for 2 T: nodeDown beyond one at each of the others',
      0,
      times('', others) - others.length,
    );
    exactly(
      'event loop blocked for 2 T: nodes it took for dead',
      0,
      times('', [last], 'heartbeat_timeout'),
    );
  });

  test('all but one stopped come back without a storm', {
    timeout: 40_000,
  }, async () => {
    const { lab, nodes, hosts, first } = await five();
    const stopped = nodes.slice(1);
    const marks = marksOf(nodes);
    for (const node of stopped) node.freeze();
    await Promise.all(stopped.map(({ id }) => first.journal.waitForDown(id, 4 * T)));
    lab.countDials();
    const thawedAt = stopped.map((node) => node.thaw())[0] ?? 0;
    atMost(
      'all but one stopped: meshed with the survivor after SIGCONT',
      RE_MESHED_MS,
      await reMeshedMs(first, stopped, thawedAt, marks),
    );
    const watch = thawedAt + WATCHED_MS - (performance.timeOrigin + performance.now());
    await Promise.all(nodes.map(({ journal }) => journal.never(isChange, 'change', watch)));
    const dials = pairs(hosts).map(([a, b]) => lab.dials(a, b));
    atMost(
      `all but one stopped: dials of one to another in ${WATCHED_MS / 1_000} s after SIGCONT`,
      2,
      Math.max(...dials),
      'dials',
    );
    exactly(
      'all but one stopped: nodes that these took for dead',
      0,
      times('', stopped, 'heartbeat_timeout'),
    );
  });
});
