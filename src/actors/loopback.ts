import { Inflow } from '../node/inflow.ts';
import { Outbox, type OutboxLimits } from '../node/outbox.ts';
import type { Clock } from '../ports.ts';
import type { Foreign } from '../wire/foreign.ts';
import { RECORD_HEAD_BYTES, TAG_BYTES } from '../wire/record.ts';
import { Writer } from '../wire/writer.ts';

/** Turns in a row before sockets and timers get theirs. */
const MAX_TURNS = 64;

/**
 * Messages of this node to itself. They are written and read like those to others, so that a message
 * is always a copy, is never delivered inside the call, and fails for the same reasons.
 */
export function loopback(
  clock: Clock,
  foreign: Foreign,
  limits: OutboxLimits,
  receive: (body: Uint8Array) => void,
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
        if (whole instanceof Uint8Array) receive(whole);
      },
    },
    limits,
    new Writer(foreign),
  );
  return outbox;
}
