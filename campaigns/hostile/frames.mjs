// Malformed frames and noise against the listener of one of three nodes that work.
import { setTimeout as wait } from 'node:timers/promises';
import { systemKeys } from '../../dist/parts.js';
import { seededRandom } from '../../dist/testing/index.js';
import { report } from '../support/report.mjs';
import { Barrage } from './support/barrage.mjs';
import { goal, losses, MEBIBYTE, mib, ms } from './support/goals.mjs';
import { Malformed } from './support/malformed.mjs';
import { SECRET } from './support/member.mjs';
import { Mesh } from './support/mesh.mjs';
import { options } from './support/options.mjs';
import { stepBack, stepBackAtOnce } from './support/priority.mjs';
import { recordHandshake } from './support/recording.mjs';

const chosen = options({
  full: { frames: 1_000_000, noise: 256, rate: 1_000, requests: 1_000, base: 20, warm: 20 },
  short: { frames: 1_500, noise: 4, rate: 1_000, base: 1.5, warm: 0.5 },
});
const NOISE_BYTES = 65_536;
const SETTLE_MS = 30_000;
/** At the limits that are the default the same frames would take over an hour. */
const OPEN_DOORS = {
  acceptsPerSecond: 1_000_000,
  acceptBurst: 1_000_000,
  maxFailuresPerAddress: 1_000_000,
};

const random = seededRandom(chosen.seed);

async function attacked(mesh) {
  const { port } = mesh.victim;
  const psk = systemKeys.stretch(Buffer.from(SECRET), 'default');
  const recorded = [];
  for (let n = 0; n < 8; n += 1) recorded.push(await recordHandshake(port, psk));
  const malformed = new Malformed(random.fork('frames'), recorded);
  const barrage = new Barrage(port);
  const isIdle = !chosen.isShort && stepBackAtOnce();
  if (chosen.isShort) stepBack();
  // What code runs often is compiled in the first seconds, and memory pools grow once.
  await mesh.startRequests(chosen.requests);
  await barrage.fire(chosen.rate * chosen.warm, chosen.rate, () => malformed.next());
  await mesh.takeRequests();
  const base = await mesh.watchRequests(() => wait(chosen.base * 1_000));
  const memoryBefore = await memory(mesh);
  const enough = enoughMemory(memoryBefore);
  await mesh.reset();
  const fired = barrage.sent;
  const noisy = (chosen.noise * MEBIBYTE) / NOISE_BYTES;
  const noise = random.fork('noise');
  let seconds = 0;
  const during = await mesh.watchRequests(async () => {
    seconds = await barrage.fire(chosen.frames, chosen.rate, () => malformed.next());
    await barrage.fire(noisy, chosen.rate / 4, () => ({ says: [noise.bytes(NOISE_BYTES)] }));
  });
  const [figures] = await mesh.figures();
  const after = await settled(mesh, enough);
  await mesh.stopRequests();
  const lost = await mesh.losses();
  const failures = [...base.failures, ...during.failures];
  // In a short form one moment in which somebody else has the processor is the last hundredth.
  const name = chosen.isShort ? 'typicalP99Ms' : 'p99Ms';
  const allowedMs = Math.max(2 * base[name], chosen.isShort ? 25 : 0);
  const ratio = during[name] / base[name];
  return {
    rows: [
      losses('crashes, nodeDown, sessions lost', lost),
      losses(`of ${during.count} requests during the attack, failed`, failures),
      goal('proofs accepted', 'none', barrage.accepted, barrage.accepted === 0),
      goal('connections not ended within 5 s', 'none', barrage.open, barrage.open === 0),
      goal(
        `99 % of requests${chosen.isShort ? ' of half the spells of 250 ms' : ''} are answered within`,
        `${ms(allowedMs)}, twice the base${chosen.isShort ? ' or 25 ms' : ''}`,
        `${ms(during[name])}, ${ratio.toFixed(2)} times the base`,
        during[name] <= allowedMs,
      ),
      goal(
        'longest stall',
        'at most 150 ms',
        ms(figures.longestStallMs),
        figures.longestStallMs <= 150,
      ),
      goal(
        chosen.isShort ? 'heap after a collection' : 'resident memory within 30 s',
        `at most ${mib(enough)}, from ${mib(memoryBefore)} before`,
        mib(after.bytes),
        after.bytes <= enough,
      ),
    ],
    notes: [
      `${barrage.sent - fired - noisy} frames of ${malformed.classes} classes at ${Math.round(chosen.frames / seconds)} per second, then ${chosen.noise} MiB of noise in pieces of 64 KiB.`,
      `Three processes exchange ${chosen.requests} round trips per second between all pairs; the attackers run ${isIdle ? 'only when a core is idle' : 'at the lowest priority'} and come from 5,000 loopback addresses.`,
      `The limits acceptsPerSecond, acceptBurst and maxFailuresPerAddress are raised to 1,000,000, or most frames would be refused unread.`,
      `Base: median ${ms(base.p50Ms)}, longest ${ms(base.longestMs)}; during: median ${ms(during.p50Ms)}, longest ${ms(during.longestMs)}. Memory was back after ${ms(after.afterMs)}, at its peak ${mib(figures.rssBytes)}.`,
    ],
  };
}

/** A process takes seconds to reach its size: the short form looks at what is in use instead. */
async function memory(mesh) {
  const [{ heldBytes, rssBytes }] = await mesh.figures(chosen.isShort);
  return chosen.isShort ? heldBytes : rssBytes;
}

function enoughMemory(beforeBytes) {
  return chosen.isShort ? beforeBytes + 4 * MEBIBYTE : beforeBytes * 1.1;
}

/** The memory once it is low enough, or after the time it has for that. */
async function settled(mesh, enoughBytes) {
  const startedAt = performance.now();
  for (;;) {
    const bytes = await memory(mesh);
    const afterMs = performance.now() - startedAt;
    if (bytes <= enoughBytes || afterMs > SETTLE_MS) return { bytes, afterMs };
    await wait(250);
  }
}

const { rows, notes } = await Mesh.with({ limits: OPEN_DOORS }, attacked);
report({
  name: 'hostile-frames',
  title: 'A million malformed frames and noise against a node that works',
  seeds: String(chosen.seed),
  rows,
  notes,
});
