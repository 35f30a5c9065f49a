// Attaches the official XState inspector, @statelyai/inspect, over a WebSocket.
//
// With a browser: run `createInspectorServer()` of '@statelyai/inspect/server' instead of the
// small server here, and look at http://localhost:8080 while your service runs.
import { once } from 'node:events';
import { createWebSocketInspector, type StatelyInspectionEvent } from '@statelyai/inspect';
import { WebSocketServer } from 'ws';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

// ---- Stands for the inspector's user interface.
const uiPort = await freePort();
const ui = new WebSocketServer({ host: '127.0.0.1', port: uiPort });
await once(ui, 'listening');
const seen = new Map<string, number>();
const wanted = new Promise<void>((resolve) => {
  ui.on('connection', (socket) =>
    socket.on('message', (data) => {
      const event: StatelyInspectionEvent = JSON.parse(String(data));
      seen.set(event.type, (seen.get(event.type) ?? 0) + 1);
      if (event.type === '@xstate.actor') console.log(`an actor appears: ${label(event.name)}`);
      if (event.type === '@xstate.snapshot' && event.event.type === 'heartbeat') resolve();
    }),
  );
});

/** Without the port, which differs from run to run. */
function label(name: string): string {
  return name.replace(/@.*/, '');
}

// ---- What a service does.
const inspector = createWebSocketInspector({ url: `ws://127.0.0.1:${uiPort}` });
const cluster = createCluster();
await cluster.start({
  nodeName: 'inspected',
  host: '127.0.0.1',
  port: await freePort(),
  inspect: inspector.inspect,
});

// ---- Something to look at: another node comes.
const other = createCluster();
const seeds = [cluster.getLocalNodeId()];
await other.start({ nodeName: 'other', host: '127.0.0.1', port: await freePort(), seeds });
await wanted;
console.log(`kinds of events received: ${[...seen.keys()].sort().join(', ')}`);

await Promise.all([cluster.stop(), other.stop()]);
inspector.stop();
ui.close();
for (const socket of ui.clients) socket.terminate();
