/** What is told about a node, and about this node's own life. */
import type { NodeId } from './node-id.ts';

export type NodeStatus = 'connecting' | 'connected' | 'disconnected';

export type ClusterStatus = 'starting' | 'running' | 'stopping' | 'stopped';

export type NodeDownReason =
  | 'heartbeat_timeout'
  | 'connection_closed'
  | 'connection_refused'
  | 'graceful_shutdown';

export interface NodeInfo {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
  readonly status: NodeStatus;
  /** Running actors there, as last reported. */
  readonly processCount: number;
  /** Wall milliseconds, by the clock of the node that was asked. */
  readonly lastHeartbeatAt: number;
  /** As last reported by the node itself. */
  readonly uptimeMs: number;
}
