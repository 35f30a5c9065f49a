// A chat: everybody is an actor on a node of their own, and a room is a group. Who leaves, is gone.
import { filter, firstValueFrom } from 'rxjs';
import { setup } from 'xstate';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

interface Said {
  readonly type: 'said';
  readonly by: string;
  readonly text: string;
}

const guest = setup({
  types: { context: {} as { readonly name: string }, events: {} as Said, input: {} as string },
}).createMachine({
  context: ({ input }) => ({ name: input }),
  on: {
    said: {
      guard: ({ context, event }) => event.by !== context.name,
      actions: ({ context, event }) =>
        console.log(`${context.name} hears ${event.by}: ${event.text}`),
    },
  },
});

const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };
const seeds: string[] = [];

async function enter(name: string) {
  const cluster = createCluster();
  cluster.actors.behaviors.register('guest', guest);
  await cluster.start({ ...common, nodeName: name, port: await freePort(), seeds });
  seeds.push(cluster.getLocalNodeId());
  const ref = await cluster.actors.spawn<typeof guest>('guest', { input: name });
  await cluster.actors.register(`guest ${name}`, ref);
  const room = cluster.actors.group<typeof guest>('room');
  await room.join(ref);
  const untilThereAre = (count: number) =>
    firstValueFrom(room.members$.pipe(filter((members) => members.length === count)));
  return { cluster, room, untilThereAre };
}

const ada = await enter('ada');
const ben = await enter('ben');
const eve = await enter('eve');
await Promise.all([ada, ben, eve].map(({ untilThereAre }) => untilThereAre(3)));

ada.room.send({ type: 'said', by: 'ada', text: 'hello, all' });
// A word to one alone: a name leads to its actor, wherever that is.
ben.cluster.actors.whereis<typeof guest>('guest ada')?.send({
  type: 'said',
  by: 'ben',
  text: 'hello, ada',
});

await eve.cluster.stop();
await Promise.all([ada, ben].map(({ untilThereAre }) => untilThereAre(2)));
console.log(`eve has left; her name is ${ben.cluster.actors.whereis('guest eve') ?? 'free'}`);
await Promise.all([ada, ben].map(({ cluster }) => cluster.stop()));
