import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { StandardSchema } from '../../src/actors/standard-schema.ts';
import { createCounters } from '../../src/system/counters.ts';
import { LocalNode } from '../support/local-node.ts';
import { startPair } from './actor-pair.ts';

const counterMachine = setup({
  types: { context: {} as { readonly count: number }, events: {} as { type: string; by: number } },
  actions: {
    add: assign({ count: ({ context, event }) => context.count + event.by }),
    answer: reply(({ context }) => context.count),
  },
}).createMachine({
  context: { count: 0 },
  on: { add: { actions: 'add' }, read: { actions: 'answer' } },
});

const counterEvent = v.variant('type', [
  v.strictObject({ type: v.literal('add'), by: v.optional(v.number(), 1) }),
  v.strictObject({ type: v.literal('read') }),
]);

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** An actor of this node, with what the node counts. */
async function startLocal(behavior: unknown, schema: StandardSchema) {
  const actors = new Actors();
  const counters = createCounters();
  await LocalNode.start({ nodeName: 'here' }, { actors, counters });
  actors.behaviors.register('checked', behavior, { schema });
  const ref: Ref = await actors.spawn('checked');
  return { ref, counters };
}

const echo = (message: unknown) => message;

function schemaOf(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } };
}

describe('the schema of a behavior', () => {
  test('keeps from an actor elsewhere what it refuses, and the asker is told why', async () => {
    const { here, there } = await startPair();
    there.actors.behaviors.register('counter', counterMachine, { schema: counterEvent });
    const ref: Ref = await here.actors.spawn('counter', { on: there.id });
    const error = await failure(ref.ask({ type: 'add', by: 'much' }));
    expect(error).toMatchObject({
      ...{ name: 'AskError', reason: 'invalid', delivered: 'no', retryable: false },
      target: `${there.id}#${ref.number}`,
      cause: { message: 'by: Invalid type: Expected number but received "much"' },
    });
    ref.send({ type: 'add', by: 'much' });
    ref.send({ type: 'add', by: 2 });
    // A strict schema: it does not see `replyTo`.
    expect(await ref.ask({ type: 'read' })).toBe(2);
  });

  test('gives the value that the actor sees', async () => {
    const { here, there } = await startPair();
    there.actors.behaviors.register('counter', counterMachine, { schema: counterEvent });
    const ref: Ref = await here.actors.spawn('counter', { on: there.id });
    ref.send({ type: 'add' });
    expect(await ref.ask({ type: 'read' })).toBe(1);
    const numeric = v.pipe(v.string(), v.transform(Number));
    there.actors.behaviors.register('numbers', echo, { schema: numeric });
    const numbers: Ref = await here.actors.spawn('numbers', { on: there.id });
    expect(await numbers.ask('12')).toBe(12);
  });

  test('makes dead letters of what was only sent', async () => {
    const { ref, counters } = await startLocal(echo, v.string());
    ref.send(1);
    ref.send('one');
    expect(await ref.ask('two')).toBe('two');
    expect(counters.get('letters.dead')).toBe(1);
  });

  test('is told short, however much is wrong', async () => {
    const { ref } = await startLocal(echo, v.array(v.string()));
    const seven = await failure(ref.ask([1, 2, 3, 4, 5, 6, 7]));
    expect(seven).toMatchObject({
      cause: { message: expect.stringMatching(/^0: Invalid type.*; 4: Invalid.*; and 2 more$/) },
    });
    const long = await startLocal(
      echo,
      schemaOf(() => ({ issues: [{ message: 'ž'.repeat(2_000) }] })),
    );
    expect(await failure(long.ref.ask(1))).toMatchObject({
      cause: { message: `${'ž'.repeat(1_000)}...` },
    });
    const cut = await startLocal(
      echo,
      schemaOf(() => ({ issues: [{ message: `x${'😀'.repeat(1_000)}` }] })),
    );
    expect(await failure(cut.ref.ask(1))).toMatchObject({
      cause: { message: `x${'😀'.repeat(499)}\ufffd...` },
    });
  });

  test('must not give a promise: messages would overtake each other', async () => {
    const { ref, counters } = await startLocal(
      echo,
      schemaOf(async () => {
        throw new Error('nobody hears this');
      }),
    );
    expect(await failure(ref.ask('x'))).toMatchObject({
      reason: 'invalid',
      cause: { message: 'the schema gives a promise, and must not' },
    });
    ref.send('x');
    await failure(ref.ask('x'));
    expect(counters.get('letters.dead')).toBe(1);
  });

  test('refuses what it throws for', async () => {
    const throwing = schemaOf(() => {
      throw new RangeError('odd');
    });
    const { ref } = await startLocal(echo, throwing);
    expect(await failure(ref.ask('x'))).toMatchObject({
      reason: 'invalid',
      cause: { message: 'the schema threw: RangeError: odd' },
    });
  });

  test('may give the same frozen event each time, and each ask has its own answer', async () => {
    const event = Object.freeze({ type: 'read' });
    const { ref } = await startLocal(
      counterMachine,
      schemaOf(() => ({ value: event })),
    );
    expect(await Promise.all([ref.ask('x'), ref.ask('y')])).toEqual([0, 0]);
    expect(event).toEqual({ type: 'read' });
  });
});
