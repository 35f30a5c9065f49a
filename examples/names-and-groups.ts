// A clerk that is found by its name, and workers who take turns, wherever they run.
import { filter, firstValueFrom } from 'rxjs';
import { createCluster, NameTakenError } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const [here, there] = [createCluster(), createCluster()];
const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };
const up = firstValueFrom(here.nodeUp$);
await here.start({ ...common, nodeName: 'here', port: await freePort() });
await there.start({
  ...common,
  nodeName: 'there',
  port: await freePort(),
  seeds: [here.getLocalNodeId()],
});
const { id: on } = await up;

// One worker on each node. They may join on any node, and are asked from any.
for (const [name, cluster] of Object.entries({ here, there })) {
  cluster.actors.behaviors.register('worker', () => name);
  await cluster.actors.group('workers').join(await cluster.actors.spawn('worker'));
}
const workers = here.actors.group('workers');
await firstValueFrom(workers.members$.pipe(filter(({ length }) => length === 2)));
const turns = [await workers.ask('a task'), await workers.ask('another')];
console.log(`in turn: ${turns.sort().join(' and ')}`);
const by = { key: 'customer 7' };
const same = [await workers.ask('a task', { by }), await workers.ask('another', { by })];
console.log(`for one key the same: ${same[0] === same[1]}`);

// A name is known where it was given as soon as `register` resolves.
there.actors.behaviors.register('clerk', () => 'how may I help?');
const clerk = await here.actors.spawn('clerk', { on });
await here.actors.register('clerk', clerk);
console.log(`the clerk: ${await here.actors.whereis('clerk')?.ask('hello')}`);
try {
  await there.actors.register('clerk', await there.actors.spawn('worker'));
} catch (error) {
  if (error instanceof NameTakenError) console.log(`taken: ${error.holder.id === clerk.id}`);
}

// Everything goes with its node.
const down = firstValueFrom(here.nodeDown$);
await there.stop();
await down;
console.log(`left: clerk ${here.actors.whereis('clerk')}, workers ${workers.members.length}`);
await here.stop();
