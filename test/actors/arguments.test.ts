import { expect, test } from 'vitest';
import { silent, spawnOn, startEnd } from './actor-pair.ts';

async function refusal(call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    return error;
  }
}

test('what is no argument is refused before anything is done', async () => {
  const here = await startEnd('here');
  const { actors } = here.node.cluster;
  const ref = await spawnOn(here, here, silent);
  const none = {} as never;
  const refused = await Promise.all([
    refusal(() => actors.spawn('x', { onn: 'least' } as never)),
    refusal(() => actors.register('x', none)),
    refusal(() => actors.monitor(none, () => {})),
    refusal(() => actors.link(ref, none)),
    refusal(() => actors.unlink(none, ref)),
    refusal(() => ref.ask('x', { timeoutMs: 0 })),
  ]);
  expect(refused.map((error) => (error instanceof Error ? error.message : error))).toEqual([
    'Invalid argument: unknown option "onn" of spawn; did you mean "on"?',
    'Invalid argument: ref must be a reference to an actor, got a value of type object',
    'Invalid argument: ref must be a reference to an actor, got a value of type object',
    'Invalid argument: b must be a reference to an actor, got a value of type object',
    'Invalid argument: a must be a reference to an actor, got a value of type object',
    'Invalid argument: timeoutMs must be a positive number, got 0',
  ]);
  expect(refused).toMatchObject(new Array(6).fill({ code: 'INVALID_ARGUMENT', delivered: 'no' }));
});

test('a group is not asked by a choice that there is not', async () => {
  const here = await startEnd('here');
  const group = here.node.cluster.actors.group('team');
  await group.join(await spawnOn(here, here, silent));
  const by = 'random' as never;
  expect(await refusal(() => group.ask('x', { by }))).toMatchObject({
    message: `Invalid argument: by must be 'roundRobin', 'leastPending' or { key }, got "random"`,
  });
  const empty = {} as never;
  expect(await refusal(() => group.ask('x', { by: empty }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
