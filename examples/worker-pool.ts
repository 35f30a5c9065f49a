// Workers on three nodes form a group; jobs go to whoever has the fewest of them.
import { filter, firstValueFrom } from 'rxjs';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const WORKERS_PER_NODE = 2;
const JOBS = 12;
const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };

const clusters = [createCluster(), createCluster(), createCluster()];
const seeds: string[] = [];
for (const [index, cluster] of clusters.entries()) {
  const nodeName = `node${index + 1}`;
  // A function is the shortest behavior: what it returns answers the ask.
  cluster.actors.behaviors.register('squarer', async (job: unknown) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    return { by: nodeName, square: Number(job) ** 2 };
  });
  await cluster.start({ ...common, nodeName, port: await freePort(), seeds });
  seeds.push(cluster.getLocalNodeId());
  for (let worker = 0; worker < WORKERS_PER_NODE; worker += 1) {
    const ref = await cluster.actors.spawn('squarer');
    await cluster.actors.group('workers').join(ref);
  }
}

const [first] = clusters;
if (!first) throw new Error('three nodes were started');
const workers = first.actors.group('workers');
const size = clusters.length * WORKERS_PER_NODE;
await firstValueFrom(workers.members$.pipe(filter((members) => members.length === size)));

const jobs = Array.from({ length: JOBS }, (_, index) => index + 1);
const results = await Promise.all(jobs.map((job) => workers.ask(job, { by: 'leastPending' })));
const shares = new Map<string, number>();
for (const { by } of results.map(readResult)) shares.set(by, (shares.get(by) ?? 0) + 1);
console.log(`squares: ${results.map((result) => readResult(result).square).join(' ')}`);
for (const [by, count] of [...shares].sort()) console.log(`${by} did ${count} of ${JOBS}`);

await Promise.all(clusters.map((cluster) => cluster.stop()));

function readResult(value: unknown): { readonly by: string; readonly square: number } {
  const { by, square } = Object(value);
  return { by: String(by), square: Number(square) };
}
