// A counter on another node, whose reference knows what may be said to it and what it answers.
import { firstValueFrom } from 'rxjs';
import { assign, setup } from 'xstate';
import { AskError, createCluster, type ReplyTo, reply } from '../src/index.ts';
import { freePort } from './support/free-port.ts';

const counter = setup({
  types: {
    context: {} as { readonly count: number },
    events: {} as
      | { readonly type: 'add'; readonly by: number }
      // What `replyTo` takes is what `ask` resolves to.
      | { readonly type: 'read'; readonly replyTo?: ReplyTo<number> },
    input: {} as { readonly from: number },
  },
  actions: {
    add: assign(({ context, event }) => ({
      count: context.count + (event.type === 'add' ? event.by : 0),
    })),
    tell: reply(({ context }) => context.count),
  },
}).createMachine({
  context: ({ input }) => ({ count: input.from }),
  on: { add: { actions: 'add' }, read: { actions: 'tell' } },
});

const [here, there] = [createCluster(), createCluster()];
const common = { host: '127.0.0.1', clusterSecret: 'all nodes of a cluster share one secret' };
there.actors.behaviors.register('counter', counter);
const up = firstValueFrom(here.nodeUp$);
await here.start({ ...common, nodeName: 'here', port: await freePort() });
await there.start({
  ...common,
  nodeName: 'there',
  port: await freePort(),
  seeds: [here.getLocalNodeId()],
});

const { id: on } = await up;
const ref = await here.actors.spawn<typeof counter>('counter', { on, input: { from: 40 } });
ref.send({ type: 'add', by: 1 });
ref.send({ type: 'add', by: 1 });
const count: number = await ref.ask({ type: 'read' });
console.log(`it counts ${count}`);

// @ts-expect-error: there is no such event, and the compiler knows.
ref.send({ type: 'sub', by: 1 });

await ref.stop();
try {
  await ref.ask({ type: 'read' });
} catch (error) {
  if (error instanceof AskError) console.log(`${error.reason}, delivered: ${error.delivered}`);
}
await Promise.all([here.stop(), there.stop()]);
