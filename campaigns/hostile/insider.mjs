// Bodies that are signed as they should be, by somebody who knows the secret and means harm.
import { systemKeys } from '../../dist/parts.js';
import { seededRandom } from '../../dist/testing/index.js';
import { report } from '../support/report.mjs';
import { Bodies } from './support/bodies.mjs';
import { goal, losses, mib, ms } from './support/goals.mjs';
import { Insider } from './support/insider.mjs';
import { SECRET } from './support/member.mjs';
import { Mesh } from './support/mesh.mjs';
import { options } from './support/options.mjs';

const chosen = options({
  full: { bodies: 100_000, insiders: 6, requests: 200 },
  short: { bodies: 420 },
});
const MAX_STALL_MS = 150;
/** Each body that ends its session needs another handshake. */
const OPEN_DOORS = { acceptsPerSecond: 100_000, acceptBurst: 100_000 };

const random = seededRandom(chosen.seed);
const psk = systemKeys.stretch(Buffer.from(SECRET), 'default');
const wrong = [];
const expected = new Map();

/** One insider after the other under one name, until so many bodies are sent. */
async function misbehave(mesh, number, count) {
  const { port } = mesh.victim;
  const join = () => Insider.join(port, `evil${number}`, psk, `127.0.6.${number + 1}`);
  let insider = await join();
  const bodies = new Bodies(random.fork(`insider ${number}`), mesh.ids, insider.peer.uid);
  for (let sent = 0; sent < count; sent += 1) {
    if (insider.isClosed) insider = await join();
    const { body, type, ends } = bodies.next();
    insider.send(body, type);
    const isHeard = await insider.isHeard();
    if (isHeard === (ends === null)) {
      if (ends) expected.set(ends, (expected.get(ends) ?? 0) + 1);
      continue;
    }
    const start = Buffer.from(body.subarray(0, 40)).toString('hex');
    wrong.push(`insider ${number}, body ${sent} (${start}): ${ends ?? 'goes on'}, yet it did not`);
  }
  await insider.leave();
}

async function attacked(mesh) {
  await mesh.startRequests(chosen.requests);
  await mesh.takeRequests();
  await mesh.reset();
  const [before] = await mesh.figures(true);
  const startedAt = performance.now();
  const share = Math.ceil(chosen.bodies / chosen.insiders);
  await Promise.all(
    Array.from({ length: chosen.insiders }, (_, number) => misbehave(mesh, number, share)),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const requests = await mesh.takeRequests();
  await mesh.stopRequests();
  const lost = await mesh.losses();
  const figures = await mesh.figures(true);
  const stallMs = Math.max(...figures.map(({ longestStallMs }) => longestStallMs));
  const { totals, nodes } = figures[0];
  const causes = [...expected].map(([cause, count]) => {
    const seen = totals[`ended ${cause}`] ?? 0;
    return goal(`sessions ended as ${cause}`, `${count}`, `${seen}`, seen === count);
  });
  return {
    rows: [
      losses('exits, nodeDown, sessions lost among the others', lost),
      losses(
        `of ${share * chosen.insiders} bodies, answered otherwise than the protocol says`,
        wrong,
      ),
      ...causes,
      losses(`of ${requests.count} requests meanwhile, failed`, requests.failures),
      goal('longest stall of any node', 'at most 150 ms', ms(stallMs), stallMs <= MAX_STALL_MS),
      goal('nodes in the view', 'at most 2,048', nodes, nodes <= 2_048),
    ],
    notes: [
      `${chosen.insiders} insiders at once, ${Math.round((share * chosen.insiders) / seconds)} bodies per second, each followed by a ping.`,
      'A stall is counted in processor time of the stalled process itself between two turns.',
      `The heap grew by ${mib(figures[0].heldBytes - before.heldBytes)}, with what is known of invented nodes. The accept rate is raised to 100,000.`,
    ],
  };
}

const { rows, notes } = await Mesh.with({ limits: OPEN_DOORS }, attacked);
report({
  name: 'hostile-insider',
  title: 'Hostile content under valid signatures',
  seeds: String(chosen.seed),
  rows,
  notes,
});
