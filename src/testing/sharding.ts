/** Tools for testing what is built on keyed requests: `chartmesh/sharding/testing`. */
import type { CarriedTransport, TransportOptions } from '../sharding/carried-transport.ts';
import { memoryTransport } from '../sharding/carriers/memory.ts';
import { Node } from '../sharding/node.ts';
import { OwnershipTable } from '../sharding/ownership.ts';
import type { ServerHandler, ServerTransport } from '../sharding/transport.ts';

/**
 * A memory transport that is closed at once when the test ends. `cleanUp` is how the test runner is told what
 * to do then: `onTestFinished` of Vitest, `(end) => t.after(end)` of `node:test`.
 */
export function createMemoryTransport(
  cleanUp: (end: () => Promise<void>) => void,
  options: TransportOptions = {},
): CarriedTransport {
  const transport = memoryTransport(options);
  cleanUp(() => transport.close({ timeoutMs: 0 }));
  return transport;
}

export interface TestNodes {
  /** `node-0`, `node-1` and so on, all of them running. */
  readonly nodes: readonly Node[];
  /** Stops them; they also stop when their transport is closed. */
  stop(): Promise<void>;
}

/** Resolves once so many nodes run on one transport, each with its part of the shards. */
export async function createTestCluster(
  transport: ServerTransport,
  numNodes: number,
  numShards: number,
  seed: string,
  handler: ServerHandler,
): Promise<TestNodes> {
  const table = new OwnershipTable(numShards, seed);
  const nodeIds = Array.from({ length: numNodes }, (_, index) => `node-${index}`);
  for (const nodeId of nodeIds) table.join(nodeId);
  const nodes = nodeIds.map(
    (nodeId) => new Node({ nodeId, transport, shards: table.shardsOf(nodeId), handler }),
  );
  for (const node of nodes) node.run().catch(() => {});
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await Promise.all(nodes.map(({ started }) => started));
  } catch (error) {
    await stop();
    throw error;
  }
  return { nodes, stop };
}
