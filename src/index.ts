/** The public surface. */
export { type Behaviors, createBehaviors } from './actors/behaviors.ts';
export type { NodeDown } from './api/announcer.ts';
export { BehaviorRegistry } from './api/behavior-registry.ts';
export type { CallOptions, ClusterHealth } from './api/calls.ts';
export type { LocalCluster } from './api/cluster.ts';
export type { ClusterConfig, Inspector, Pem, Secret, TlsOptions } from './api/config.ts';
export { Cluster, createCluster, retryPolicy } from './api/default-cluster.ts';
export {
  BehaviorAlreadyRegisteredError,
  ClusterAlreadyStartedError,
  ClusterError,
  ClusterNotStartedError,
  ClusterStartError,
  type ClusterStartReason,
  ConnectError,
  type ConnectReason,
  InvalidClusterConfigError,
  InvalidNodeIdError,
} from './errors.ts';
export type { ClusterEvent, SessionCause } from './inspect/events.ts';
export { CLUSTER_DEFAULTS, LIMITS, type Limits } from './limits.ts';
export { isNodeId, NodeId, type NodeIdComponents } from './membership/node-id.ts';
export type {
  ClusterStatus,
  NodeDownReason,
  NodeInfo,
  NodeStatus,
} from './membership/node-info.ts';
export type { RetryDelay, RetryJitter, RetryPolicy } from './membership/retry-policy.ts';
export type { SecretUse } from './node/secrets.ts';
export type { Logger } from './ports.ts';
