import { afterEach, expect, test } from 'vitest';
import { ConnectError, type LocalCluster, retryPolicy } from '../../src/index.ts';
import { createTestCluster } from '../../src/testing/index.ts';
import { freePort } from '../support/free-port.ts';

/** The three patterns that the cluster module of distribute recommends, said with our calls. */

const started: LocalCluster[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((node) => node.stop()));
});

async function startNode(nodeName: string, port = 0): Promise<LocalCluster> {
  const node = createTestCluster();
  started.push(node);
  await node.start({ nodeName, host: '127.0.0.1', port });
  return node;
}

/** What a failed call tells: ConnectIgnored there is one of two reasons here. */
async function reasonOf(call: Promise<unknown>): Promise<string> {
  return call.then(
    () => 'ok',
    (error: unknown) => (error instanceof ConnectError ? error.reason : String(error)),
  );
}

test('bootstrap: connect to each of a list, and go on with those that answer', async () => {
  const peer = await startNode('peer');
  const own = await startNode('own');
  const dead = `dead@127.0.0.1:${await freePort()}`;
  const targets = [peer.getLocalNodeId(), dead, own.getLocalNodeId(), peer.getLocalNodeId()];

  const reasons: string[] = [];
  for (const target of targets) reasons.push(await reasonOf(own.connect(target)));

  expect(reasons).toEqual(['ok', 'refused', 'self', 'already_connected']);
  expect(own.getConnectedNodes().map(({ id }) => id)).toEqual([peer.getLocalNodeId()]);
});

test('retry with backoff: a node that starts meanwhile is reached within the attempts', async () => {
  const own = await startNode('own');
  const port = await freePort();
  const policy = retryPolicy.withMaxAttempts(retryPolicy.defaultWithJitter(), 5);
  const failures: string[] = [];

  async function connect(attempt: number): Promise<string> {
    try {
      return await own.connect(`late@127.0.0.1:${port}`);
    } catch (error) {
      failures.push(error instanceof ConnectError ? error.reason : String(error));
      if (failures.length === 2) await startNode('late', port);
      if (!retryPolicy.shouldRetry(policy, attempt)) throw error;
      const delayMs = retryPolicy.delayMs(policy, attempt);
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      return connect(attempt + 1);
    }
  }

  expect(await connect(1)).toBe(`late@127.0.0.1:${port}`);
  expect(failures).toEqual(['refused', 'refused']);
});

test('watch: who comes and goes is told without asking, and a ping changes nothing', async () => {
  const own = await startNode('own');
  const peer = await startNode('peer');
  const peerId = peer.getLocalNodeId();
  const seen: [string, boolean][] = [];
  own.onNodeUp(({ id }) => seen.push([id, true]));
  const isGone = new Promise<void>((resolve) => {
    own.onNodeDown((id) => {
      seen.push([id, false]);
      resolve();
    });
  });

  expect(await own.ping(peerId)).toBe(true);
  expect(own.getConnectedNodeCount()).toBe(0);

  await own.connect(peerId);
  await peer.stop();
  await isGone;

  expect(seen).toEqual([
    [peerId, true],
    [peerId, false],
  ]);
  expect(await own.ping(peerId)).toBe(false);
});
