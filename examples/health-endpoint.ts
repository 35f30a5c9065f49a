// An HTTP endpoint for a load balancer or an orchestrator: 503 until the node runs, 200 after.
import { createServer, type ServerResponse } from 'node:http';
import { Cluster, createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const http = createServer((_request, response) => void answer(response));
const httpPort = await freePort();
http.listen(httpPort, '127.0.0.1');

async function answer(response: ServerResponse): Promise<void> {
  // Pings every connected node and never throws, also while the node is not running.
  const { isRunning, reachable, unreachable } = await Cluster.health({ timeoutMs: 1_000 });
  response.writeHead(isRunning ? 200 : 503, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({ status: Cluster.getStatus(), reachable: reachable.length, unreachable }),
  );
}

// ---- What follows asks the endpoint before, during and after a life of the node.
async function ask(when: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${httpPort}/health`);
  console.log(`${when}: ${response.status} ${await response.text()}`);
}

await ask('before start');
await Cluster.start({ nodeName: 'service', host: '127.0.0.1', port: await freePort() });
await ask('alone');

const other = createCluster();
const seeds = [Cluster.getLocalNodeId()];
const isUp = new Promise((resolve) => Cluster.onNodeUp(resolve));
await other.start({ nodeName: 'other', host: '127.0.0.1', port: await freePort(), seeds });
await isUp;
await ask('with another node');

await Cluster.stop();
await ask('after stop');
await other.stop();
http.close();
http.closeAllConnections();
