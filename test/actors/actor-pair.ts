/** Two nodes in this process, connected over real sockets. */
import { Actors } from '../../src/actors/actors.ts';
import type { Ref } from '../../src/actors/ref.ts';
import type { ClusterConfig } from '../../src/index.ts';
import { NodeId } from '../../src/membership/node-id.ts';
import { LocalNode } from '../support/local-node.ts';

export interface ActorEnd {
  readonly node: LocalNode;
  readonly actors: Actors;
  readonly id: NodeId;
}

export async function startEnd(
  nodeName: string,
  config: Partial<ClusterConfig> = {},
): Promise<ActorEnd> {
  const actors = new Actors();
  const node = await LocalNode.start({ nodeName, ...config }, { actors });
  return { node, actors, id: NodeId.parse(node.id) };
}

export async function startPair(
  config: Partial<ClusterConfig> = {},
): Promise<{ readonly here: ActorEnd; readonly there: ActorEnd }> {
  const there = await startEnd('there', config);
  const here = await startEnd('here', { ...config, seeds: [there.id] });
  await here.node.journal.waitForUp(there.id, 2_000);
  await there.node.journal.waitForUp(here.id, 2_000);
  return { here, there };
}

export async function spawnOn(
  from: ActorEnd,
  on: ActorEnd,
  behavior: unknown,
  input?: unknown,
): Promise<Ref> {
  const name = `behavior ${on.actors.behaviors.getNames().length}`;
  on.actors.behaviors.register(name, behavior);
  return from.actors.spawn(name, { on: on.id, input });
}

/** Answers nobody. */
export const silent = () => new Promise<never>(() => {});
