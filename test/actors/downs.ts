/** Collects what monitors tell, and waits for it. */
import type { Ref } from '../../src/actors/ref.ts';
import type { Down } from '../../src/index.ts';
import type { ActorEnd } from './actor-pair.ts';

export class Downs {
  readonly all: Down[] = [];
  #waiting: (() => void)[] = [];

  readonly add = (down: Down): void => {
    this.all.push(down);
    for (const look of this.#waiting.splice(0)) look();
  };

  /** The reasons, once there are so many. */
  async reasons(count: number): Promise<readonly string[]> {
    while (this.all.length < count) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.all.map(({ reason }) => reason);
  }
}

/** The one thing that is told of an actor. */
export function downOf(end: ActorEnd, ref: Ref): Promise<Down> {
  return new Promise((resolve) => end.node.cluster.actors.monitor(ref, resolve));
}

/** Everything that was on its way between the two has arrived. */
export async function settled(from: ActorEnd, to: ActorEnd): Promise<void> {
  for (const [a, b] of [
    [from, to],
    [to, from],
  ] as const) {
    const name = 'settled';
    if (!b.actors.behaviors.has(name)) b.actors.behaviors.register(name, () => true);
    const ref = await a.actors.spawn(name, { on: b.id });
    await ref.ask('?');
    await ref.stop();
  }
}
