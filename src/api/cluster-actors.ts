/** What a user does with actors: `cluster.actors`. */
import type { Actors, SpawnOptions } from '../actors/actors.ts';
import type { Behaviors } from '../actors/behaviors.ts';
import type { MessageOf } from '../actors/messages.ts';
import type { Ref } from '../actors/ref.ts';

export class ClusterActors {
  readonly #actors: Actors;

  constructor(actors: Actors) {
    this.#actors = actors;
  }

  /** What other nodes may start here, and this one; kept through `stop` and `start`. */
  get behaviors(): Behaviors {
    return this.#actors.behaviors;
  }

  /**
   * Starts an actor of a registered behavior on any node, and resolves once it runs there. With
   * `on: 'any'` or `'least'` the next node is tried while one does not know the behavior or is
   * full. Default time limit 5,000 ms for each node that is tried.
   *
   * @throws SpawnError, NotSerializableError (the input), OverloadedError, ClusterNotStartedError
   */
  spawn<TBehavior = unknown>(
    name: string,
    options?: SpawnOptions,
  ): Promise<Ref<unknown extends TBehavior ? unknown : MessageOf<TBehavior>>> {
    return this.#actors.spawn<TBehavior>(name, options);
  }
}
