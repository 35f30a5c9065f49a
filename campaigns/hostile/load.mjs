// Many strangers at once, as long as they like: members stay, and newcomers get in.
import { setTimeout as wait } from 'node:timers/promises';
import { report } from '../support/report.mjs';
import { Crowd } from './support/crowd.mjs';
import { goal, losses, MEBIBYTE, mib, ms, percent } from './support/goals.mjs';
import { Member } from './support/member.mjs';
import { Mesh } from './support/mesh.mjs';
import { options } from './support/options.mjs';

const chosen = options({
  full: { slow: 500, connections: 1_000, seconds: 60, joins: 10 },
  short: { slow: 128, connections: 500, seconds: 2, joins: 1 },
});
const HEARTBEAT_MS = 1_000;
const GOALS = { cutMs: 3_000, joinMs: 2_000, heldBytes: 16 * MEBIBYTE, share: 0.3, stallMs: 150 };
const SOURCES = chosen.isShort
  ? ['from 250 addresses']
  : ['from 8 addresses', 'from 250 addresses', 'each from a new address'];

const crowd = new Crowd();
const rows = [];
const notes = [];

async function slowly(mesh) {
  const { latestCutMs, cut } = await crowd.ask('slowLoris', mesh.victim.port, chosen.slow);
  const isMet = cut === chosen.slow && latestCutMs <= GOALS.cutMs;
  const measured = `${cut} cut, the last after ${ms(latestCutMs)}`;
  rows.push(
    goal(`${chosen.slow} sockets at 1 byte a second: the last is cut`, 'by 3 s', measured, isMet),
    losses('the same: nodeDown, sessions lost', await mesh.losses()),
  );
}

async function flooded(mesh, source) {
  const joiners = Array.from({ length: chosen.joins }, (_, at) => new Member(`guest${at}`));
  mesh.keep(joiners);
  const [before] = await mesh.figures(true);
  const calm = await shareDuring(mesh, () => wait(chosen.isShort ? 300 : 3_000));
  await mesh.reset();
  await crowd.ask('startFlood', mesh.victim.port, chosen.connections, source, chosen.seed);
  let joins;
  const share = await shareDuring(mesh, async () => {
    joins = await joinOneByOne(mesh, joiners, before.heldBytes);
  });
  const { attempts } = await crowd.ask('endFlood');
  judge(`flood ${source}`, { share, ...joins, lost: await mesh.losses() }, await mesh.figures());
  const perSecond = Math.round(attempts / chosen.seconds);
  notes.push(
    `Flood ${source}: ${chosen.connections} at a time, ${perSecond} connections per second; without it the node takes ${percent(calm)} of a core.`,
  );
}

/** At even distances, during the whole time of the flood. */
async function joinOneByOne(mesh, joiners, heldBefore) {
  const startedAt = performance.now();
  const all = { latestJoinMs: 0, heldBytes: 0 };
  const spellMs = (chosen.seconds * 1_000) / joiners.length;
  for (const [at, joiner] of joiners.entries()) {
    await wait(startedAt + (at + 0.5) * spellMs - performance.now());
    all.latestJoinMs = Math.max(all.latestJoinMs, await join(mesh, joiner));
    const [{ heldBytes }] = await mesh.figures(true);
    all.heldBytes = Math.max(all.heldBytes, heldBytes - heldBefore);
  }
  await wait(startedAt + chosen.seconds * 1_000 - performance.now());
  return all;
}

/** Until it has met everybody and the three first ones it. */
async function join(mesh, joiner) {
  const calledAt = performance.now();
  const config = { heartbeatIntervalMs: HEARTBEAT_MS, joinTimeoutMs: 15_000 };
  const present = [...mesh.members];
  await joiner.start({ ...config, seeds: [mesh.victim.id] });
  mesh.members.push(joiner);
  const ups = [
    ...present.map(({ id }) => joiner.up(id)),
    ...present.slice(0, 3).map((member) => member.up(joiner.id)),
  ];
  try {
    return Math.max(...(await Promise.all(ups))) - calledAt;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** What part of one core the attacked node took meanwhile. */
async function shareDuring(mesh, work) {
  const [{ cpuMs }] = await mesh.figures();
  const startedAt = performance.now();
  await work();
  const [after] = await mesh.figures();
  return (after.cpuMs - cpuMs) / (performance.now() - startedAt);
}

function judge(what, { share, latestJoinMs, heldBytes, lost }, figures) {
  const [{ longestStallMs: stallMs }] = figures;
  const silences = figures.slice(0, 3).map(({ longestSilenceMs }) => longestSilenceMs);
  const silenceMs = Math.max(...silences);
  const late = `at most ${2 * HEARTBEAT_MS} ms (one interval late)`;
  rows.push(
    losses(`${what}: nodeDown, sessions lost`, lost),
    goal(`${what}: silence between heartbeats`, late, ms(silenceMs), silenceMs <= 2 * HEARTBEAT_MS),
    goal(
      `${what}: slowest of ${chosen.joins} joins`,
      'below 2 s',
      ms(latestJoinMs),
      latestJoinMs < GOALS.joinMs,
    ),
    goal(`${what}: memory held`, 'below 16 MiB', mib(heldBytes), heldBytes < GOALS.heldBytes),
    goal(`${what}: of one core`, 'below 30 %', percent(share), share < GOALS.share),
    goal(`${what}: longest stall`, 'at most 150 ms', ms(stallMs), stallMs <= GOALS.stallMs),
  );
}

try {
  if (!chosen.isShort) await Mesh.with({ heartbeatIntervalMs: HEARTBEAT_MS }, slowly);
  for (const source of SOURCES) {
    await Mesh.with({ heartbeatIntervalMs: HEARTBEAT_MS }, async (mesh) => {
      if (chosen.isShort) await slowly(mesh);
      await flooded(mesh, source);
    });
  }
} finally {
  crowd.end();
}
notes.push(
  'The newcomers come from an address at which members have been seen, as after a restart.',
);
report({
  name: 'hostile-load',
  title: 'Strangers that hold sockets open, and floods of connections without the secret',
  seeds: String(chosen.seed),
  rows,
  notes,
});
