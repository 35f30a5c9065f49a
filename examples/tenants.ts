// A machine for each tenant: started by its first message, replaced when it fails.
import { assign, setup } from 'xstate';
import { reply } from '../src/index.ts';
import {
  ActorEndedError,
  actorHandler,
  Client,
  memoryTransport,
  message,
  withHeader,
  withTtl,
} from '../src/sharding/index.ts';
import { createTestCluster } from '../src/testing/sharding.ts';

type TenantEvent =
  | { readonly type: 'deposit'; readonly amount: number }
  | { readonly type: 'balance' };

const tenant = setup({
  types: {
    context: {} as { readonly key: string; readonly balance: number },
    input: {} as { readonly key: string },
    events: {} as TenantEvent,
  },
  actions: {
    deposit: assign({
      balance: ({ context, event }) => {
        if (event.type !== 'deposit') return context.balance;
        if (event.amount < 0) throw new RangeError('less than nothing');
        return context.balance + event.amount;
      },
    }),
    tell: reply(({ context }) => `${context.key} has ${context.balance}`),
  },
}).createMachine({
  context: ({ input }) => ({ key: input.key, balance: 0 }),
  on: {
    deposit: { actions: ['deposit', 'tell'] },
    balance: { actions: 'tell' },
  },
});

const deposit = message<{ readonly amount: number }, string>('deposit');
const balance = message<undefined, string>('balance');

const transport = memoryTransport();
const handler = actorHandler(() => tenant);
const { stop } = await createTestCluster(transport, 5, 256, 'seed', handler);
const client = new Client({
  ...{ transport, numShards: 256, seed: 'seed' },
  envelopeOptions: [withHeader('trace-id', 'abc123'), withTtl(5_000)],
});

const [one, two] = [client.key('tenant-1'), client.key('tenant-2')];
one.notify(deposit, { amount: 5 });
two.notify(deposit, { amount: 7 });
console.log(await one.request(deposit, { amount: 10 }));
console.log(await two.request(balance));
try {
  await one.request(deposit, { amount: -1 });
} catch (error) {
  if (!(error instanceof ActorEndedError)) throw error;
  console.log(error.message);
}
console.log(`a new one: ${await one.request(balance)}`);
console.log(`${handler.size} actors run`);

await stop();
await handler.close();
await transport.close();
console.log(`${handler.size} actors run`);
