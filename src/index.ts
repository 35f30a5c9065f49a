/** The public surface. */
export type { SpawnOptions } from './actors/actors.ts';
export type { Server } from './actors/behavior.ts';
export { type Behaviors, createBehaviors } from './actors/behaviors.ts';
export type { Down, DownReason } from './actors/down.ts';
export type { Handler } from './actors/handler-actor.ts';
export type { AskOptions } from './actors/line.ts';
export type { Answer, MessageOf, Question } from './actors/messages.ts';
export type { Placement } from './actors/placement.ts';
export type { Ref } from './actors/ref.ts';
export { reply } from './actors/reply.ts';
export type { ReplyTo } from './actors/reply-to.ts';
export type { NodeDown } from './api/announcer.ts';
export { BehaviorRegistry } from './api/behavior-registry.ts';
export type { CallOptions, ClusterHealth } from './api/calls.ts';
export type { LocalCluster } from './api/cluster.ts';
export type { ClusterActors } from './api/cluster-actors.ts';
export type { ClusterConfig, Inspector, Pem, Secret, TlsOptions } from './api/config.ts';
export { Cluster, createCluster, retryPolicy } from './api/default-cluster.ts';
export type { DownEvent, DownHandler, Monitor } from './api/monitoring.ts';
export {
  ActorLimitError,
  ActorLinkError,
  type ActorLinkReason,
  AskError,
  type AskReason,
  BehaviorAlreadyRegisteredError,
  ClusterAlreadyStartedError,
  ClusterError,
  ClusterNotStartedError,
  ClusterStartError,
  type ClusterStartReason,
  ConnectError,
  type ConnectReason,
  type Delivered,
  InvalidClusterConfigError,
  InvalidNodeIdError,
  LinkedActorError,
  NotSerializableError,
  OverloadedError,
  SpawnError,
  type SpawnReason,
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
