/** What the tests of real networks share: whether they can run, and nodes that notice quickly. */
import { describe, test } from 'vitest';
import type { ClusterConfig } from '../../src/index.ts';
import type { ChildNode } from '../support/child-node.ts';
import type { Entry } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';
import type { Host, Lab } from '../support/network-lab.ts';
import { namespaceProblem } from '../support/network-namespace.ts';
import { inForm, isFull } from './figures.ts';

const problem = namespaceProblem();

/** Without namespaces skipped with the reason; in CI and by command that is a failure. */
export function describeNetworks(name: string, tests: () => void): void {
  if (problem === null) describe(name, tests);
  else if (process.env.CI === undefined && !isFull) {
    console.log(`skipped: ${name} (${problem})`);
    describe.skip(`${name} (${problem})`, tests);
  } else {
    test(name, () => {
      throw new Error(problem);
    });
  }
}

/** 200 ms x 3: the silence limit T is 600 ms. */
export const QUICK = {
  heartbeatIntervalMs: 200,
  heartbeatMissThreshold: 3,
  reconnectBaseDelayMs: 100,
  reconnectMaxDelayMs: 1_000,
  clusterSecret: 'a secret for hosts of their own',
  // Here nodes come and go as often as the tests like.
  flapDamping: false,
} satisfies Partial<ClusterConfig>;
export const T = 600;
/**
 * 1.1 T on a machine with nothing else to do. In the gate it has: a timer that is less than 100 ms
 * late is not noticed as a pause by the node itself, so no test can tell it from a late verdict.
 */
export const LATEST_MS = inForm(760, 660);

/** Both ends of a span are whole milliseconds of the wall clock. */
export const ROUNDING_MS = 1;

export interface Meshed {
  readonly nodes: readonly ChildNode[];
  readonly hosts: readonly Host[];
}

/** One node on each of the first hosts, all connected and with regular heartbeats. */
export async function meshOn(
  lab: Lab,
  config: Partial<ClusterConfig> = QUICK,
  count = lab.hosts.length,
): Promise<Meshed> {
  const nodes = await lab.startAll(config, count);
  await waitForMesh(nodes, 10_000);
  await Promise.all(
    nodes.flatMap(({ id, journal }) =>
      nodes.filter((node) => node.id !== id).map((node) => journal.waitForBeat(node.id, 10_000)),
    ),
  );
  return { nodes, hosts: lab.hosts };
}

export const isChange = (entry: Entry) =>
  entry.type === 'up' || entry.type === 'down' ? entry : undefined;

/** Every pair of different elements, in both orders. */
export function pairs<X>(elements: readonly X[]): readonly (readonly [X, X])[] {
  return elements.flatMap((a) => elements.filter((b) => b !== a).map((b) => [a, b] as const));
}
