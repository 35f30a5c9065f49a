// Three nodes in one process: a chain of seeds becomes a full mesh, and one node leaves.
import { filter, firstValueFrom } from 'rxjs';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const [a, b, c] = [createCluster(), createCluster(), createCluster()];
const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };

a.nodeUp$.subscribe(({ id }) => console.log(`a: ${nameOf(id)} is up`));
a.nodeDown$.subscribe(({ nodeId, reason }) =>
  console.log(`a: ${nameOf(nodeId)} is down, ${reason}`),
);

await a.start({ ...common, nodeName: 'a', port: await freePort() });
await b.start({ ...common, nodeName: 'b', port: await freePort(), seeds: [a.getLocalNodeId()] });
await c.start({ ...common, nodeName: 'c', port: await freePort(), seeds: [b.getLocalNodeId()] });

// c was told of b alone, and has learned of a from b.
for (const cluster of [a, b, c]) {
  const nodes = await firstValueFrom(
    cluster.connectedNodes$.pipe(filter((all) => all.length === 2)),
  );
  const names = nodes.map(({ id }) => nameOf(id)).join(' and ');
  console.log(`${nameOf(cluster.getLocalNodeId())} is connected to ${names}`);
}

const goodbye = firstValueFrom(a.nodeDown$);
await c.stop();
await goodbye;
await Promise.all([a.stop(), b.stop()]);
console.log('all stopped');

function nameOf(id: string): string {
  return id.slice(0, id.indexOf('@'));
}
