import { Inflow } from '../node/inflow.ts';
import { Outbox, type OutboxLimits } from '../node/outbox.ts';
import type { Clock } from '../ports.ts';
import type { Foreign } from '../wire/foreign.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../wire/record.ts';
import { Writer } from '../wire/writer.ts';

/** Turns in a row before sockets and timers get theirs. */
const MAX_TURNS = 64;

export interface LoopbackOwner {
  /** Null, or what is wrong with the record. */
  receive(body: Uint8Array): string | null;
  /** What this node wrote it cannot read: a bug of this package, by which messages are lost. */
  failed(fault: string): void;
}

/**
 * Messages of this node to itself. They are written and read like those to others, so that a message
 * is always a copy, is never delivered inside the call, and fails for the same reasons.
 */
export function loopback(
  clock: Clock,
  foreign: Foreign,
  limits: OutboxLimits,
  owner: LoopbackOwner,
): Outbox {
  const inflow = new Inflow(limits.maxMessageBytes);
  let turns = 0;
  const flush = () => outbox.flush();
  const outbox = new Outbox(
    {
      queuedBytes: () => 0,
      plan: () => {
        turns = (turns + 1) % MAX_TURNS;
        if (turns === 0) clock.afterPoll(flush);
        else clock.endOfTurn(flush);
      },
      write: (type, roomy) => {
        const body = roomy.subarray(RECORD_HEAD_BYTES, roomy.length - TAG_BYTES);
        const whole = inflow.take(type, body);
        const fault = whole instanceof Uint8Array ? owner.receive(whole) : whole;
        if (fault !== null) owner.failed(fault);
      },
    },
    limits,
    new Writer(foreign),
  );
  return outbox;
}
