/** Failures as they travel: a code and what goes with it, never a stack. */
import type { AskReason, Delivered } from '../errors/actors.ts';
import { textOf } from './short-text.ts';

/** `[reason, delivered, error]`; the error only for `failed`. */
export type WireFailure = readonly [reason: AskReason, delivered: Delivered, error?: unknown];

const REASONS: ReadonlySet<unknown> = new Set<AskReason>([
  'timeout',
  'node_down',
  'no_actor',
  'stopped',
  'failed',
  'busy',
  'cancelled',
  'not_serializable',
  'not_an_event',
  'invalid',
]);
const DELIVERED: ReadonlySet<unknown> = new Set<Delivered>(['no', 'maybe', 'yes']);

/** Of what was thrown and holds something that cannot be sent: its text. */
export class ThrownText extends Error {
  constructor(thrown: unknown) {
    super(textOf(thrown));
  }
}

export function readFailure(wire: unknown): WireFailure {
  const [reason, delivered, error]: readonly unknown[] = Array.isArray(wire) ? wire : [];
  if (!isReason(reason) || !isDelivered(delivered)) return ['failed', 'maybe', wire];
  return [reason, delivered, error];
}

function isReason(value: unknown): value is AskReason {
  return REASONS.has(value);
}

function isDelivered(value: unknown): value is Delivered {
  return DELIVERED.has(value);
}
