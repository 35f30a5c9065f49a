/** A node in this process over real sockets; stopped when the test ends. */
import { onTestFinished } from 'vitest';
import type { ClusterConfig, LocalCluster } from '../../src/index.ts';
import { type ClusterPorts, createTestCluster } from '../../src/testing/index.ts';
import { Journal, timeNow } from './journal.ts';

export class LocalNode {
  readonly cluster: LocalCluster;
  readonly journal: Journal;
  readonly #config: ClusterConfig;

  constructor(config: ClusterConfig, ports: Partial<ClusterPorts> = {}) {
    this.#config = { host: '127.0.0.1', port: 0, ...config };
    this.cluster = createTestCluster({ warn: () => {}, ...ports });
    this.journal = new Journal(config.nodeName);
    const { cluster, journal } = this;
    cluster.status$.subscribe((status) => journal.add({ type: 'status', at: timeNow(), status }));
    cluster.events$.subscribe((event) => journal.add({ type: 'event', at: timeNow(), event }));
    cluster.onNodeUp(({ id }) => journal.add({ type: 'up', at: timeNow(), nodeId: id }));
    cluster.onNodeDown((nodeId, reason) => {
      const lastHeartbeatAt = cluster.getNode(nodeId)?.lastHeartbeatAt;
      const silenceMs = lastHeartbeatAt === undefined ? null : Date.now() - lastHeartbeatAt;
      journal.add({ type: 'down', at: timeNow(), nodeId, reason, silenceMs });
    });
  }

  static async start(config: ClusterConfig, ports: Partial<ClusterPorts> = {}): Promise<LocalNode> {
    const node = new LocalNode(config, ports);
    onTestFinished(() => node.cluster.stop());
    await node.start();
    return node;
  }

  start(): Promise<void> {
    return this.cluster.start(this.#config);
  }

  get id(): string {
    return this.cluster.getLocalNodeId();
  }

  get port(): number {
    return Number(this.id.slice(this.id.lastIndexOf(':') + 1));
  }
}
