// One machine, many processes, a full mesh:
//   node campaigns/scale/run.mjs [--nodes 50] [--idle-seconds 30] [--freeze] [--record]
import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort, withProcesses } from '../support/fleet.mjs';
import { atMost, exactly, unjudged } from '../support/goals.mjs';
import { flag, number, readOptions, whole } from '../support/options.mjs';
import { report } from '../support/report.mjs';

const values = readOptions({
  nodes: whole(50, { min: 2, max: 1_000 }),
  'mesh-seconds': number(10, { max: 3_600 }),
  'idle-seconds': number(30, { max: 3_600 }),
  /** Waits out the silence limit of a node that is stopped, not killed. */
  freeze: flag,
  interval: whole(5_000, { min: 10, max: 600_000 }),
  record: flag,
});
const size = values.nodes;
const idleMs = values['idle-seconds'] * 1_000;
const meshLimitMs = values['mesh-seconds'] * 1_000;
const heartbeatIntervalMs = values.interval;
const silenceLimitMs = 3 * heartbeatIntervalMs;
const SECRET = 'a secret for as many as there are';
const RSS_LIMIT_MB = 80;
const MAX_PENDING = 64;
/** Load, memory and the news of a crash are judged for as many as share two cores in reason. */
const MAX_JUDGED = 50;
const isJudged = size <= MAX_JUDGED;
const KILL_LIMIT_MS = isJudged ? 1_000 : 1.1 * silenceLimitMs;
const SETTLE_MS = 3_000;

let sinceSpawnMs = 0;
const rows = await withProcesses(async (boot) => {
  const nodes = Array.from({ length: size }, (_, index) => boot(`n${index}`));
  const seed = nodes[0];
  const port = await freePort();
  const config = { clusterSecret: SECRET, heartbeatIntervalMs, seeds: [`127.0.0.1:${port}`] };
  const started = nodes.map((node) =>
    node.start(node === seed ? { ...config, port } : config, size),
  );
  const [meshed] = await Promise.all([
    Promise.all(nodes.map((node) => node.meshed())),
    Promise.all(started),
  ]);
  const meshedAt = latest(meshed);
  sinceSpawnMs = meshedAt - seed.spawnedAt;
  const lastStartAt = latest(nodes.map((node) => node.messages.find(isStarting)));
  const counts = (await Promise.all(nodes.map((node) => node.ask('connectedIds')))).map(lengthOf);
  const links = counts.reduce((sum, count) => sum + count, 0) / 2;
  const early = await usageOf(nodes);
  const measured = [
    exactly('links of the full mesh', (size * (size - 1)) / 2, links),
    atMost('meshed after the last start()', meshLimitMs, meshedAt - lastStartAt, 'ms'),
    atMost('handshakes under way at the one seed', MAX_PENDING, early[0].maxPending),
    exactly('links that a node refused', 0, Math.max(...early.map(({ refused }) => refused))),
    ...(idleMs > 0 ? await idle(nodes) : []),
    exactly('nodeDown while nobody was gone', 0, nodes.flatMap((node) => node.downs()).length),
    await lost(nodes, 'SIGKILL', 0, KILL_LIMIT_MS),
  ];
  if (values.freeze) {
    const T = silenceLimitMs;
    measured.push(
      await lost(nodes.slice(0, -1), 'SIGSTOP', T - 1.1 * heartbeatIntervalMs, 1.1 * T),
    );
  }
  return measured;
});

report({
  name: `scale-${size}`,
  title: `${size} processes in a full mesh on one machine`,
  seeds: null,
  rows,
  notes: [
    `The mesh was complete ${(sinceSpawnMs / 1_000).toFixed(1)} s after the first process was spawned; that holds the
    start of ${size} times Node.js, a secret stretched ${size} times, and each module read ${size} times.`.replace(
      /\s+/g,
      ' ',
    ),
    'Bare Node.js takes 44 MB. The largest processes are those in which V8 has not collected since the mesh was made.',
    `All processes start at the same moment and know one seed, which starts with them; a secret is
    set, and heartbeats are sent every ${heartbeatIntervalMs} ms.`.replace(/\s+/g, ' '),
  ],
});

async function idle(nodes) {
  // Past the joining and the checks of advertised addresses.
  await wait(Math.min(SETTLE_MS, idleMs));
  const before = await usageOf(nodes);
  await wait(idleMs);
  const after = await usageOf(nodes);
  const cpuMs = after.reduce((sum, use, index) => sum + use.cpuMs - before[index].cpuMs, 0);
  const percent = (cpuMs / (after[0].at - before[0].at) / availableParallelism()) * 100;
  const rssMb = after.map(({ rssBytes }) => rssBytes / 1e6).sort((a, b) => a - b);
  return [
    judged(`load of all cores over ${idleMs / 1_000} idle seconds`, 20, percent, '%'),
    unjudged('memory of the median process (RSS)', rssMb[rssMb.length >> 1], 'MB'),
    judged('memory of the largest process (RSS)', RSS_LIMIT_MB, rssMb.at(-1), 'MB'),
  ];
}

function judged(what, limit, value, unit) {
  return isJudged ? atMost(what, limit, value, unit) : unjudged(what, value, unit);
}

/** The last node is hit; everybody else must tell, and about nobody else. */
async function lost(nodes, signal, earliestMs, latestMs) {
  const others = nodes.slice(0, -1);
  const victim = nodes.at(-1);
  const marks = others.map(({ mark }) => mark);
  const at = victim.kill(signal);
  const downs = await Promise.all(others.map((node, i) => node.down(victim.id, marks[i])));
  const wrong = others.flatMap((node, i) => node.downs(marks[i])).length - others.length;
  const times = downs.map((down) => down.at - at);
  const row = atMost(
    `nodeDown at all ${others.length} others after ${signal}`,
    latestMs,
    Math.max(...times),
    'ms',
  );
  return { ...row, ok: row.ok && wrong === 0 && Math.min(...times) >= earliestMs };
}

function usageOf(nodes) {
  return Promise.all(nodes.map((node) => node.ask('usage')));
}

function latest(messages) {
  return Math.max(...messages.map(({ at }) => at));
}

function isStarting({ type }) {
  return type === 'starting';
}

function lengthOf(list) {
  return list.length;
}
