// One node in a process of its own, for campaigns: does what its parent says, tells what happens.
import { LocalCluster, systemPorts } from '../../dist/parts.js';
import { counting } from './counting.mjs';

const totals = new Map();
const counters = {
  add: (name, by = 1) => totals.set(name, (totals.get(name) ?? 0) + by),
  get: (name) => totals.get(name) ?? 0,
};
const door = counting(systemPorts().network);
const ports = { ...systemPorts(), allowPortZero: true, counters, network: door.network };
const cluster = new LocalCluster(ports);
/** Only for campaigns with requests: memory is measured in the others. */
let load;
/** A mesh of this size is told of, once. */
let awaitedSize = Number.POSITIVE_INFINITY;
const connected = new Set();

const timeNow = () => performance.timeOrigin + performance.now();
const tell = (type, fields = {}) =>
  process.connected && process.send({ type, at: timeNow(), ...fields });

function lookAtSize() {
  if (connected.size + 1 < awaitedSize) return;
  awaitedSize = Number.POSITIVE_INFINITY;
  tell('meshed', { cpuMs: cpuMs() });
}

function cpuMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

cluster.onNodeUp(({ id }) => {
  connected.add(id);
  if (awaitedSize === Number.POSITIVE_INFINITY) tell('up', { nodeId: id });
  else lookAtSize();
});
cluster.onNodeDown((nodeId, reason) => {
  connected.delete(nodeId);
  tell('down', { nodeId, reason });
});
cluster.events$.subscribe((event) => {
  if (event.type === 'session.opened' && event.initiator === 'remote') door.settled(event.address);
  if (event.type === 'session.closed') tell('closed', { nodeId: event.nodeId, cause: event.cause });
  if (event.type === 'timer.late') tell('late', { lagMs: event.lagMs });
});

const commands = {
  async start(config, size) {
    awaitedSize = size ?? awaitedSize;
    tell('starting', { cpuMs: cpuMs() });
    await cluster.start(config);
    return cluster.getLocalNodeId();
  },
  stop: () => cluster.stop(),
  connectedIds: () => cluster.getConnectedNodes().map(({ id }) => id),
  setSecrets: (secrets) => cluster.setSecrets(secrets),
  secretUse: () => cluster.getSecretUse(),
  async aim(targets, everyMs) {
    const { Load } = await import('./load.mjs');
    load ??= new Load(cluster);
    return load.aim(targets, everyMs);
  },
  usage: () => ({
    at: timeNow(),
    cpuMs: cpuMs(),
    rssBytes: process.memoryUsage.rss(),
    maxPending: door.maxPending,
    refused: counters.get('links.refused'),
    recordsOut: counters.get('records.out'),
    bytesOut: counters.get('bytes.out'),
  }),
};

process.on('message', async ({ number, command, args }) => {
  try {
    tell('reply', { number, value: await commands[command](...args) });
  } catch (error) {
    tell('reply', { number, error: String(error) });
  }
});
// An orphan has nobody to work for; one that left the cluster exits because nothing holds it.
process.on('disconnect', () => {
  if (cluster.getStatus() !== 'stopped') process.exit(1);
});
