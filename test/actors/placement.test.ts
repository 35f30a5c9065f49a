import { describe, expect, test } from 'vitest';
import { assign, setup } from 'xstate';
import { Actors } from '../../src/actors/actors.ts';
import { Placements } from '../../src/actors/placement.ts';
import { reply } from '../../src/actors/reply.ts';
import { SpawnError } from '../../src/errors/actors.ts';
import { ClusterNotStartedError } from '../../src/errors.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import type { NodeInfo } from '../../src/membership/node-info.ts';
import { startEnd, startPair } from './actor-pair.ts';

const [A, B, C] = ['a@10.0.0.1:1', 'b@10.0.0.2:1', 'c@10.0.0.3:1'].map((id) => NodeId.parse(id));

function node(id: NodeId | undefined, processCount = 0): NodeInfo {
  if (!id) throw new Error('three ids were made');
  const rest = { host: '', port: 1, status: 'connected', lastHeartbeatAt: 0, uptimeMs: 0 } as const;
  return { ...rest, id, processCount };
}

const NODES = [node(A), node(B), node(C)];

describe('the nodes that are tried', () => {
  test('are this one alone for `local`, and a given one for its id', () => {
    const placements = new Placements(() => 0);
    expect(placements.candidates('local', NODES)).toEqual([A]);
    expect(placements.candidates(NodeId.parse('z@10.0.0.9:1'), NODES)).toEqual(['z@10.0.0.9:1']);
  });

  test.each([
    [0, [A, B, C]],
    [0.4, [B, C, A]],
    [0.99, [C, A, B]],
  ])('are all for `any`, beginning where chance (%d) says', (float, expected) => {
    expect(new Placements(() => float).candidates('any', NODES)).toEqual(expected);
  });

  test('are ordered by their actors for `least`; of equal ones this node comes first', () => {
    const placements = new Placements(() => 0);
    const nodes = [node(A, 2), node(B, 1), node(C, 2)];
    expect(placements.candidates('least', nodes)).toEqual([B, A, C]);
  });

  test('are those that a function chooses among all', () => {
    const placements = new Placements(() => 0);
    const last = (nodes: readonly NodeInfo[]) => nodes.at(-1)?.id ?? nodes[0]?.id;
    expect(placements.candidates((nodes) => last(nodes) ?? NodeId.parse('z@h:1'), NODES)).toEqual([
      C,
    ]);
  });

  test('take turns for `least` before their next heartbeat tells of what was started', () => {
    const placements = new Placements(() => 0);
    const turns = NODES.map(() => {
      const [first] = placements.candidates('least', NODES);
      placements.started(NODES.find(({ id }) => id === first));
      return first;
    });
    expect(turns).toEqual([A, B, C]);
    // The heartbeat has told: what was added by hand counts no more.
    const told = [node(A, 3), node(B, 1), node(C, 2)];
    expect(placements.candidates('least', told)[0]).toBe(B);
  });

  test('know nothing of what was started on a node that was lost since', () => {
    const placements = new Placements(() => 0);
    const nodes = [node(A, 2), node(B, 1)];
    for (let n = 0; n < 2; n += 1) placements.started(nodes[1]);
    expect(placements.candidates('least', nodes)).toEqual([A, B]);
    placements.lost({ nodeId: NodeId.parse('b@10.0.0.2:1') });
    expect(placements.candidates('least', nodes)).toEqual([B, A]);
  });
});

const counter = setup({
  types: { context: {} as { readonly count: number } },
}).createMachine({
  context: { count: 0 },
  on: { add: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
});

async function refusal(promise: Promise<unknown>): Promise<SpawnError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof SpawnError) return error;
  throw new Error(`no SpawnError but ${String(error)}`);
}

describe('spawn', () => {
  test('starts here unless told otherwise', async () => {
    const here = await startEnd('here');
    here.actors.behaviors.register('counter', counter);
    expect((await here.actors.spawn('counter')).nodeId).toBe(here.id);
  });

  test.each(['any', 'least'] as const)('on `%s` passes over who cannot do it', async (on) => {
    const { here, there } = await startPair();
    there.actors.behaviors.register('counter', counter);
    expect((await here.actors.spawn('counter', { on })).nodeId).toBe(there.id);
  });

  test('shares `least` out among equals', async () => {
    const { here, there } = await startPair();
    for (const end of [here, there]) end.actors.behaviors.register('counter', counter);
    const refs = [];
    for (let n = 0; n < 4; n += 1) refs.push(await here.actors.spawn('counter', { on: 'least' }));
    expect(refs.filter(({ nodeId }) => nodeId === there.id)).toHaveLength(2);
  });

  test('says what the last candidate said when none can do it', async () => {
    const { here, there } = await startPair();
    expect(await refusal(here.actors.spawn('counter', { on: 'any' }))).toMatchObject({
      reason: 'unknown_behavior',
    });
    const on = NodeId.parse('z@127.0.0.1:1');
    expect(await refusal(here.actors.spawn('counter', { on }))).toMatchObject({
      reason: 'node_down',
      nodeId: on,
    });
    expect(await refusal(here.actors.spawn('counter', { on: () => there.id }))).toMatchObject({
      reason: 'unknown_behavior',
      nodeId: there.id,
    });
  });

  test.each(['any', 'least'] as const)(
    'on `%s` tries nobody else once one has failed',
    async (on) => {
      const { here, there } = await startPair();
      let started = 0;
      const failing = setup({}).createMachine({
        context: () => {
          started += 1;
          throw new Error('no context');
        },
      });
      for (const end of [here, there]) end.actors.behaviors.register('failing', failing);
      expect(await refusal(here.actors.spawn('failing', { on }))).toMatchObject({
        ...{ reason: 'failed', cause: { message: 'no context' } },
      });
      expect(started).toBe(1);
    },
  );

  test('is refused before the node has started and after it has stopped', async () => {
    const actors = new Actors();
    await expect(actors.spawn('counter')).rejects.toBeInstanceOf(ClusterNotStartedError);
    const here = await startEnd('here');
    here.actors.behaviors.register('counter', counter);
    await here.node.cluster.stop();
    await expect(here.actors.spawn('counter')).rejects.toBeInstanceOf(ClusterNotStartedError);
  });

  test('gives the actor the id that was asked for', async () => {
    const here = await startEnd('here');
    const named = setup({
      types: { context: {} as { readonly name: string } },
      actions: { tell: reply(({ context }) => context.name) },
    }).createMachine({
      context: ({ self }) => ({ name: self.id }),
      on: { read: { actions: 'tell' } },
    });
    here.actors.behaviors.register('named', named);
    const ref = await here.actors.spawn('named', { id: 'the one' });
    expect(await ref.ask({ type: 'read' })).toBe('the one');
  });
});
