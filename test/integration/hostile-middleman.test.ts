/** Somebody in the middle of a link, without the secret: may cut it, and nothing else. */
import { expect, onTestFinished, test } from 'vitest';
import { FRAME } from '../../src/wire/frame.ts';
import { ChildNode } from '../support/child-node.ts';
import { freePort } from '../support/free-port.ts';
import { waitForMesh } from '../support/mesh.ts';
import { flipBit, type Meddle, Middleman, type Passing } from '../support/middleman.ts';
import { meshConfig } from '../support/watched-mesh.ts';

const MESH_MS = 5_000;
const NOTICE_MS = 2_000;

/**
 * Two nodes that reach each other only through the middleman, and one that both reach freely. They
 * lose each other once per trick: held back as flapping, they could not be seen to meet again.
 */
async function startBetween() {
  const [front, back] = [await Middleman.listen(), await Middleman.listen()];
  onTestFinished(() => front.close());
  onTestFinished(() => back.close());
  const nodes: ChildNode[] = [];
  for (const [nodeName, proxy] of [
    ['n1', front],
    ['n2', back],
  ] as const) {
    const port = await freePort();
    proxy.forwardTo(port);
    const [first] = nodes;
    const seeds = first ? [first.id] : [];
    nodes.push(
      await ChildNode.start(
        meshConfig(nodeName, { port, advertisePort: proxy.port, seeds, flapDamping: false }),
      ),
    );
  }
  const [n1, n2] = nodes;
  if (!n1 || !n2) throw new Error('there are two');
  const n3 = await ChildNode.start(meshConfig('n3', { seeds: [n1.id] }));
  await waitForMesh([n1, n2, n3], MESH_MS);
  return { n1, n2, n3, proxies: [front, back] };
}

/** Does it once, to a record of the link between the two, and remembers the record before. */
function once(
  between: readonly string[],
  act: (passing: Passing, before: Passing) => Uint8Array[] | null,
): Meddle {
  const before = new Map<boolean, Passing>();
  let isDone = false;
  return (passing) => {
    const isRecord = passing.type === FRAME.control && between.includes(passing.dialer);
    const previous = before.get(passing.isForward);
    if (isRecord) before.set(passing.isForward, passing);
    if (!isRecord || !previous || isDone) return [passing.bytes];
    const parts = act(passing, previous);
    isDone = parts !== null;
    return parts ?? [passing.bytes];
  };
}

const TAMPERINGS: readonly (readonly [string, () => Parameters<typeof once>[1]])[] = [
  [
    'flips a bit of the body',
    () =>
      ({ bytes }) => [flipBit(bytes, 9)],
  ],
  [
    'flips a bit of the tag',
    () =>
      ({ bytes }) => [flipBit(bytes, bytes.length - 1)],
  ],
  [
    'changes the type',
    () =>
      ({ bytes }) => [Uint8Array.from(bytes).fill(FRAME.data, 4, 5)],
  ],
  [
    'repeats a record',
    () =>
      ({ bytes }) => [bytes, bytes],
  ],
  [
    'repeats the record before',
    () =>
      ({ bytes }, before) => [before.bytes, bytes],
  ],
  ['drops a record', () => () => []],
  [
    'invents a record',
    () =>
      ({ bytes }) => [new Uint8Array([0, 0, 0, 32, 16, ...new Array(32).fill(7)]), bytes],
  ],
  [
    'sends a record back',
    () =>
      ({ bytes, reflect }) => {
        reflect(bytes);
        return [bytes];
      },
  ],
];

test('whatever a middleman does to records ends that link alone, and the nodes meet again', async () => {
  const { n1, n2, n3, proxies } = await startBetween();
  const start = n3.journal.mark;
  for (const [what, make] of TAMPERINGS) {
    const marks = [n1.journal.mark, n2.journal.mark] as const;
    const between = [n1.id, n2.id];
    const meddle = once(between, make());
    for (const proxy of proxies)
      proxy.meddle = (passing) =>
        between.includes(passing.dialer) ? meddle(passing) : [passing.bytes];
    const tampered = ({ cause }: { cause: string }) => cause === 'tampered';
    const noticed = await Promise.any([
      n1.journal.waitForEvent('session.closed', NOTICE_MS, { from: marks[0], where: tampered }),
      n2.journal.waitForEvent('session.closed', NOTICE_MS, { from: marks[1], where: tampered }),
    ]).catch((error: AggregateError) => {
      throw new Error(`${what}: ${error.errors[0]}`);
    });
    expect(between, what).toContain(noticed.nodeId);
    await Promise.all([
      n1.journal.waitForUp(n2.id, NOTICE_MS, marks[0]),
      n2.journal.waitForUp(n1.id, NOTICE_MS, marks[1]),
    ]);
    expect(await n1.ping(n2.id), what).toBe(true);
    expect(await n2.ping(n1.id), what).toBe(true);
  }
  expect(n3.journal.downs(start)).toEqual([]);
  expect(
    [n1, n2].flatMap(({ journal }) => journal.downs()).map(({ nodeId }) => nodeId),
  ).not.toContain(n3.id);
});

test('two records in the wrong order end the link', async () => {
  const { n1, n2, n3, proxies } = await startBetween();
  const start = n3.journal.mark;
  const between = [n1.id, n2.id];
  let kept: Passing | null = null;
  let isDone = false;
  const meddle: Meddle = (passing) => {
    const { type, dialer, bytes, isForward } = passing;
    if (isDone || type !== FRAME.control || !between.includes(dialer)) return [bytes];
    if (!kept) {
      kept = passing;
      return [];
    }
    if (kept.isForward !== isForward) return [bytes];
    isDone = true;
    return [bytes, kept.bytes];
  };
  const marks = [n1.journal.mark, n2.journal.mark] as const;
  for (const proxy of proxies) proxy.meddle = meddle;
  const where = ({ cause }: { cause: string }) => cause === 'tampered';
  await Promise.any([
    n1.journal.waitForEvent('session.closed', NOTICE_MS, { from: marks[0], where }),
    n2.journal.waitForEvent('session.closed', NOTICE_MS, { from: marks[1], where }),
  ]);
  await n1.journal.waitForUp(n2.id, NOTICE_MS, marks[0]);
  expect(n3.journal.downs(start)).toEqual([]);
});
