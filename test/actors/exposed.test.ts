import { describe, expect, onTestFinished, test } from 'vitest';
import { type AnyActorRef, assign, createActor, setup } from 'xstate';
import { ExposedActor } from '../../src/actors/exposed-actor.ts';
import type { Ref } from '../../src/actors/ref.ts';
import { reply } from '../../src/actors/reply.ts';
import type { ReplyTo } from '../../src/actors/reply-to.ts';
import { ActorLimitError, ClusterNotStartedError, NotSerializableError } from '../../src/index.ts';
import { spawnOn, startEnd, startPair } from './actor-pair.ts';
import { PLACES } from './actor-places.ts';
import { brittle } from './brittle.ts';
import { downOf, settled } from './downs.ts';

type TallyEvent =
  | { readonly type: 'add'; readonly by: number }
  | { readonly type: 'read'; readonly replyTo?: ReplyTo<number> }
  | { readonly type: 'close' };

const tally = setup({
  types: { context: {} as { readonly sum: number }, events: {} as TallyEvent },
  actions: {
    add: assign({
      sum: ({ context, event }) => context.sum + (event.type === 'add' ? event.by : 0),
    }),
    answer: reply(({ context }) => context.sum),
  },
}).createMachine({
  context: { sum: 0 },
  initial: 'open',
  states: {
    open: { on: { add: { actions: 'add' }, read: { actions: 'answer' }, close: 'closed' } },
    closed: { type: 'final' },
  },
});

function startTally() {
  const actor = createActor(tally).start();
  onTestFinished(() => void actor.stop());
  return actor;
}

function startFamily() {
  const parent = createActor(
    setup({ actors: { tally } }).createMachine({
      initial: 'on',
      states: {
        on: { invoke: { src: 'tally', id: 'tally' }, on: { off: 'off' } },
        off: {},
      },
    }),
  ).start();
  onTestFinished(() => void parent.stop());
  const child = parent.getSnapshot().children.tally;
  if (!child) throw new Error('it was invoked');
  return { parent, child };
}

describe.each(PLACES)('an exposed actor, seen by an actor %s', (_, start) => {
  test('takes events, and answers', async () => {
    const { here, there } = await start();
    const actor = startTally();
    const ref = here.node.cluster.actors.expose(actor);
    const other = await spawnOn(here, there, async ({ to }: { readonly to: Ref }) => {
      to.send({ type: 'add', by: 2 });
      to.send({ type: 'add', by: 3 });
      return to.ask({ type: 'read' });
    });
    expect(await other.ask({ to: ref })).toBe(5);
    expect(actor.getSnapshot().context.sum).toBe(5);
  });

  test('may be a child', async () => {
    const { here, there } = await start();
    const { parent, child } = startFamily();
    const ref = here.node.cluster.actors.expose(child);
    const other = await spawnOn(here, there, async ({ to }: { readonly to: Ref }) =>
      to.ask({ type: 'read' }),
    );
    expect(await other.ask({ to: ref })).toBe(0);
    const down = downOf(here, ref);
    await settled(here, here);
    parent.send({ type: 'off' });
    expect((await down).reason).toBe('stopped');
  });
});

describe('the end of an exposed actor', () => {
  test('is told to those who watch it', async () => {
    const { here, there } = await startPair();
    const { actors } = here.node.cluster;
    const done = startTally();
    const stopped = startTally();
    const failed = createActor(brittle);
    const errors: unknown[] = [];
    failed.subscribe({ error: (error) => errors.push(error) });
    failed.start();
    const downs = [done, stopped, failed].map((actor) => downOf(there, actors.expose(actor)));
    await settled(here, there);
    done.send({ type: 'close' });
    stopped.stop();
    failed.send({ type: 'break' });
    expect(await Promise.all(downs)).toMatchObject([
      { reason: 'normal' },
      { reason: 'stopped' },
      { reason: 'error', error: { name: 'RangeError', message: 'broken' } },
    ]);
    expect(errors).toHaveLength(1);
    expect(here.actors.node.monitors.size).toBe(0);
  });

  test('by an error that nobody listens to is still reported by XState', async () => {
    const here = await startEnd('here');
    const { actors } = here.node.cluster;
    const heard = createActor(brittle);
    heard.subscribe({ error: () => {} });
    const unheard = createActor(brittle);
    for (const actor of [heard, unheard]) actors.expose(actor.start());
    const reported = uncaught();
    heard.send({ type: 'break', error: new Error('heard') });
    unheard.send({ type: 'break', error: new Error('unheard') });
    expect(await reported).toMatchObject([{ message: 'unheard' }]);
  });

  test('by an error that nobody but this cluster listens to is reported, too', async () => {
    const here = await startEnd('here');
    const { actors } = here.node.cluster;
    const heard = createActor(brittle).start();
    const unheard = createActor(brittle).start();
    const ends: unknown[] = [];
    for (const actor of [heard, unheard]) {
      actors.expose(actor).snapshots$.subscribe({ error: (error) => ends.push(error) });
    }
    heard.subscribe({ error: () => {} });
    await settled(here, here);
    const reported = uncaught();
    heard.send({ type: 'break', error: new Error('heard') });
    unheard.send({ type: 'break', error: new Error('unheard') });
    expect(await reported).toMatchObject([{ message: 'unheard' }]);
    await settled(here, here);
    expect(ends).toMatchObject([
      { cause: { message: 'heard' } },
      { cause: { message: 'unheard' } },
    ]);
  });

  test('by an error is reported whether or not its states are told when it comes', async () => {
    const actor = createActor(brittle).start();
    const owner = { ended: () => {}, dead: () => {}, threw: () => {} };
    new ExposedActor(actor, owner).observe(() => {});
    const reported = uncaught();
    actor.send({ type: 'break', error: new Error('unheard') });
    expect(await reported).toMatchObject([{ message: 'unheard' }]);
  });

  test('fails the asks that it has not answered', async () => {
    const { here, there } = await startPair();
    const mute = createActor(setup({}).createMachine({ on: { ask: {} } })).start();
    const ref = here.node.cluster.actors.expose(mute);
    const asker = await spawnOn(here, there, ({ to }: { readonly to: Ref }) =>
      to.ask({ type: 'ask' }).catch(({ reason }) => reason),
    );
    const asked = asker.ask({ to: ref });
    await settled(here, there);
    mute.stop();
    expect(await asked).toBe('stopped');
  });

  test('that came before leaves a reference to nobody', async () => {
    const here = await startEnd('here');
    const actor = startTally();
    actor.stop();
    const ref = here.node.cluster.actors.expose(actor);
    expect((await downOf(here, ref)).reason).toBe('no_actor');
    expect(here.node.cluster.actors.expose(actor).equals(ref)).toBe(true);
  });
});

describe('expose', () => {
  test('gives equal references for one actor, and other ones for others', async () => {
    const here = await startEnd('here');
    const { actors } = here.node.cluster;
    const [one, two] = [startTally(), startTally()];
    expect(actors.expose(one).equals(actors.expose(one))).toBe(true);
    expect(actors.expose(one).equals(actors.expose(two))).toBe(false);
    const ref = actors.expose(one);
    // Never called: the compiler is what is tested.
    // @ts-expect-error: no such event
    const wrong = () => ref.send({ type: 'subtract' });
    expect(wrong).toBeTypeOf('function');
  });

  test('does not count in processCount, but keeps to maxActors', async () => {
    const here = await startEnd('here', { limits: { maxActors: 2 } });
    const { actors } = here.node.cluster;
    const [one, two, three] = [startTally(), startTally(), startTally()];
    actors.expose(one);
    actors.expose(two);
    expect(() => actors.expose(three)).toThrow(ActorLimitError);
    expect(here.node.cluster.getLocalNodeInfo().processCount).toBe(0);
    one.stop();
    expect(await actors.expose(three).ask({ type: 'read' })).toBe(0);
    expect(here.node.cluster.getLocalNodeInfo().processCount).toBe(0);
  });

  test('takes a running actor of this process, on a node that runs', async () => {
    const here = await startEnd('here');
    const { actors } = here.node.cluster;
    const ref = actors.expose(startTally());
    const mute = { send: () => {}, getSnapshot: () => ({ status: 'active' }) };
    for (const wrong of [null, 7, {}, () => 1, mute]) {
      expect(() => actors.expose(wrong as unknown as AnyActorRef)).toThrow(
        new TypeError('expose takes an XState actor'),
      );
    }
    expect(() => actors.expose(ref as unknown as AnyActorRef)).toThrow(TypeError);
    await here.node.cluster.stop();
    expect(() => actors.expose(startTally())).toThrow(ClusterNotStartedError);
  });
});

describe('stopping', () => {
  test('an exposed root by its reference stops it', async () => {
    const { here, there } = await startPair();
    const actor = startTally();
    const ref = here.node.cluster.actors.expose(actor);
    const stopper = await spawnOn(here, there, ({ to }: { readonly to: Ref }) => to.stop());
    expect(await stopper.ask({ to: ref })).toBe(true);
    expect(actor.getSnapshot().status).toBe('stopped');
    expect(await ref.stop()).toBe(false);
  });

  test('an exposed child by its reference fails, and it lives on', async () => {
    const here = await startEnd('here');
    const { child } = startFamily();
    const ref = here.node.cluster.actors.expose(child);
    await expect(ref.stop()).rejects.toMatchObject({
      ...{ code: 'ASK_FAILED', reason: 'failed', delivered: 'no' },
      cause: { message: 'it is a child of another actor, which alone may stop it' },
    });
    expect(await ref.ask({ type: 'read' })).toBe(0);
  });

  test('by a link stops a root, as failed', async () => {
    const { here, there } = await startPair();
    const actor = startTally();
    const { actors } = here.node.cluster;
    const ref = actors.expose(actor);
    const far = await spawnOn(here, there, brittle);
    await actors.link(ref, far);
    const down = downOf(there, ref);
    far.send({ type: 'break' });
    expect(await down).toMatchObject({ reason: 'error', error: { code: 'LINKED_ACTOR_DOWN' } });
    expect(actor.getSnapshot().status).toBe('stopped');
  });

  test('the node leaves exposed actors running', async () => {
    const { here, there } = await startPair();
    const [actor, { child }] = [startTally(), startFamily()];
    const { actors } = here.node.cluster;
    const downs = [actor, child].map((exposed) => downOf(there, actors.expose(exposed)));
    await settled(here, there);
    await here.node.cluster.stop();
    for (const down of downs) expect((await down).reason).toBe('node_down');
    expect([actor.getSnapshot().status, child.getSnapshot().status]).toEqual(['active', 'active']);
  });
});

describe('conceal', () => {
  test('takes the reference back, while the actor goes on', async () => {
    const { here, there } = await startPair();
    const actor = startTally();
    const { actors } = here.node.cluster;
    const ref = actors.expose(actor);
    const down = downOf(there, ref);
    await settled(here, there);
    expect(actors.conceal(actor)).toBe(true);
    expect(actors.conceal(actor)).toBe(false);
    expect((await down).reason).toBe('stopped');
    ref.send({ type: 'add', by: 1 });
    await expect(ref.ask({ type: 'read' })).rejects.toMatchObject({ reason: 'no_actor' });
    expect(actor.getSnapshot()).toMatchObject({ status: 'active', context: { sum: 0 } });
    expect(Reflect.get(actor, 'observers')).toHaveProperty('size', 0);
    const next = actors.expose(actor);
    expect(next.equals(ref)).toBe(false);
    expect(await next.ask({ type: 'read' })).toBe(0);
  });
});

test('an actor that was observed is let go of when it is concealed', async () => {
  const here = await startEnd('here');
  const { actors } = here.node.cluster;
  const actor = startTally();
  for (let round = 0; round < 3; round += 1) {
    const ends: unknown[] = [];
    actors.expose(actor).snapshots$.subscribe({ error: (error) => ends.push(error) });
    await settled(here, here);
    expect(Reflect.get(actor, 'observers')).toHaveProperty('size', 2);
    actors.conceal(actor);
    expect(Reflect.get(actor, 'observers')).toHaveProperty('size', 0);
    await settled(here, here);
    expect(ends).toMatchObject([{ reason: 'stopped' }]);
  }
});

test('an actor in a message is refused, and the reason names expose; after that it arrives', async () => {
  const { here, there } = await startPair();
  const actor = startTally();
  const other = await spawnOn(here, there, ({ to }: { readonly to: Ref }) =>
    to.ask({ type: 'read' }),
  );
  const message = { type: 'x', to: actor };
  expect(() => other.send(message)).toThrow(
    'The message cannot be sent: to is an actor: send `expose(actor)` in its place',
  );
  here.node.cluster.actors.expose(actor);
  expect(await other.ask(message)).toBe(0);
  here.node.cluster.actors.conceal(actor);
  expect(() => other.send(message)).toThrow(NotSerializableError);
});

test('an actor that was spawned by a node is exposed as what it is there', async () => {
  const here = await startEnd('here');
  const { actors } = here.node.cluster;
  const selves: AnyActorRef[] = [];
  const ref = await spawnOn(
    here,
    here,
    setup({}).createMachine({ entry: ({ self }) => selves.push(self) }),
  );
  const [self] = selves;
  if (!self) throw new Error('it has started');
  expect(actors.expose(self).equals(ref)).toBe(true);
  expect(actors.conceal(self)).toBe(false);
  expect(await ref.stop()).toBe(true);
});

/** What would have ended the process, up to the end of the next turn. */
async function uncaught(): Promise<readonly unknown[]> {
  const usual = process.listeners('uncaughtException');
  const errors: unknown[] = [];
  process.removeAllListeners('uncaughtException');
  await new Promise<void>((resolve) => {
    process.on('uncaughtException', (error) => {
      errors.push(error);
      setImmediate(resolve);
    });
  });
  process.removeAllListeners('uncaughtException');
  for (const listener of usual) process.on('uncaughtException', listener);
  return errors;
}
