// Two nodes share 64 shards; a client asks by key, and finds the node that has it.
import {
  Client,
  keyHandler,
  memoryTransport,
  message,
  messageHandler,
  Node,
  on,
  ShardingError,
  shardsForNode,
} from '../src/sharding/index.ts';

interface User {
  readonly id: string;
  readonly name: string;
}
const getUser = message<{ readonly id: string }, User>('GetUser');

const transport = memoryTransport();
const handler = keyHandler((key) =>
  messageHandler(on(getUser, ({ id }) => ({ id, name: `User ${id} of ${key}` }))),
);
const nodeIds = ['node-1', 'node-2'];
const nodes = nodeIds.map((nodeId) => {
  const shards = shardsForNode(nodeId, nodeIds, 64);
  return new Node({ nodeId, transport, shards, handler });
});
const runs = nodes.map((node) => node.run());
await Promise.all(nodes.map(({ started }) => started));

const client = new Client({ transport, numShards: 64 });
const { name } = await client.key('user-123').request(getUser, { id: '123' });
console.log(`got ${name}`);
for (const key of ['user-123', 'user-1', 'user-4']) {
  const { nodeId, shards } = await client.key(key).getNodeInfo();
  console.log(`${key}: shard ${client.shardOf(key)} is on ${nodeId}, with ${shards.length} shards`);
}

await nodes[1]?.stop();
try {
  await client.key('user-123').request(getUser, { id: '123' });
} catch (error) {
  if (!(error instanceof ShardingError)) throw error;
  console.log(`${error.code}, delivered: ${error.delivered}, again: ${error.retryable}`);
}
await nodes[0]?.stop();
await Promise.all(runs);
await transport.close();
