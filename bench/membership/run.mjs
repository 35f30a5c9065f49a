// Membership: how fast a mesh forms, how fast a loss is noticed, what an idle node costs.
//   node bench/membership/run.mjs [--rounds 5] [--idle-seconds 10] [--json file]
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { readOptions, text, whole } from '../../campaigns/support/options.mjs';
import { machine } from '../support/machine.mjs';
import { BenchNode, endFleet, startFleet } from './fleet.mjs';

const { rounds, json, ...rest } = readOptions({
  rounds: whole(5, { max: 1_000 }),
  'idle-seconds': whole(10, { max: 3_600 }),
  json: text(undefined, 'the name of a file', (name) => name !== ''),
});
const idleMs = rest['idle-seconds'] * 1_000;
const now = () => performance.timeOrigin + performance.now();
const SECRET = 'a benchmark secret of 32 bytes!!';

const results = {
  machine: machine(),
  mesh: [],
  detection: [],
  idle: [],
};

function spread(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const round = (value) => Math.round(value * 10) / 10;
  return {
    median: round(sorted[Math.floor(sorted.length / 2)]),
    min: round(sorted[0]),
    max: round(sorted.at(-1)),
  };
}

async function measureMesh() {
  for (const size of [2, 5, 10]) {
    for (const secret of [undefined, SECRET]) {
      const times = [];
      for (let round = 0; round < rounds; round++) {
        const { nodes, meshMs } = await startFleet(size, { clusterSecret: secret });
        times.push(meshMs);
        await endFleet(nodes);
      }
      const row = { processes: size, secret: secret !== undefined, ...spread(times) };
      results.mesh.push(row);
      print(row);
    }
  }
}

async function measureDetection() {
  const settings = { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 2 };
  for (const signal of ['SIGKILL', 'SIGSTOP']) {
    const times = [];
    for (let round = 0; round < rounds; round++) {
      const { nodes } = await startFleet(5, { clusterSecret: SECRET, ...settings });
      const victim = nodes.at(-1);
      const others = nodes.slice(0, -1);
      const at = now();
      victim.kill(signal);
      const downs = await Promise.all(
        others.map((node) => node.message(({ type }) => type === 'down')),
      );
      times.push(...downs.map((down) => down.at - at));
      await endFleet(nodes);
    }
    const expected = signal === 'SIGKILL' ? 'connection_closed' : 'heartbeat_timeout, T = 2000 ms';
    const row = { fault: signal, seenAs: expected, nodes: 5, ...spread(times) };
    results.detection.push(row);
    print(row);
  }
}

async function measureIdle() {
  const bare = await bareProcessBytes();
  for (const size of [2, 5, 10]) {
    // One second between beats, so that a short window holds enough of them.
    const beats = { heartbeatIntervalMs: 1_000, heartbeatMissThreshold: 5 };
    const { nodes } = await startFleet(size, { clusterSecret: SECRET, ...beats });
    // Past the joining and the check of the advertised addresses.
    await wait(3_000);
    const before = await usageOf(nodes);
    await wait(idleMs);
    const after = await usageOf(nodes);
    const elapsedMs = after[0].at - before[0].at;
    const sum = (field) =>
      after.reduce((total, use, i) => total + use[field] - before[i][field], 0);
    const row = {
      processes: size,
      heartbeatMs: 1_000,
      cpuPercentPerNode: Math.round((sum('cpuMs') / elapsedMs / size) * 10_000) / 100,
      rssMiBPerNode: Math.round(Math.max(...after.map(({ rssBytes }) => rssBytes)) / 2 ** 20),
      bareNodeMiB: Math.round(bare / 2 ** 20),
      bytesPerHeartbeat: Math.round(sum('bytesOut') / sum('recordsOut')),
    };
    results.idle.push(row);
    print(row);
    await endFleet(nodes);
  }
}

const usageOf = (nodes) => Promise.all(nodes.map((node) => node.ask('usage', {}, 'usage')));

/** What Node itself needs, for comparison. */
async function bareProcessBytes() {
  const { execFile } = await import('node:child_process');
  const child = execFile(process.execPath, ['-e', 'console.log(process.memoryUsage.rss())']);
  const [printed] = await once(child.stdout, 'data');
  return Number(printed);
}

function print(row) {
  console.log(
    Object.entries(row)
      .map(([name, value]) => `${name} ${value}`)
      .join('   '),
  );
}

// Fail early and plainly when there is no build.
await new BenchNode('check').end();

console.log(
  `chartmesh ${results.machine.chartmesh}, Node ${process.version}, ${results.machine.cpu}`,
);
console.log('\nFull mesh, milliseconds after the last start() call');
await measureMesh();
console.log('\nDetection, milliseconds after the signal, at every survivor');
await measureDetection();
console.log('\nIdle');
await measureIdle();
if (json) writeFileSync(json, `${JSON.stringify(results, null, 2)}\n`);
else console.log(`\n${JSON.stringify(results)}`);
