// Prints every transition of the charts of one node: its own life, its seed and its peer.
import type { InspectionEvent } from 'xstate';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const states = new Map<string, string>();

function inspect(event: InspectionEvent): void {
  if (event.type !== '@xstate.snapshot' || !('value' in event.snapshot)) return;
  const chart = chartName(event);
  const state = JSON.stringify(event.snapshot.value);
  if (states.get(chart) === state) return;
  console.log(`${chart.padEnd(7)} ${event.event.type.padEnd(22)} -> ${state}`);
  states.set(chart, state);
}

/** The root is the node's own life; its children are called `seed:...` and `peer:...`. */
function chartName({ actorRef, rootId }: InspectionEvent): string {
  if (actorRef.sessionId === rootId) return 'cluster';
  return 'id' in actorRef ? String(actorRef.id).slice(0, 4) : '?';
}

const first = createCluster();
await first.start({ nodeName: 'first', host: '127.0.0.1', port: await freePort() });

const watched = createCluster();
const isUp = new Promise((resolve) => watched.onNodeUp(resolve));
const isDown = new Promise((resolve) => watched.onNodeDown(resolve));
const seeds = [first.getLocalNodeId()];
await watched.start({
  nodeName: 'watched',
  host: '127.0.0.1',
  port: await freePort(),
  seeds,
  inspect,
});
await isUp;
await first.stop();
await isDown;
await watched.stop();
