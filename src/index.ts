/** The public surface. */
export type { GroupAskOptions, MemberChoice } from './actors/actor-group.ts';
export type { SpawnOptions } from './actors/actors.ts';
export type { Server } from './actors/behavior.ts';
export type { BehaviorOptions, KnownOptions, RestartOptions } from './actors/behavior-options.ts';
export { type Behaviors, createBehaviors } from './actors/behaviors.ts';
export type { NameLost } from './actors/directory-watch.ts';
export type { Down, DownReason } from './actors/down.ts';
export type { Handler } from './actors/handler-actor.ts';
export type { AskOptions } from './actors/line.ts';
export type { LogicSnapshot } from './actors/logic-state.ts';
export type { Answer, MessageOf, Question } from './actors/messages.ts';
export type { NameScope } from './actors/naming.ts';
export type { Placement } from './actors/placement.ts';
export type { NodeBusy } from './actors/pressure.ts';
export type { Ref } from './actors/ref.ts';
export { reply } from './actors/reply.ts';
export type { ReplyTo } from './actors/reply-to.ts';
export type { RestartPolicy } from './actors/restart-policy.ts';
export type { SchemaIssue, SchemaResult, StandardSchema } from './actors/standard-schema.ts';
export type { NodeDown } from './api/announcer.ts';
export { BehaviorRegistry } from './api/behavior-registry.ts';
export type { CallOptions, ClusterHealth } from './api/calls.ts';
export type { LocalCluster } from './api/cluster.ts';
export type {
  ClusterActors,
  RegisterOptions,
  UnregisterOptions,
  WhereisOnOptions,
  WhereisOptions,
} from './api/cluster-actors.ts';
export type { ClusterConfig, Inspector, Pem, Secret, TlsOptions } from './api/config.ts';
export { Cluster, createCluster, retryPolicy } from './api/default-cluster.ts';
export type { Group } from './api/group.ts';
export type { DownEvent, DownHandler, Monitor } from './api/monitoring.ts';
export {
  ActorLimitError,
  ActorLinkError,
  type ActorLinkReason,
  AskError,
  type AskReason,
  BehaviorAlreadyRegisteredError,
  type Delivered,
  EmptyGroupError,
  InvalidArgumentError,
  InvalidBehaviorError,
  LinkedActorError,
  NameError,
  type NameHolder,
  type NameReason,
  NameTakenError,
  NotSerializableError,
  OverloadedError,
  type OverloadedReason,
  SpawnError,
  type SpawnReason,
} from './errors/actors.ts';
export {
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
export type { DeadLetter, DeadLetterReason } from './inspect/dead-letter.ts';
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
