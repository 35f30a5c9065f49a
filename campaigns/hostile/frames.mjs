// Malformed frames and noise against the listener of one of three nodes that work.
import { setPriority } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { systemKeys } from '../../dist/system/keys.js';
import { seededRandom } from '../../dist/testing/index.js';
import { report } from '../support/report.mjs';
import { Barrage } from './support/barrage.mjs';
import { goal, losses, MEBIBYTE, mib, ms } from './support/goals.mjs';
import { Malformed } from './support/malformed.mjs';
import { SECRET } from './support/member.mjs';
import { Mesh } from './support/mesh.mjs';
import { options, replay } from './support/options.mjs';
import { recordHandshake } from './support/recording.mjs';

const chosen = options({
  full: { frames: 1_000_000, noise: 256, rate: 1_500, requests: 1_000, base: 20, warm: 20 },
  short: { frames: 2_500, noise: 8, rate: 1_000, base: 1.5, warm: 1 },
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
  // Whoever attacks from this very machine takes processor time that is not the node's.
  setPriority(19);
  // What code runs often is compiled in the first seconds, and memory pools grow once.
  await mesh.startRequests(chosen.requests);
  await barrage.fire(chosen.rate * chosen.warm, chosen.rate, () => malformed.next());
  await mesh.takeRequests();
  await wait(chosen.base * 1_000);
  const base = await mesh.takeRequests();
  const memoryBefore = await memory(mesh);
  const enough = enoughMemory(memoryBefore);
  await mesh.reset();
  const fired = barrage.sent;
  const seconds = await barrage.fire(chosen.frames, chosen.rate, () => malformed.next());
  const noisy = (chosen.noise * MEBIBYTE) / NOISE_BYTES;
  const noise = random.fork('noise');
  await barrage.fire(noisy, chosen.rate / 4, () => ({ says: [noise.bytes(NOISE_BYTES)] }));
  const during = await mesh.takeRequests();
  const [figures] = await mesh.figures();
  const after = await settled(mesh, enough);
  await mesh.stopRequests();
  const lost = await mesh.losses();
  const failures = [...base.failures, ...during.failures];
  // A short form has too few requests for the last hundredth to mean much.
  const allowedMs = Math.max(2 * base.p99Ms, chosen.isShort ? 25 : 0);
  const ratio = during.p99Ms / base.p99Ms;
  return {
    rows: [
      losses('crashes, nodeDown, sessions lost', lost),
      losses(`of ${during.count} requests during the attack, failed`, failures),
      goal('proofs accepted', 'none', barrage.accepted, barrage.accepted === 0),
      goal('connections not ended within 5 s', 'none', barrage.open, barrage.open === 0),
      goal(
        '99 % of requests are answered within',
        `${ms(allowedMs)}, twice the base${chosen.isShort ? ' or 25 ms' : ''}`,
        `${ms(during.p99Ms)}, ${ratio.toFixed(2)} times the base`,
        during.p99Ms <= allowedMs,
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
      `Three processes exchange ${chosen.requests} round trips per second between all pairs; the attackers run at the lowest priority and come from 5,000 loopback addresses.`,
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
  command: replay('frames', chosen),
  seeds: String(chosen.seed),
  rows,
  notes,
});
