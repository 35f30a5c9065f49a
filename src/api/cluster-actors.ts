/** What a user does with actors: `cluster.actors`. */
import { Observable } from 'rxjs/internal/Observable';
import type { Actors, SpawnOptions } from '../actors/actors.ts';
import type { Behaviors } from '../actors/behaviors.ts';
import type { MessageOf } from '../actors/messages.ts';
import type { NodeBusy } from '../actors/pressure.ts';
import type { Ref } from '../actors/ref.ts';
import type { DeadLetter } from '../inspect/dead-letter.ts';
import { NodeId } from '../membership/node-id.ts';

export class ClusterActors {
  /**
   * Messages that came to nothing, from now on, at the node where that is noticed. An ask that comes
   * to nothing is none: it rejects. What a subscriber itself brings about while it is told of one is
   * counted, but not told.
   */
  readonly deadLetters$: Observable<DeadLetter>;
  /**
   * The nodes that are busy now, then every change: more than half of `limits.maxDataQueueBytes` waits
   * for them, or somebody got an `OverloadedError`, until no more than an eighth of it is left. Told at
   * the end of a turn; a node that is gone is not busy.
   */
  readonly busy$: Observable<NodeBusy>;
  readonly #actors: Actors;

  constructor(actors: Actors) {
    this.#actors = actors;
    this.deadLetters$ = new Observable((subscriber) =>
      actors.deadLetters.add((letter) => subscriber.next(letter)),
    );
    this.busy$ = new Observable((subscriber) => {
      const present = [...actors.busyNodes];
      // Before the present is delivered, so that a subscriber may act on it and see what follows.
      const end = actors.busy.add((change) => subscriber.next(change));
      for (const nodeId of present) {
        if (actors.busyNodes.has(nodeId)) subscriber.next({ nodeId, busy: true });
      }
      return end;
    });
  }

  /** Whether so much waits for a node, at this very moment, that one should wait with more. */
  isBusy(nodeId: string): boolean {
    const id = NodeId.tryParse(nodeId);
    return id !== undefined && this.#actors.isBusy(id);
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
