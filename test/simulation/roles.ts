/** What actors do in the campaign: one behavior of each kind, all of which answer alike. */
import { sendTo, setup } from 'xstate';
import type { Server } from '../../src/actors/behavior.ts';
import type { Behaviors } from '../../src/actors/behaviors.ts';
import type { Handler } from '../../src/actors/handler-actor.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';

export const ROLES = ['echo', 'slow', 'machine', 'server'] as const;
export type RoleName = (typeof ROLES)[number];

/** A message: an event, so that machines take it, too. */
export interface Note {
  readonly type: 'note';
  /** The number by which it is known what should become of it. */
  readonly letter: number;
  /** How long the answer takes, where a behavior can wait. */
  readonly waitMs: number;
  /** `throws`: the actor fails; `odd`: its answer cannot be sent; `last`: it ends. */
  readonly twist: 'none' | 'throws' | 'odd' | 'last';
  /** For the actor's node to write to. */
  readonly ref?: Ref | undefined;
  readonly filler?: Uint8Array | undefined;
}

/** Of the process in which the actor runs. */
export interface Clerk {
  /** Each message, as it comes. `label`: what the actor was started with, if it knows. */
  took(note: Note, label: number | null): void;
  began(label: number): void;
  /** Stands still and ends with the process, and ends when nobody waits for the answer any more. */
  wait(forMs: number, replyTo: ReplyTo | null): Promise<void>;
}

/** To each message with a number the same. */
export interface Answer {
  readonly type: 'answer';
  readonly letter: number;
}

type Question = Note & { readonly replyTo?: ReplyTo<Answer> };

export function registerRoles(behaviors: Behaviors, clerk: Clerk): void {
  behaviors.register('echo', echo(clerk));
  behaviors.register('slow', slow(clerk));
  behaviors.register('machine', machine(clerk));
  behaviors.register('server', server(clerk));
}

/** Null for what is no answer of ours. */
export function letterOf(answer: unknown): number | null {
  const letter = answer instanceof Object ? Reflect.get(answer, 'letter') : null;
  return typeof letter === 'number' ? letter : null;
}

function answerTo({ letter, twist }: Note): Answer {
  if (twist === 'throws') throw new RangeError('as it was asked to');
  // A function cannot be sent.
  return { type: 'answer', letter, ...(twist === 'odd' ? { odd: () => letter } : {}) };
}

function echo(clerk: Clerk): Handler {
  return (message) => {
    const note = noteIn(message);
    clerk.took(note, null);
    return answerTo(note);
  };
}

function slow(clerk: Clerk): Handler {
  return async (message, replyTo) => {
    const note = noteIn(message);
    clerk.took(note, null);
    if (replyTo) await clerk.wait(note.waitMs, replyTo);
    return answerTo(note);
  };
}

function machine(clerk: Clerk) {
  return setup({
    types: {
      context: {} as { readonly label: number },
      events: {} as Question,
      input: {} as number,
    },
    actions: {
      begin: ({ context }) => clerk.began(context.label),
      take: ({ context, event }) => clerk.took(event, context.label),
      answer: reply(({ event }): Answer => ({ type: 'answer', letter: event.letter })),
      answerLater: sendTo(
        ({ event, self }) => event.replyTo ?? self,
        ({ event: { letter } }): Answer => ({ type: 'answer', letter }),
        { delay: ({ event }) => event.waitMs },
      ),
    },
    guards: {
      isLast: ({ event }) => event.twist === 'last',
      isSlow: ({ event }) => event.waitMs > 0 && event.replyTo !== undefined,
    },
  }).createMachine({
    context: ({ input }) => ({ label: input }),
    entry: 'begin',
    initial: 'open',
    states: {
      open: {
        on: {
          note: [
            { guard: 'isLast', actions: 'take', target: 'closed' },
            { guard: 'isSlow', actions: ['take', 'answerLater'] },
            { actions: ['take', 'answer'] },
          ],
        },
      },
      closed: { type: 'final' },
    },
  });
}

function server(clerk: Clerk): Server<number, unknown, unknown> {
  return {
    init: async (input) => {
      const label = Number(input);
      clerk.began(label);
      await null;
      return label;
    },
    handleCall: async (message, label) => {
      const note = noteIn(message);
      clerk.took(note, label);
      if (note.waitMs > 0) await clerk.wait(note.waitMs, null);
      return [answerTo(note), label];
    },
    handleCast: (message, label) => {
      clerk.took(noteIn(message), label);
      return label;
    },
  };
}

/** The program has to hand over what was sent; anything else ends the run. */
function noteIn(message: unknown): Note {
  if (isNote(message)) return message;
  throw new Error(`no message of the campaign: ${JSON.stringify(message)}`);
}

function isNote(message: unknown): message is Note {
  return message instanceof Object && Reflect.get(message, 'type') === 'note';
}
