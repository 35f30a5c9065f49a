// One node of the demo. Started by demo.mjs it reports to its parent; started by hand it prints:
//
//   node scripts/demo/node.mjs --name d --seed a@127.0.0.1:4369 [--port 4372]
import { parseArgs } from 'node:util';
import { createCluster } from '../../dist/index.js';
import { watchCharts } from './charts.mjs';
import { freePort } from './free-port.mjs';
import { MOVE_HEADER, moveLine } from './lines.mjs';

const { values: options } = parseArgs({
  options: {
    name: { type: 'string' },
    port: { type: 'string' },
    seed: { type: 'string', multiple: true, default: [] },
  },
});
if (!options.name) {
  console.error('usage: node scripts/demo/node.mjs --name d --seed a@127.0.0.1:4369 [--port 4372]');
  process.exit(2);
}

const startedMs = clockMs();
const isChild = process.send !== undefined;
const cluster = createCluster();

// Everything the parent or the reader is told.
cluster.onNodeUp(({ id }) => tell({ type: 'up', id }));
cluster.onNodeDown((id, reason) => tell({ type: 'down', id, reason }));
cluster.events$.subscribe((event) => {
  if (event.type === 'session.opened') tell({ type: 'life', id: event.nodeId, uid: event.uid });
});

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, onSignal);
if (isChild) {
  process.on('message', (message) => message === 'stop' && leave());
  // The parent is gone, whatever the reason: no node outlives the demo.
  process.on('disconnect', leave);
}

try {
  await cluster.start({
    nodeName: options.name,
    host: '127.0.0.1',
    port: options.port === undefined ? await freePort() : Number(options.port),
    seeds: options.seed,
    // A demo may have its secret in the source; a service takes it from its environment.
    clusterSecret: 'the secret of the chartmesh demo',
    heartbeatIntervalMs: 1_000,
    inspect: watchCharts((move) => tell({ type: 'move', ...move })),
  });
  tell({ type: 'running', id: cluster.getLocalNodeId() });
} catch (error) {
  tell({ type: 'failed', message: error.message });
  process.exitCode = 1;
  if (isChild) process.disconnect();
}

function tell(message) {
  if (!isChild) return print(message);
  if (process.connected) process.send({ ...message, atMs: clockMs() });
}

function print(message) {
  const atMs = clockMs() - startedMs;
  switch (message.type) {
    case 'move':
      return console.log(moveLine({ ...message, atMs, node: options.name }));
    case 'running':
      return console.log(`\n${message.id} is running; Ctrl+C ends it.\n\n${MOVE_HEADER}`);
    case 'failed':
      return console.error(message.message);
    default:
  }
}

/** Ctrl+C reaches the children too; they wait for what the parent says. */
function onSignal(signal) {
  if (!isChild || signal === 'SIGTERM') leave();
}

/** After stop() nothing keeps the process but the channel to its parent. */
async function leave() {
  await cluster.stop();
  if (isChild && process.connected) process.disconnect();
}

/** Comparable between processes of one machine, unlike performance.now(). */
function clockMs() {
  return performance.timeOrigin + performance.now();
}
