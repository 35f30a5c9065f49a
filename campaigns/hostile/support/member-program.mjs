// A legitimate node in a process of its own: does what its parent says, and keeps count.
import { createTestCluster } from '../../../dist/testing/index.js';
import { Vigil } from '../../support/vigil.mjs';
import { Requests } from './requests.mjs';

const totals = new Map();
const add = (name, by = 1) => totals.set(name, (totals.get(name) ?? 0) + by);
const counters = { add, get: (name) => totals.get(name) ?? 0 };
const cluster = createTestCluster({ counters });
const vigil = new Vigil();
const requests = new Requests(cluster);
/** Names of those who mean harm, are invented, or have left: nobody minds their coming and going. */
const hostile = /^(evil|many|former)/;

const tell = (message) => process.connected && process.send(message);
const isLegitimate = (nodeId) => !hostile.test(nodeId);

// Of legitimate nodes: how long nothing was heard, at the most.
const heard = new Map();
let longestSilenceMs = 0;
const beats = setInterval(() => {
  if (cluster.getStatus() !== 'running') return;
  for (const { id, lastHeartbeatAt } of cluster.getConnectedNodes()) {
    const before = heard.get(id);
    if (!isLegitimate(id) || before === lastHeartbeatAt) continue;
    if (before) longestSilenceMs = Math.max(longestSilenceMs, lastHeartbeatAt - before);
    heard.set(id, lastHeartbeatAt);
  }
}, 20).unref();

let losses = [];
cluster.onNodeUp(({ id }) => isLegitimate(id) && tell({ type: 'up', nodeId: id }));
cluster.onNodeDown((nodeId, reason) => {
  heard.delete(nodeId);
  if (isLegitimate(nodeId)) losses.push(`nodeDown ${nodeId} ${reason}`);
});
cluster.events$.subscribe((event) => {
  if (event.type === 'session.closed') {
    if (isLegitimate(event.nodeId)) losses.push(`session of ${event.nodeId}: ${event.cause}`);
    else add(`ended ${event.cause}`);
  }
  if (event.type === 'session.opened') add('sessions opened');
  if (event.type === 'observer.failed' || event.type === 'warning') losses.push(String(event.code));
});

const commands = {
  async start(config) {
    await cluster.start(config);
    return cluster.getLocalNodeId();
  },
  stop: () => cluster.stop(),
  /** Why it did not work, or null. */
  refusal: (target) =>
    cluster.connect(target).then(
      () => null,
      ({ reason }) => reason,
    ),
  pingAll: async (ids) => (await Promise.all(ids.map((id) => cluster.ping(id)))).every(Boolean),
  startRequests: (targets, perSecond) => requests.start(targets, perSecond),
  takeRequests: () => requests.take(),
  endSpell: () => requests.endSpell(),
  stopRequests: () => requests.stop(),
  /** From here on. */
  reset() {
    vigil.reset();
    longestSilenceMs = 0;
    losses = [];
    totals.clear();
  },
  figures(collects) {
    if (collects) globalThis.gc();
    const { rss, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      rssBytes: rss,
      heldBytes: heapUsed + external,
      cpuMs: (user + system) / 1_000,
      longestGapMs: vigil.longestGapMs,
      longestStallMs: vigil.longestStallMs,
      longestSilenceMs,
      losses,
      totals: Object.fromEntries(totals),
      nodes: cluster.getNodes().length,
    };
  },
};

process.on('message', async ({ number, command, args }) => {
  try {
    tell({ type: 'reply', number, value: await commands[command](...args) });
  } catch (error) {
    tell({ type: 'reply', number, error: String(error) });
  }
});
// An orphan has nobody to work for.
process.on('disconnect', () => {
  clearInterval(beats);
  process.exit(1);
});
