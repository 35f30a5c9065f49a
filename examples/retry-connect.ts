// Connects to a node by name, again and again as a retry policy says, until it is there.
import { setTimeout as pause } from 'node:timers/promises';
import {
  ConnectError,
  createCluster,
  type LocalCluster,
  type NodeId,
  type RetryPolicy,
  retryPolicy,
} from '../src/index.ts';
import { freePort } from './support/free-port.ts';

async function connectWithRetry(
  cluster: LocalCluster,
  target: string,
  policy: RetryPolicy,
): Promise<NodeId> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await cluster.connect(target, { timeoutMs: 1_000 });
    } catch (error) {
      // A wrong secret or a wrong name does not get better by waiting.
      const isWorthwhile = error instanceof ConnectError && error.retryable;
      if (!isWorthwhile || !retryPolicy.shouldRetry(policy, attempt)) throw error;
      const delayMs = retryPolicy.delayMs(policy, attempt);
      console.log(`attempt ${attempt}: ${error.reason}, next in ${delayMs} ms`);
      await pause(delayMs);
    }
  }
}

const here = createCluster();
await here.start({ nodeName: 'here', host: '127.0.0.1', port: await freePort() });

// The other node starts a little later than it is wanted.
const there = createCluster();
const port = await freePort();
const late = pause(250).then(() => there.start({ nodeName: 'there', host: '127.0.0.1', port }));

const policy = retryPolicy.withMaxAttempts(retryPolicy.default(), 10);
const id = await connectWithRetry(here, `there@127.0.0.1:${port}`, policy);
console.log(`connected to ${id.split('@')[0]}: ${here.isNodeConnected(id)}`);
const roundTripMs = await here.roundTrip(id);
console.log(`there and back takes less than a second: ${roundTripMs < 1_000}`);

// Asked a second time, `connect` says so, and there is no use in retrying that.
const error = await connectWithRetry(here, id, policy).catch((reason: unknown) => reason);
console.log(`again: ${error instanceof ConnectError ? error.reason : 'no error'}`);

await late;
await Promise.all([here.stop(), there.stop()]);
