// One node of the benchmark: obeys its parent, reports what happens with the machine's clock.
import { performance } from 'node:perf_hooks';
import { createTestCluster } from '../../dist/testing/index.js';

const totals = new Map();
const counters = {
  add: (name, by = 1) => totals.set(name, (totals.get(name) ?? 0) + by),
  get: (name) => totals.get(name) ?? 0,
};
const cluster = createTestCluster({ counters });
const now = () => performance.timeOrigin + performance.now();
const tell = (type, fields = {}) => process.send({ type, at: now(), ...fields });

cluster.connectedNodes$.subscribe((nodes) => tell('connected', { count: nodes.length }));
cluster.nodeDown$.subscribe(({ nodeId, reason }) => tell('down', { nodeId, reason }));

process.on('message', async (command) => {
  if (command.type === 'start') {
    tell('starting');
    await cluster.start(command.config);
    tell('started', { id: cluster.getLocalNodeId() });
  }
  if (command.type === 'usage') {
    const { user, system } = process.cpuUsage();
    tell('usage', {
      cpuMs: (user + system) / 1_000,
      rssBytes: process.memoryUsage.rss(),
      bytesOut: counters.get('bytes.out'),
      recordsOut: counters.get('records.out'),
    });
  }
  if (command.type === 'stop') {
    await cluster.stop();
    process.disconnect();
  }
});
tell('ready');
