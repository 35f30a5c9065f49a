// Two machines on two nodes send each other a ball. Neither knows where the other one runs.
import { firstValueFrom } from 'rxjs';
import { type AnyActorRef, sendTo, setup } from 'xstate';
import { createCluster } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

interface Ball {
  readonly type: 'ball';
  readonly from: AnyActorRef;
  readonly hits: number;
}

const LAST = 6;
let finished = () => {};
const over = new Promise<void>((resolve) => {
  finished = resolve;
});

/** Returns each ball; whoever is given a partner serves the first one. */
const player = setup({
  types: {
    context: {} as { readonly name: string },
    events: {} as Ball | { readonly type: 'serve'; readonly to: AnyActorRef },
    input: {} as string,
  },
  actions: {
    say: ({ context, event }) => {
      if (event.type === 'ball') console.log(`${context.name} gets ball ${event.hits}`);
    },
    finish: () => finished(),
  },
  guards: { isLast: ({ event }) => event.type === 'ball' && event.hits === LAST },
}).createMachine({
  context: ({ input }) => ({ name: input }),
  on: {
    serve: {
      actions: sendTo(
        ({ event }) => event.to,
        ({ self }) => ({ type: 'ball', from: self, hits: 1 }),
      ),
    },
    ball: [
      { guard: 'isLast', actions: ['say', 'finish'] },
      {
        actions: [
          'say',
          sendTo(
            ({ event }) => event.from,
            ({ event, self }) => ({ type: 'ball', from: self, hits: event.hits + 1 }),
          ),
        ],
      },
    ],
  },
});

const [a, b] = [createCluster(), createCluster()];
const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };
for (const cluster of [a, b]) cluster.actors.behaviors.register('player', player);
const up = firstValueFrom(a.nodeUp$);
await a.start({ ...common, nodeName: 'a', port: await freePort() });
await b.start({ ...common, nodeName: 'b', port: await freePort(), seeds: [a.getLocalNodeId()] });
const { id } = await up;

const ping = await a.actors.spawn<typeof player>('player', { input: 'ping, on a,' });
const pong = await a.actors.spawn<typeof player>('player', { on: id, input: 'pong, on b,' });
ping.send({ type: 'serve', to: pong });
await over;

await Promise.all([a.stop(), b.stop()]);
