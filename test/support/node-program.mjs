// One node in a process of its own. It does what its parent says over IPC and tells everything
// that happens. Nothing here ends the process after `stop`: it has to exit by itself.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Vigil } from '../../campaigns/support/vigil.mjs';
import { createTestCluster } from '../../dist/testing/index.js';
import { actorCommands, createActors } from './node-actors.mjs';
import { nameCommands } from './node-names.mjs';
import { registerStress, stressCommands } from './node-stress.mjs';

const actors = createActors();
registerStress(actors);
const cluster = createTestCluster({ actors });
const vigil = new Vigil();
let isLeaving = false;

const timeNow = () => performance.timeOrigin + performance.now();

function tell(message, done) {
  if (process.connected) process.send(message, done);
}

function note(entry) {
  tell({ type: 'entry', entry: { at: timeNow(), ...entry } });
}

cluster.status$.subscribe((status) => note({ type: 'status', status }));
cluster.events$.subscribe((event) => note({ type: 'event', event }));
cluster.onNodeUp(({ id }) => note({ type: 'up', nodeId: id }));
cluster.onNodeDown((nodeId, reason) => {
  const lastHeartbeatAt = cluster.getNode(nodeId)?.lastHeartbeatAt;
  const silenceMs = lastHeartbeatAt === undefined ? null : Date.now() - lastHeartbeatAt;
  note({ type: 'down', nodeId, reason, silenceMs });
});

// The longest round trip shows how long either end stood still.
let pinging = null;
let lastPings = null;

async function pingUntilStopped(target, pinged) {
  while (pinging === pinged) {
    const startedAt = performance.now();
    if (!(await cluster.ping(target))) pinged.failed += 1;
    pinged.count += 1;
    pinged.longestMs = Math.max(pinged.longestMs, performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function memory() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed + external };
}

const beats = new Map();
const watching = cluster.nodes$.subscribe((nodes) => {
  // Somebody floods the node with names: watching them all would be the stall that is looked for.
  if (nodes.length > 100) setImmediate(() => watching.unsubscribe());
  for (const { id, lastHeartbeatAt } of nodes) {
    if (beats.get(id) !== lastHeartbeatAt) note({ type: 'beat', nodeId: id });
    beats.set(id, lastHeartbeatAt);
  }
});

const commands = {
  ...actorCommands(actors),
  ...nameCommands(cluster),
  ...stressCommands(cluster),
  async start(config) {
    const calledAt = timeNow();
    await cluster.start(config);
    return { id: cluster.getLocalNodeId(), calledAt, resolvedAt: timeNow() };
  },
  async stop() {
    isLeaving = true;
    const calledAt = timeNow();
    await cluster.stop();
    return { calledAt, resolvedAt: timeNow() };
  },
  connect: (target, options) => cluster.connect(target, options),
  disconnect: (target) => cluster.disconnect(target),
  ping: (target, options) => cluster.ping(target, options),
  roundTrip: (target, options) => cluster.roundTrip(target, options),
  health: (options) => cluster.health(options),
  setSecrets: (secrets) => cluster.setSecrets(secrets),
  setTls: (tls) => cluster.setTls(tls),
  getNodes: () => cluster.getNodes(),
  memory,
  async roundTrips(target, count) {
    const times = [];
    while (times.length < count) times.push(await cluster.roundTrip(target));
    return times;
  },
  block(forMs) {
    const startedAt = performance.now();
    while (performance.now() - startedAt < forMs);
  },
  watchStalls: () => vigil.reset(),
  longestStallMs: () => vigil.longestStallMs,
  longestGapMs: () => vigil.longestGapMs,
  startPings(target) {
    pinging = { count: 0, failed: 0, longestMs: 0 };
    lastPings = pingUntilStopped(target, pinging);
  },
  async stopPings() {
    const pinged = pinging;
    pinging = null;
    // The one under way may be the longest.
    await lastPings;
    return pinged;
  },
};

process.on('message', async ({ number, command, args }) => {
  const reply = { type: 'reply', number, ok: true };
  try {
    reply.value = await commands[command](...args);
  } catch (error) {
    reply.ok = false;
    reply.error = { message: error.message, code: error.code, reason: error.reason };
  }
  // The channel would keep the process alive; once it is gone, only the node could.
  tell(reply, () => isLeaving && command === 'stop' && process.disconnect());
});

// An orphan has nobody to work for.
process.on('disconnect', () => {
  if (!isLeaving) process.exit(1);
});
tell({ type: 'ready' });
