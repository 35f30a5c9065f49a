import { describe, expect, expectTypeOf, test } from 'vitest';
import { type AnyActorRef, assign, createActor, sendTo, setup } from 'xstate';
import type { MessageOf } from '../../src/actors/messages.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import { startPair } from './actor-pair.ts';

type CounterEvent =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'read'; readonly replyTo?: ReplyTo<number> };

const counterMachine = setup({
  types: { context: {} as { readonly count: number }, events: {} as CounterEvent },
  actions: {
    add: assign({
      count: ({ context, event }) => context.count + (event.type === 'add' ? event.by : 0),
    }),
    answer: reply(({ context }) => context.count),
  },
}).createMachine({
  context: { count: 0 },
  on: { add: { actions: 'add' }, read: { actions: 'answer' } },
});

type Counter = Ref<MessageOf<typeof counterMachine>>;

async function startCounter() {
  const { here, there } = await startPair();
  there.actors.behaviors.register('counter', counterMachine);
  const counter: Counter = await here.actors.spawn<typeof counterMachine>('counter', {
    on: there.id,
  });
  return { here, there, counter };
}

describe('a machine', () => {
  test('sends to an actor on another node by sendTo, as to any other', async () => {
    const { counter } = await startCounter();
    const sender = setup({
      types: { context: {} as { readonly counter: Counter } },
    }).createMachine({
      context: { counter },
      on: { go: { actions: sendTo(({ context }) => context.counter, { type: 'add', by: 3 }) } },
    });
    const actor = createActor(sender).start();
    actor.send({ type: 'go' });
    actor.send({ type: 'go' });
    expect(await counter.ask({ type: 'read' })).toBe(6);
    expect(actor.getSnapshot().status).toBe('active');
    actor.stop();
  });

  test('tells of itself by `self`, which arrives as a reference', async () => {
    const { here, there } = await startPair();
    const guest = setup({
      types: {
        context: {} as { readonly name: string },
        events: {} as
          | { readonly type: 'visit'; readonly host: AnyActorRef }
          | { readonly type: 'who'; readonly replyTo?: ReplyTo<string> },
      },
      actions: { tell: reply(({ context }) => context.name) },
    }).createMachine({
      context: ({ self }) => ({ name: self.id }),
      on: {
        visit: {
          actions: sendTo(
            ({ event }) => event.host,
            ({ self }) => ({ type: 'arrived', from: self }),
          ),
        },
        who: { actions: 'tell' },
      },
    });
    let arrived = (_: unknown) => {};
    const guestRef = new Promise<unknown>((resolve) => {
      arrived = resolve;
    });
    here.actors.behaviors.register('host', ({ from }: { readonly from: unknown }) => arrived(from));
    there.actors.behaviors.register('guest', guest);
    const host = await here.actors.spawn('host');
    const ref = await here.actors.spawn<typeof guest>('guest', { on: there.id, id: 'the guest' });
    ref.send({ type: 'visit', host });
    const from = await guestRef;
    expect(ref.equals(from)).toBe(true);
    expect(await ref.ask({ type: 'who' })).toBe('the guest');
  });

  test('answers by the action `reply`, which leaves sent events alone', async () => {
    const { counter } = await startCounter();
    counter.send({ type: 'read' });
    counter.send({ type: 'add', by: 2 });
    expect(await counter.ask({ type: 'read' })).toBe(2);
  });

  test('answers by sendTo to event.replyTo', async () => {
    const { here, there } = await startPair();
    const answering = setup({
      types: { events: {} as { readonly type: 'who'; readonly replyTo: ReplyTo<{ type: 'me' }> } },
    }).createMachine({
      on: { who: { actions: sendTo(({ event }) => event.replyTo, { type: 'me' }) } },
    });
    there.actors.behaviors.register('who', answering);
    const ref = await here.actors.spawn<typeof answering>('who', { on: there.id });
    expect(await ref.ask({ type: 'who' })).toEqual({ type: 'me' });
  });
});

describe('the types of a reference', () => {
  test('know the events and the answers', async () => {
    const { counter } = await startCounter();
    expectTypeOf(counter.ask({ type: 'read' })).resolves.toEqualTypeOf<number>();
    // Never called: the compiler is what is tested.
    const wrong = () => {
      // @ts-expect-error: no such event
      counter.send({ type: 'subtract' });
      // @ts-expect-error: `by` is a number
      counter.send({ type: 'add', by: '1' });
    };
    expect(wrong).toBeTypeOf('function');
    expect(await counter.ask({ type: 'read' })).toBe(0);
  });
});
