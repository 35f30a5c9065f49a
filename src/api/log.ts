import { preview } from '../errors.ts';
import type { ClusterEvent, DeadLetterEvent } from '../inspect/events.ts';
import type { Logger } from '../ports.ts';

type Level = keyof Logger;

const LEVELS: { readonly [T in ClusterEvent['type']]: Level } = {
  'node.up': 'info',
  'node.down': 'warn',
  'session.opened': 'debug',
  'session.closed': 'debug',
  'peer.refused': 'warn',
  'peer.unreachable': 'warn',
  'peer.suspect': 'info',
  'peer.fresh': 'info',
  'link.fault': 'warn',
  'node.held': 'warn',
  'health.changed': 'info',
  'seed.unreachable': 'warn',
  'seed.self': 'info',
  'name.conflict': 'error',
  'address.unreachable': 'error',
  'actor.restarted': 'warn',
  'letter.dead': 'warn',
  'timer.late': 'warn',
  'observer.failed': 'error',
  warning: 'warn',
};

/** One structured line per event; the fields are the event's own. A throwing logger is ignored. */
export function logEvent(logger: Logger | undefined, event: ClusterEvent): void {
  if (!logger) return;
  const level = event.type === 'node.down' && event.reason === 'graceful_shutdown' ? 'info' : null;
  try {
    const logged: unknown = logger[level ?? LEVELS[event.type]](
      event,
      `chartmesh ${describe(event)}`,
    );
    if (logged instanceof Promise) logged.catch(() => {});
  } catch {
    // There is nobody left to tell.
  }
}

/** For a person, without the fields that a structured log holds anyway. */
export function describe(event: ClusterEvent): string {
  switch (event.type) {
    case 'node.up':
      return `node up: ${event.nodeId}`;
    case 'node.down':
      return `node down: ${event.nodeId} (${event.reason})`;
    case 'peer.refused':
      return `${event.direction} handshake with ${event.nodeId ?? 'a stranger'} at ${event.address} refused (${event.reason}): ${event.detail}`;
    case 'peer.unreachable':
      return `${event.nodeId} cannot be reached (${event.failure})`;
    case 'link.fault':
      return `the link to ${event.nodeId} is broken; heard by ${event.witnesses.join(', ')}`;
    case 'node.held':
      return `${event.nodeId} comes and goes; nodeUp waits for ${event.holdMs} ms`;
    case 'health.changed':
      return `health score of this node: ${event.score} of 8, 0 is healthy`;
    case 'seed.unreachable':
      return `seed ${event.seed} cannot be reached (${event.failure})`;
    case 'seed.self':
      return `seed ${event.seed} is this node itself`;
    case 'name.conflict':
      return `another live node calls itself ${event.nodeId} (${event.address})`;
    case 'address.unreachable':
      return `${event.nodeId} advertises ${event.advertised}, where it does not answer (${event.failure}); it connects from ${event.observed}`;
    case 'actor.restarted': {
      const why = event.error === undefined ? 'its end' : String(event.error);
      return `actor ${event.number} (${event.behavior}) is started again after ${why}`;
    }
    case 'letter.dead':
      return describeLetter(event);
    case 'timer.late':
      return `this process was paused or busy for ${Math.round(event.lagMs)} ms`;
    case 'observer.failed':
      return `${event.observer} threw: ${String(event.error)}`;
    case 'warning':
      return event.message;
    default:
      return event.type;
  }
}

function describeLetter({ target, from, reason, message, count }: DeadLetterEvent): string {
  if (message === null) return `${count} messages from ${from} to ${target} were lost with it`;
  return `a message (${preview(message)}) from ${from} to ${target} came to nothing (${reason})`;
}
