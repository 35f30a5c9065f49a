import { inspect } from 'node:util';
import { of } from 'rxjs';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { type AnyActorRef, assign, createActor, fromObservable, sendTo, setup } from 'xstate';
import type { MessageOf } from '../../src/actors/messages.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import type { DeadLetter } from '../../src/inspect/dead-letter.ts';
import { spawnOn, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';
import { brittle } from './brittle.ts';
import { downOf } from './downs.ts';

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

const adder = setup({
  types: {
    context: {} as { readonly sum: number },
    events: {} as { readonly type: 'add'; readonly by: number } | { readonly type: 'close' },
    output: {} as { readonly sum: number },
  },
}).createMachine({
  context: { sum: 0 },
  initial: 'open',
  states: {
    open: {
      on: {
        add: { actions: assign({ sum: ({ context, event }) => context.sum + event.by }) },
        close: 'closed',
      },
    },
    closed: { type: 'final' },
  },
  output: ({ context }) => ({ sum: context.sum }),
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

  test.each([
    ['holds a function', { maxDataQueueBytes: 1_000_000 }, { no: () => 1 }, 'not_serializable'],
    ['finds no room', { maxDataQueueBytes: 70_000 }, { filler: 'x'.repeat(60_000) }, 'overloaded'],
  ])('lives on when what it sends by sendTo %s', async (_, limits, payload, reason) => {
    const { here, there } = await startPair({ limits });
    const sink = await spawnOn(here, there, () => {});
    const letters: DeadLetter[] = [];
    here.node.cluster.actors.deadLetters$.subscribe((letter) => letters.push(letter));
    const sender = setup({}).createMachine({
      on: { go: { actions: sendTo(sink, { type: 'news', ...payload }) } },
    });
    const actor = createActor(sender).start();
    for (let count = 0; count < 5; count += 1) actor.send({ type: 'go' });
    expect(actor.getSnapshot().status).toBe('active');
    expect(letters.at(-1)).toMatchObject({ target: sink.id, reason, message: 'news' });
    actor.stop();
  });

  test.each([
    ['an actor on its own node', 'there'],
    ['an actor elsewhere', 'here'],
  ] as const)('passes an ask on, as it is, to %s, which answers it', async (_, where) => {
    const { here, there } = await startPair();
    const ends = { here, there };
    const counter = await spawnOn(there, ends[where], counterMachine);
    const proxy = setup({ types: { input: {} as Ref, context: {} as { readonly to: Ref } } });
    const forwarding = proxy.createMachine({
      context: ({ input }) => ({ to: input }),
      on: {
        '*': {
          actions: sendTo(
            ({ context }) => context.to,
            ({ event }) => event,
          ),
        },
      },
    });
    const ref = await spawnOn(here, there, forwarding, counter);
    ref.send({ type: 'add', by: 4 });
    expect(await ref.ask({ type: 'read' })).toBe(4);
    expect(await ref.ask({ type: 'read' })).toBe(4);
    expect([here.actors.node.own.openAsks, there.actors.node.line(here.id)?.openAsks]).toEqual([
      0, 0,
    ]);
  });

  test('may keep whom to answer in its context, and be looked at meanwhile', async () => {
    const { here, there } = await startPair();
    const patient = setup({
      types: {
        context: {} as { readonly waiting: ReplyTo<string> | null },
        events: {} as
          | { readonly type: 'wait'; readonly replyTo?: ReplyTo<string> }
          | { readonly type: 'tell' },
      },
      actions: {
        keep: assign({
          waiting: ({ event }) => (event.type === 'wait' ? (event.replyTo ?? null) : null),
        }),
        tell: ({ context }) => context.waiting?.send('at last'),
      },
    }).createMachine({
      context: { waiting: null },
      on: { wait: { actions: 'keep' }, tell: { actions: 'tell' } },
    });
    const ref = await spawnOn(here, there, patient);
    const asked = ref.ask({ type: 'wait' });
    expect(await ref.snapshot()).toMatchObject({ context: { waiting: { nodeId: there.id } } });
    ref.send({ type: 'tell' });
    expect(await asked).toBe('at last');
  });

  test('is not harmed by a `replyTo` that is none', async () => {
    const { counter } = await startCounter();
    for (const replyTo of [undefined, null, 5, {}, { send: 'x' }]) {
      // Anybody can send anything.
      counter.send({ type: 'read', replyTo: replyTo as unknown as ReplyTo<number> });
    }
    expect(await counter.ask({ type: 'read' })).toBe(0);
  });

  test.each(PLACES)(
    'that throws while it is asked, %s, fails the ask with that',
    async (_, start) => {
      const { here, there } = await start();
      const ref = await spawnOn(here, there, brittle);
      const error = await ref.ask({ type: 'break' }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        ...{ reason: 'failed', delivered: 'yes', cause: { name: 'RangeError', message: 'broken' } },
      });
    },
  );

  test.each(PLACES)('that is done, %s, tells its output to whoever watches', async (_, start) => {
    const { here, there } = await start();
    const ref = await spawnOn(here, there, adder);
    const down = downOf(here, ref);
    ref.send({ type: 'add', by: 3 });
    ref.send({ type: 'close' });
    expect(await down).toEqual({ ref, reason: 'normal', output: { sum: 3 } });
  });

  test('that is done at once has been started', async () => {
    const { here, there } = await startPair();
    const ref = await spawnOn(
      here,
      there,
      fromObservable(() => of(1, 2)),
    );
    expect((await downOf(here, ref)).reason).toBe('no_actor');
    expect(there.node.cluster.getLocalNodeInfo().processCount).toBe(0);
  });
});

describe('a reference', () => {
  test('is printed as its text', async () => {
    const { counter } = await startCounter();
    expect([inspect(counter), `${counter}`]).toEqual([`Ref(${counter.id})`, counter.id]);
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
    expectTypeOf<MessageOf<(message: { readonly a: number }) => number>>().toEqualTypeOf<{
      readonly a: number;
    }>();
    expect(await counter.ask({ type: 'read' })).toBe(0);
  });
});
