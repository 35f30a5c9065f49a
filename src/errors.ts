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

  /**
   * True for errors of this class, also those of a second copy of this package in the process: of
   * `ClusterError` for all of this package, of another class for its own.
   */
  static is<TError extends ClusterError>(
    this: abstract new (
      ...args: never[]
    ) => TError,
    value: unknown,
  ): value is TError {
    // biome-ignore lint/complexity/noThisInStatic: each class below has this method, and is `this`
    return value instanceof Error && BRAND in value && isNamed(value, this);
  }
}

/** Not by `instanceof`: a second copy of this package has classes of its own. */
function isNamed(error: Error, errorClass: { readonly name: string }): boolean {
  return errorClass.name === ClusterError.name || error.name === errorClass.name;
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
