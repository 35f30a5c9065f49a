import { filter, firstValueFrom } from 'rxjs';
import { onTestFinished } from 'vitest';
import type { LocalCluster } from '../../src/api/cluster.ts';
import type { ClusterConfig } from '../../src/api/config.ts';
import { type ClusterPorts, createTestCluster } from '../../src/testing/index.ts';

/** A node on a real socket, stopped with its test. */
export function localNode(ports: Partial<ClusterPorts> = {}): LocalCluster {
  const cluster = createTestCluster(ports);
  onTestFinished(() => cluster.stop());
  return cluster;
}

export const LOCAL = { host: '127.0.0.1', port: 0, leaveTimeoutMs: 500 } as const;

export async function startedNode(
  nodeName: string,
  config: Partial<ClusterConfig> = {},
  ports: Partial<ClusterPorts> = {},
): Promise<LocalCluster> {
  const cluster = localNode(ports);
  await cluster.start({ nodeName, ...LOCAL, ...config });
  return cluster;
}

/** Resolves once so many nodes are connected; the test's own time limit is the deadline. */
async function connectedTo(cluster: LocalCluster, count: number): Promise<void> {
  await firstValueFrom(cluster.connectedNodes$.pipe(filter((nodes) => nodes.length === count)));
}

export async function startedPair() {
  const a = await startedNode('a');
  const b = await startedNode('b', { seeds: [a.getLocalNodeId()] });
  await Promise.all([connectedTo(a, 1), connectedTo(b, 1)]);
  return { a, b };
}
