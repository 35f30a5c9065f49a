// A service that is a node: it follows the membership, and says goodbye when it is told to end.
import { once } from 'node:events';
import { Cluster, createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

// Callbacks may be set before `start`; each `on...` returns the function that removes it again.
Cluster.onStatusChange((status) => console.log(`status: ${status}`));
Cluster.onNodeUp((node) => console.log(`node up: ${node.id.split('@')[0]}`));
Cluster.onNodeDown((id, reason) => console.log(`node down: ${id.split('@')[0]} (${reason})`));

// The library installs no signal handlers: how a process ends is the service's own business.
// `stop` says goodbye, so the others report graceful_shutdown instead of a lost connection. After
// it nothing keeps the process alive, so there is no need for process.exit().
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    console.log(`${signal}: leaving the cluster`);
    void Cluster.stop();
  });
}

await Cluster.start({
  nodeName: 'service',
  host: '127.0.0.1',
  port: await freePort(),
  clusterSecret: process.env.CLUSTER_SECRET ?? 'only for this example, never in source',
});

// ---- What follows stands for the rest of the world: a second node, and whoever sends SIGTERM.
const other = createCluster();
const goodbye = new Promise((resolve) => other.onNodeDown((_id, reason) => resolve(reason)));
await other.start({
  nodeName: 'other',
  host: '127.0.0.1',
  port: await freePort(),
  seeds: [Cluster.getLocalNodeId()],
  clusterSecret: process.env.CLUSTER_SECRET ?? 'only for this example, never in source',
});
const signalled = once(process, 'SIGTERM');
process.kill(process.pid, 'SIGTERM');
await signalled;
console.log(`the other node heard: ${await goodbye}`);
await other.stop();
