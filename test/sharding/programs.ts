import { describe, expect, onTestFinished, test } from 'vitest';
import {
  actorHandler,
  Client,
  HandlerError,
  keyHandler,
  message,
  messageHandler,
  Node,
  NoShardSubscriberError,
  on,
  type ServerHandler,
  shardsForNode,
  typedRequest,
  withHeader,
  withTtl,
} from '../../src/sharding/index.ts';
import { createTestCluster } from '../../src/testing/sharding.ts';
import type { MakeWorld } from './contract.ts';
import { failureOf } from './failure-of.ts';

/** What programs do with keyed requests, step by step, whatever carries them. */
export function shardingPrograms(name: string, makeWorld: MakeWorld): void {
  async function open() {
    const world = await makeWorld({});
    onTestFinished(async () => {
      await Promise.all([world.near.close({ timeoutMs: 0 }), world.far.close({ timeoutMs: 0 })]);
      await world.dispose();
    });
    return world;
  }

  describe(`over ${name}`, () => {
    test('a first node and a first client', async () => {
      const { near, far } = await open();
      const node = new Node({
        nodeId: 'node-1',
        transport: far,
        shards: [0, 1, 2, 3],
        handler: () => 'hello',
      });
      const controller = new AbortController();
      const stopped = node.run({ signal: controller.signal });
      await node.started;

      const client = new Client({ transport: near, numShards: 16 });
      const asked = await Promise.allSettled(
        Array.from({ length: 64 }, (_, index) => client.requestKey(`user-${index}`, 'GetUser')),
      );
      for (const [index, result] of asked.entries()) {
        const isOwned = client.shardOf(`user-${index}`) < 4;
        if (isOwned) {
          expect(result.status === 'fulfilled' && Buffer.from(result.value).toString()).toBe(
            'hello',
          );
        } else {
          const reason: unknown = result.status === 'rejected' && result.reason;
          expect(reason).toBeInstanceOf(NoShardSubscriberError);
        }
      }
      expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);

      controller.abort();
      await stopped;
      expect(await failureOf(client.requestShard(0, 'GetUser'))).toBeInstanceOf(
        NoShardSubscriberError,
      );
    });

    test('two nodes, each with its shards, and typed requests to a key', async () => {
      interface UserResponse {
        readonly id: string;
        readonly name: string;
      }
      class GetUser {
        readonly id: string;
        constructor(id: string) {
          this.id = id;
        }
        messageType() {
          return 'GetUser';
        }
      }
      const { near, far } = await open();
      const handler = keyHandler(() => ({ data }) => {
        const { id } = JSON.parse(Buffer.from(data).toString());
        return JSON.stringify({ id, name: `User ${id}` });
      });
      const nodeIds = ['node-1', 'node-2'];
      for (const nodeId of nodeIds) {
        const shards = shardsForNode(nodeId, nodeIds, 64);
        const node = new Node({ nodeId, transport: far, shards, handler });
        void node.run();
        await node.started;
      }
      const client = new Client({ transport: near, numShards: 64 });
      const request = typedRequest<GetUser, UserResponse>(client.key('user-123'));
      const user = await request.request(new GetUser('123'));
      expect(user).toEqual({ id: '123', name: 'User 123' });

      const info = await client.key('user-123').getNodeInfo();
      expect(info.nodeId).toBe('node-2');
      expect(info.shards).toContain(client.shardOf('user-123'));
      expect(info.shards).toEqual(shardsForNode('node-2', nodeIds, 64));
      const other = await client.shard(0).getNodeInfo();
      expect([...info.shards, ...other.shards].sort((a, b) => a - b)).toEqual(
        Array.from({ length: 64 }, (_, shard) => shard),
      );
    });

    test('five nodes with 256 shards and an actor for each tenant', async () => {
      const add = message<{ readonly by: number }, { readonly sum: number }>('add');
      const { near, far, until } = await open();
      const handler = actorHandler(() => {
        let sum = 0;
        return (event) => {
          const { type, by } = event as { readonly type: string; readonly by: number };
          if (type === 'fail') throw new RangeError('no such tenant');
          sum += by;
          return { sum };
        };
      });
      const { nodes } = await createTestCluster(far, 5, 256, 'seed', handler);
      expect(nodes.map(({ nodeId }) => nodeId)).toEqual([
        ...['node-0', 'node-1', 'node-2', 'node-3', 'node-4'],
      ]);
      const client = new Client({
        ...{ transport: near, numShards: 256, seed: 'seed' },
        envelopeOptions: [withHeader('trace-id', 'abc123'), withTtl(5_000)],
      });
      for (let tenant = 0; tenant < 50; tenant += 1) {
        const scope = client.key(`tenant-${tenant}`);
        scope.notify(add, { by: tenant });
        await scope.request(add, { by: 1 });
      }
      for (let tenant = 0; tenant < 50; tenant += 1) {
        const { sum } = await client.key(`tenant-${tenant}`).request(add, { by: 0 });
        expect(sum).toBe(tenant + 1);
      }
      const failure = await failureOf(client.requestKey('tenant-1', 'fail'));
      expect(failure).toBeInstanceOf(HandlerError);
      expect(failure).toMatchObject({ cause: { name: 'RangeError', message: 'no such tenant' } });
      await until(() => far.load().working === 0);
      await handler.close();
    });

    test('every shard of three nodes is answered by the one that says it owns it', async () => {
      const { near, far } = await open();
      const handler: ServerHandler = messageHandler(on(message('Ping'), () => 'pong'));
      const { nodes, stop } = await createTestCluster(far, 3, 256, 'seed', handler);
      const client = new Client({ transport: near, numShards: 256, seed: 'seed' });
      const ping = message<undefined, string>('Ping');
      for (let shard = 0; shard < 256; shard += 1) {
        const scope = client.shard(shard);
        expect(await scope.request(ping)).toBe('pong');
        const { nodeId } = await scope.getNodeInfo();
        expect(nodes.find((node) => node.nodeId === nodeId)?.shards).toContain(shard);
      }
      await stop();
      expect(await failureOf(client.shard(0).request(ping))).toBeInstanceOf(NoShardSubscriberError);
    });
  });
}
