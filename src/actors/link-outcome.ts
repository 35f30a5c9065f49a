/** What becomes of a link, as nodes tell each other. */
import { type ActorLinkReason, AskError, OverloadedError } from '../errors/actors.ts';
import type { AskOptions, Line } from './line.ts';
import { SERVICE } from './service.ts';

export type LinkOutcome = 'done' | ActorLinkReason;

const OUTCOMES: ReadonlySet<unknown> = new Set<LinkOutcome>([
  'done',
  'node_down',
  'timeout',
  'cancelled',
  'full',
  'overloaded',
  'not_stoppable',
]);

interface Answered {
  readonly outcome: LinkOutcome;
  readonly cause?: unknown;
}

/** Never rejects. */
export async function askAboutLink(
  line: Line,
  message: unknown,
  options?: AskOptions,
): Promise<Answered> {
  try {
    return { outcome: outcomeOf(await line.ask(SERVICE, message, options)) };
  } catch (cause) {
    if (cause instanceof OverloadedError) return { outcome: 'overloaded', cause };
    return { outcome: cause instanceof AskError ? outcomeOf(cause.reason) : 'failed', cause };
  }
}

function outcomeOf(value: unknown): LinkOutcome {
  if (value === 'busy') return 'overloaded';
  return isOutcome(value) ? value : 'failed';
}

function isOutcome(value: unknown): value is LinkOutcome {
  return OUTCOMES.has(value);
}
