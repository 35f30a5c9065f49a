/** I12: nodes that see each other agree on who has a name, and it is somebody who runs. */
import type { Ref } from '../../src/actors/ref.ts';
import type { NodeId } from '../../src/membership/node-id.ts';
import type { Scene } from './scene.ts';

/** Few, so that most are given several times. */
export const NAMES = ['one', 'two', 'three', 'four'] as const;

export class Names {
  readonly #scene: Scene;
  #given = 0;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** So many times was a name given to somebody. */
  get given(): number {
    return this.#given;
  }

  /** It has resolved; whoever asked finds it, unless it has gone meanwhile. */
  registered(): void {
    this.#given += 1;
  }

  /** What is wrong with names at this moment, which may be on its way. All nodes are connected. */
  unsettled(): ReadonlyMap<string, string> {
    const wrong = NAMES.flatMap((name) => {
      const what = this.#wrong(name);
      return what === null ? [] : [[`name ${name}`, what] as const];
    });
    return new Map(wrong);
  }

  #wrong(name: string): string | null {
    const holders = new Map<string, Ref | undefined>();
    const said: string[] = [];
    for (const { index } of this.#scene.members) {
      const watch = this.#scene.watchOf(index);
      if (watch?.status !== 'running') continue;
      const holder = watch.cluster.actors.whereis(name);
      holders.set(holder?.id ?? 'nobody', holder);
      said.push(`n${index} says ${holder?.id ?? 'nobody'}`);
    }
    if (holders.size > 1) return `who has the name ${name}: ${said.join(', ')}`;
    const [holder] = holders.values();
    if (!holder || this.#isRunning(holder)) return null;
    return `the name ${name} is had by ${holder.id}, which is gone`;
  }

  #isRunning({ nodeId, uid, number }: Ref): boolean {
    return this.#scene.members[indexIn(nodeId)]?.hosts(uid, number) === true;
  }
}

function indexIn(nodeId: NodeId): number {
  return Number(nodeId.slice(1, nodeId.indexOf('@')));
}
