/** What can go wrong with actors: behaviors, messages, names. */
import { ClusterError, type ClusterErrorOptions, preview } from '../errors.ts';

export class BehaviorAlreadyRegisteredError extends ClusterError {
  readonly code = 'BEHAVIOR_ALREADY_REGISTERED';
  readonly hint = 'Unregister the name first, or choose another.';
  readonly behavior: string;

  constructor(behavior: string) {
    super(`A behavior named ${preview(behavior)} is registered already`);
    this.behavior = behavior;
  }
}

/** What is given to `register`, or its options, is not what it must be. */
export class InvalidBehaviorError extends ClusterError {
  readonly code = 'INVALID_BEHAVIOR';
  readonly hint = 'Correct what is named here where register() is called.';
  readonly behavior: string;
  /** Names the field and the rule. */
  readonly reason: string;

  constructor(behavior: string, reason: string) {
    super(`The behavior ${preview(behavior)} cannot be registered: ${reason}`);
    this.behavior = behavior;
    this.reason = reason;
  }
}

/** What was given to a call is not what it takes. Nothing was done. */
export class InvalidArgumentError extends ClusterError {
  readonly code = 'INVALID_ARGUMENT';
  readonly hint = 'Correct the named argument.';
  /** Names the argument, its value and the rule. */
  readonly reason: string;
  readonly delivered = 'no';

  constructor(reason: string) {
    super(`Invalid argument: ${reason}`);
    this.reason = reason;
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

/** `queue`: it does not take what waits for it; `asks`: too many asks have no answer yet. */
export type OverloadedReason = 'queue' | 'asks';

const OVERLOADED_HINTS: Record<OverloadedReason, string> = {
  queue: 'Send less, or wait until `busy$` says that the node keeps up again.',
  asks: 'Give asks shorter time limits, ask less at once, or raise `limits.maxPendingAsks`.',
};

/** Too much waits for a node. Nothing was sent. */
export class OverloadedError extends ClusterError {
  readonly code = 'OVERLOADED';
  readonly hint: string;
  readonly reason: OverloadedReason;
  override readonly retryable = true;
  readonly nodeId: string;
  readonly delivered = 'no';

  constructor(nodeId: string, reason: OverloadedReason = 'queue') {
    const what = reason === 'queue' ? 'Too much waits for' : 'Too many asks wait for answers of';
    super(`${what} ${nodeId}`);
    this.nodeId = nodeId;
    this.reason = reason;
    this.hint = OVERLOADED_HINTS[reason];
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
  | 'not_an_event'
  | 'invalid';

const ASK_HINTS: Record<AskReason, string> = {
  timeout: 'No answer came in time: raise `timeoutMs`, or look why the actor does not answer.',
  node_down: 'The node of the actor is gone: find or spawn another one, and ask again.',
  no_actor: 'There is no such actor any more: find or spawn another one.',
  stopped: 'The actor ended before it had answered.',
  failed: 'The actor threw: see `cause`.',
  busy: 'Too much waits for the actor, or it is about to be restarted: ask less, or later.',
  cancelled: 'The signal was aborted: see `cause`.',
  not_serializable: 'The answer cannot be sent: see `cause`.',
  not_an_event: 'This actor takes events only: objects with a `type`.',
  invalid: 'The schema of the behavior refuses the message: see `cause`.',
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

/** Who has a name: a `Ref`. */
export interface NameHolder {
  readonly id: string;
  readonly nodeId: string;
  readonly number: number;
}

/** Another actor that lives has the name. */
export class NameTakenError extends ClusterError {
  readonly code = 'NAME_TAKEN';
  readonly hint = 'Use that actor, choose another name, or unregister this one first.';
  /** `name`, as every error has one, is that of the class. */
  readonly actorName: string;
  readonly holder: NameHolder;

  constructor(actorName: string, holder: NameHolder) {
    super(`The name ${preview(actorName)} is taken by ${holder.id}`);
    this.actorName = actorName;
    this.holder = holder;
  }
}

export type NameReason =
  | 'invalid'
  | 'no_actor'
  | 'full'
  | 'timeout'
  | 'node_down'
  | 'cancelled'
  | 'failed';

const NAME_HINTS: Record<NameReason, string> = {
  invalid: 'Names of actors and groups have 1 to 255 bytes as UTF-8.',
  no_actor: 'There is no such actor any more: find or spawn another one.',
  full: 'Its node has as many names and memberships as `limits.maxNames` allows.',
  timeout: 'The node did not answer in time; it may have been done all the same.',
  node_down: 'The node is not connected, or was lost meanwhile.',
  cancelled: 'The signal was aborted; it may have been done all the same.',
  failed: 'The node refused: see `cause`, and whether it runs the same release.',
};

/** A name or a membership was not given, taken or found out. */
export class NameError extends ClusterError {
  readonly code = 'NAME_FAILED';
  readonly hint: string;
  readonly reason: NameReason;
  /** Of the actor or the group. */
  readonly actorName: string;
  override readonly retryable: boolean;

  constructor(actorName: string, reason: NameReason, options?: ClusterErrorOptions) {
    const hint = NAME_HINTS[reason];
    super(`Nothing came of the name ${preview(actorName)} (${reason}): ${hint}`, options);
    this.actorName = actorName;
    this.reason = reason;
    this.hint = hint;
    this.retryable = reason === 'timeout' || reason === 'node_down' || reason === 'full';
  }
}

/** A group that was asked has no members. */
export class EmptyGroupError extends ClusterError {
  readonly code = 'EMPTY_GROUP';
  readonly hint = 'Wait until `members$` shows a member.';
  override readonly retryable = true;
  readonly group: string;
  readonly delivered = 'no';

  constructor(group: string) {
    super(`The group ${preview(group)} has no members`);
    this.group = group;
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
