// The node that joins: starts, waits until the other one is up, stops, and so on.
import { createTestCluster } from '../../dist/testing/index.js';

process.on('message', async ({ config, count, warmUp }) => {
  const cluster = createTestCluster();
  const joinMs = [];
  let cpu = process.cpuUsage();
  for (let round = 0; round < warmUp + count; round += 1) {
    if (round === warmUp) cpu = process.cpuUsage();
    const met = new Promise((resolve) => {
      const stopWaiting = cluster.onNodeUp(() => {
        stopWaiting();
        resolve();
      });
    });
    const startedAt = performance.now();
    await cluster.start(config);
    await met;
    if (round >= warmUp) joinMs.push(performance.now() - startedAt);
    await cluster.stop();
  }
  const { user, system } = process.cpuUsage(cpu);
  process.send({ joinMs, cpuMs: (user + system) / 1_000 / count });
});
