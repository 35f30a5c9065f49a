/** One class per failure, with a stable code and fields instead of prose. */

const BRAND = Symbol.for('chartmesh.ClusterError');

export interface ClusterErrorOptions {
  readonly cause?: unknown;
}

/** Everything this package throws or rejects with. */
export abstract class ClusterError extends Error {
  /** Stable across releases; compare this, not the message. */
  abstract readonly code: string;
  /** What the operator or programmer can do about it. */
  abstract readonly hint: string;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean = false;

  constructor(message: string, options?: ClusterErrorOptions) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for errors of this package, also those of a second copy of it in the process. */
  static is(value: unknown): value is ClusterError {
    return value instanceof Error && BRAND in value;
  }
}

export class InvalidClusterConfigError extends ClusterError {
  readonly code = 'INVALID_CLUSTER_CONFIG';
  readonly hint = 'Correct the named option of Cluster.start().';
  /** Names the field, the value and the rule. */
  readonly reason: string;

  constructor(reason: string, options?: ClusterErrorOptions) {
    super(`Invalid cluster configuration: ${reason}`, options);
    this.reason = reason;
  }
}

export class InvalidNodeIdError extends ClusterError {
  readonly code = 'INVALID_NODE_ID';
  readonly hint = 'A node id is name@host:port, with IPv6 hosts in brackets.';
  readonly value: unknown;
  readonly reason: string;

  constructor(value: unknown, reason: string) {
    super(`Invalid node id ${preview(value)}: ${reason}`);
    this.value = value;
    this.reason = reason;
  }
}

export class ClusterNotStartedError extends ClusterError {
  readonly code = 'CLUSTER_NOT_STARTED';
  readonly hint = 'Call Cluster.start() and await it first.';
  override readonly retryable = true;

  constructor() {
    super('Cluster is not running: call Cluster.start() first');
  }
}

export class ClusterAlreadyStartedError extends ClusterError {
  readonly code = 'CLUSTER_ALREADY_STARTED';
  readonly hint = 'Await Cluster.stop() before starting again, or use createCluster().';

  constructor() {
    super('Cluster is already running');
  }
}

export type ClusterStartReason =
  | 'port_in_use'
  | 'permission'
  | 'address_unavailable'
  | 'stopped'
  | 'internal';

const START_HINTS: Record<ClusterStartReason, string> = {
  port_in_use: 'Choose another port, or end the process that holds it.',
  permission: 'Ports below 1024 need privileges; choose a higher one.',
  address_unavailable: 'The option `host` must be an address of this machine.',
  stopped: 'stop() was called while the cluster was starting.',
  internal: 'A bug in chartmesh: please report the cause, and go on with createCluster().',
};

export class ClusterStartError extends ClusterError {
  readonly code = 'CLUSTER_START_FAILED';
  readonly hint: string;
  readonly reason: ClusterStartReason;
  override readonly retryable: boolean;

  constructor(reason: ClusterStartReason, detail: string, options?: ClusterErrorOptions) {
    super(`Cluster could not start (${reason}): ${detail}`, options);
    this.reason = reason;
    this.hint = START_HINTS[reason];
    this.retryable = reason === 'port_in_use' || reason === 'stopped';
  }
}

export type ConnectReason =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'auth'
  | 'certificate'
  | 'plaintext'
  | 'version'
  | 'cluster_name'
  | 'self'
  | 'already_connected'
  | 'name_conflict'
  | 'leaving'
  | 'busy'
  | 'stale'
  | 'wrong_peer'
  | 'protocol';

const CONNECT_HINTS: Record<ConnectReason, string> = {
  timeout: 'Nothing answered in time: check the address, firewalls and whether the node hangs.',
  refused: 'Nothing listens at the address: start the node there, or correct the port.',
  unreachable: 'The host cannot be resolved or reached: check its name and the route.',
  auth: 'The secrets differ: all nodes of a cluster need the same clusterSecret.',
  certificate: 'A certificate was not accepted: compare `tls` on both nodes, and its validity.',
  plaintext: 'One of the two nodes uses TLS and the other does not: give both the same `tls`.',
  version: 'The two releases share no protocol version: upgrade the older node.',
  cluster_name: 'The other node belongs to another cluster: compare clusterName.',
  self: 'The address leads back to this node.',
  already_connected: 'The node is connected already; nothing needs to be done.',
  name_conflict: 'A live node has this node id: give one of the two another name or port.',
  leaving: 'The other node is shutting down.',
  busy: 'The other node has too many handshakes or calls under way: try again later.',
  stale: 'The other node knows a later life of this node: it is retried by itself.',
  wrong_peer: 'Another node answers at the address: check advertiseHost, DNS and NAT rules.',
  protocol: 'Whatever answered does not speak this protocol: check the port.',
};

const CONNECT_RETRYABLE: ReadonlySet<ConnectReason> = new Set([
  'timeout',
  'refused',
  'unreachable',
  'leaving',
  'busy',
  'stale',
]);

export class ConnectError extends ClusterError {
  readonly code = 'CONNECT_FAILED';
  readonly hint: string;
  readonly reason: ConnectReason;
  /** What was asked for: a node id or an address. */
  readonly target: string;
  override readonly retryable: boolean;

  constructor(
    target: string,
    reason: ConnectReason,
    detail?: string,
    options?: ClusterErrorOptions,
  ) {
    const hint = CONNECT_HINTS[reason];
    super(`Could not connect to ${target} (${reason}): ${detail ?? hint}`, options);
    this.target = target;
    this.reason = reason;
    this.hint = hint;
    this.retryable = CONNECT_RETRYABLE.has(reason);
  }
}

export class BehaviorAlreadyRegisteredError extends ClusterError {
  readonly code = 'BEHAVIOR_ALREADY_REGISTERED';
  readonly hint = 'Unregister the name first, or choose another.';
  readonly behavior: string;

  constructor(behavior: string) {
    super(`A behavior named ${preview(behavior)} is registered already`);
    this.behavior = behavior;
  }
}

/** Whether a message has reached its target: `maybe` when only its answer could have told. */
export type Delivered = 'no' | 'maybe' | 'yes';

/** A value holds something that cannot be sent. Nothing was. */
export class NotSerializableError extends ClusterError {
  readonly code = 'NOT_SERIALIZABLE';
  readonly hint =
    'Send JSON data, undefined, Date, Uint8Array, Map, Set, BigInt, Error, or references to actors.';
  /** Where in the value, e.g. `list[3].name`; empty for the value itself. */
  readonly path: string;
  readonly reason: string;
  readonly delivered = 'no';

  constructor(path: string, reason: string) {
    super(`The message cannot be sent: ${path === '' ? 'it' : path} ${reason}`);
    this.path = path;
    this.reason = reason;
  }
}

/** Too much waits for a node that does not take it. Nothing was sent. */
export class OverloadedError extends ClusterError {
  readonly code = 'OVERLOADED';
  readonly hint = 'Send less, or wait until `busy$` says that the node keeps up again.';
  override readonly retryable = true;
  readonly nodeId: string;
  readonly delivered = 'no';

  constructor(nodeId: string) {
    super(`Too much waits for ${nodeId}`);
    this.nodeId = nodeId;
  }
}

export type AskReason =
  | 'timeout'
  | 'node_down'
  | 'no_actor'
  | 'stopped'
  | 'failed'
  | 'busy'
  | 'cancelled'
  | 'not_serializable'
  | 'not_an_event';

const ASK_HINTS: Record<AskReason, string> = {
  timeout: 'No answer came in time: raise `timeoutMs`, or look why the actor does not answer.',
  node_down: 'The node of the actor is gone: find or spawn another one, and ask again.',
  no_actor: 'There is no such actor any more: find or spawn another one.',
  stopped: 'The actor ended before it had answered.',
  failed: 'The actor threw: see `cause`.',
  busy: 'The actor has too many messages waiting: ask less, or spread the work.',
  cancelled: 'The signal was aborted: see `cause`.',
  not_serializable: 'The answer cannot be sent: see `cause`.',
  not_an_event: 'This actor takes events only: objects with a `type`.',
};

/** No answer. `delivered` says whether the question may have been seen. */
export class AskError extends ClusterError {
  readonly code = 'ASK_FAILED';
  readonly hint: string;
  readonly reason: AskReason;
  readonly delivered: Delivered;
  /** Which actor was asked. */
  readonly target: string;
  override readonly retryable: boolean;

  constructor(
    target: string,
    reason: AskReason,
    delivered: Delivered,
    options?: ClusterErrorOptions,
  ) {
    super(`No answer from ${target} (${reason}): ${ASK_HINTS[reason]}`, options);
    this.target = target;
    this.reason = reason;
    this.delivered = delivered;
    this.hint = ASK_HINTS[reason];
    this.retryable = reason === 'timeout' || reason === 'busy' || reason === 'node_down';
  }
}

export type SpawnReason =
  | 'unknown_behavior'
  | 'full'
  | 'failed'
  | 'timeout'
  | 'node_down'
  | 'cancelled';

const SPAWN_HINTS: Record<SpawnReason, string> = {
  unknown_behavior:
    'Register the behavior on that node, under this very name, before it is spawned.',
  full: 'That node runs as many actors as `limits.maxActors` allows: choose another one.',
  failed: 'It ended while it started: see `cause`.',
  timeout: 'That node did not answer in time; if the actor starts late, it is stopped.',
  node_down: 'That node is not connected, or was lost meanwhile: choose another one.',
  cancelled: 'The signal was aborted; if the actor starts, it is stopped.',
};

/** No actor was started, or none is left. */
export class SpawnError extends ClusterError {
  readonly code = 'SPAWN_FAILED';
  readonly hint: string;
  readonly reason: SpawnReason;
  readonly nodeId: string;
  readonly behavior: string;
  override readonly retryable: boolean;

  constructor(
    nodeId: string,
    behavior: string,
    reason: SpawnReason,
    options?: ClusterErrorOptions,
  ) {
    const hint = SPAWN_HINTS[reason];
    super(`Could not spawn ${preview(behavior)} on ${nodeId} (${reason}): ${hint}`, options);
    this.nodeId = nodeId;
    this.behavior = behavior;
    this.reason = reason;
    this.hint = hint;
    this.retryable = reason === 'timeout' || reason === 'node_down' || reason === 'full';
  }
}

/** A node holds as many as one of its limits allows. Nothing was done. */
export class ActorLimitError extends ClusterError {
  readonly code = 'ACTOR_LIMIT';
  readonly hint = 'End what is not needed any more, or raise that limit of that node.';
  override readonly retryable = true;
  readonly nodeId: string;
  readonly limit: 'maxActors' | 'maxMonitors';

  constructor(nodeId: string, limit: 'maxActors' | 'maxMonitors') {
    super(`${nodeId} holds as many as \`limits.${limit}\` allows`);
    this.nodeId = nodeId;
    this.limit = limit;
  }
}

export type ActorLinkReason =
  | 'node_down'
  | 'timeout'
  | 'cancelled'
  | 'full'
  | 'overloaded'
  | 'not_stoppable'
  | 'failed';

const LINK_HINTS: Record<ActorLinkReason, string> = {
  node_down: 'The nodes of the two are not connected, to each other or to this one.',
  timeout: 'Their nodes did not answer in time.',
  cancelled: 'The signal was aborted: see `cause`.',
  full: 'One of their nodes holds as many links and monitors as `limits.maxMonitors` allows.',
  overloaded: 'Too much waits for one of their nodes: try again later.',
  not_stoppable: 'One of them is a child of another actor, which alone may stop it: link that.',
  failed: 'One of their nodes cannot do it: see `cause`, and compare the releases.',
};

/** Two actors are not linked; or, for `unlink`, they may be linked still. */
export class ActorLinkError extends ClusterError {
  readonly code = 'ACTOR_LINK_FAILED';
  readonly hint: string;
  readonly reason: ActorLinkReason;
  /** Which actors. */
  readonly targets: readonly [string, string];
  override readonly retryable: boolean;

  constructor(a: string, b: string, reason: ActorLinkReason, options?: ClusterErrorOptions) {
    super(`Could not change the link of ${a} and ${b} (${reason}): ${LINK_HINTS[reason]}`, options);
    this.targets = [a, b];
    this.reason = reason;
    this.hint = LINK_HINTS[reason];
    this.retryable = reason !== 'not_stoppable' && reason !== 'failed';
  }
}

/** Why an actor ended that was linked to another one. */
export class LinkedActorError extends ClusterError {
  readonly code = 'LINKED_ACTOR_DOWN';
  readonly hint = 'See `cause`, and `target` for the actor that ended first.';
  /** Which actor it was linked to. */
  readonly target: string;
  readonly reason: 'error' | 'no_actor' | 'node_down';

  constructor(
    target: string,
    reason: 'error' | 'no_actor' | 'node_down',
    options?: ClusterErrorOptions,
  ) {
    super(`The linked actor ${target} is down (${reason})`, options);
    this.target = target;
    this.reason = reason;
  }
}

/** A value as a short, one-line text that is safe in an error message. */
export function preview(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 100 ? `${value.slice(0, 100)}...` : value);
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (value === null || ['undefined', 'number', 'boolean'].includes(typeof value)) {
    return String(value);
  }
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
