import { describe, expect, test } from 'vitest';
import type { Entry, Journal } from '../support/journal.ts';
import { waitForMesh } from '../support/mesh.ts';
import { startInBadWeather } from './bad-weather.ts';
import { atMost, inForm, note, remark } from './figures.ts';

/** `npm run networks:loss` asks for half an hour. */
const WATCHED_MS = Number(process.env.CHARTMESH_LOSS_MS ?? inForm(6_000, 60_000));
const SEED = Number(process.env.CHARTMESH_SEED ?? 1);
const WEATHER = { delayMs: 50, jitterMs: 10, loss: 0.05, duplicate: 0.02, seed: SEED };
const OPTIONS = { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 3 };
const MESH_TIMEOUT_MS = 30_000;

const T = OPTIONS.heartbeatIntervalMs * OPTIONS.heartbeatMissThreshold;

/** What one node told in a span of time. */
function storyOf(journal: Journal, from: number, to: number): string {
  const told = journal.all((entry) => (entry.at >= from && entry.at <= to ? entry : undefined));
  return told
    .map(({ at, ...rest }) => `${(at - to).toFixed(0)} ${JSON.stringify(rest)}`)
    .join('\n');
}

const isDown = (entry: Entry) => (entry.type === 'down' ? entry : undefined);

describe('five hosts in bad weather', () => {
  test(`5 % loss, 50 ms +- 10: at most one wrong nodeDown in ${WATCHED_MS} ms (seed ${SEED})`, {
    timeout: WATCHED_MS + 90_000,
  }, async () => {
    const { nodes, means } = await startInBadWeather(WEATHER, OPTIONS);
    remark(`Bad weather is made by ${means}.`);
    const [first, second] = nodes;
    if (!first || !second) throw new Error('there are five');
    await waitForMesh(nodes, MESH_TIMEOUT_MS);
    const marks = nodes.map(({ journal }) => journal.mark);
    const trips = await first.roundTrips(second.id, 10);
    // There and back; less would mean that the weather is fine.
    expect(Math.min(...trips)).toBeGreaterThanOrEqual(2 * (WEATHER.delayMs - WEATHER.jitterMs));
    await new Promise((resolve) => setTimeout(resolve, WATCHED_MS));

    const downs = nodes.flatMap(({ journal }, index) => journal.all(isDown, marks[index]));
    // Without the story a number of wrong verdicts helps nobody.
    for (const [index, { journal }] of nodes.entries()) {
      for (const { at } of journal.all(isDown, marks[index])) {
        console.log(storyOf(journal, at - 2 * T, at + 1));
      }
    }
    // Whether it is the link that failed or the node, others can tell.
    const faults = nodes.flatMap(({ journal }, index) =>
      journal.events('link.fault', marks[index]),
    );
    atMost(
      '5 % loss: of these, not recognised as a fault of the link',
      0,
      downs.length - faults.length,
      'nodeDown',
    );
    const health = await Promise.all(nodes.map((node) => node.health({ timeoutMs: 10_000 })));
    note(
      '5 % loss: nodes that reach all others at the end',
      '5',
      `${health.filter(({ reachable }) => reachable.length === 4).length}`,
      health.every(({ reachable }) => reachable.length === 4),
    );
    const minutes = Math.round(WATCHED_MS / 6_000) / 10;
    atMost(
      `5 % loss, 50 ms +- 10, 2 % doubled, ${minutes} min: nodeDown of the living`,
      1,
      downs.length,
      'nodeDown',
    );
  });
});
