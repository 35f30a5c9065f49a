/** What a user does with actors: `cluster.actors`. */
import { Observable } from 'rxjs/internal/Observable';
import type { AnyActorRef } from 'xstate';
import type { Actors, SpawnOptions } from '../actors/actors.ts';
import type { Behaviors } from '../actors/behaviors.ts';
import type { Down } from '../actors/down.ts';
import type { AskOptions } from '../actors/line.ts';
import { link, unlink } from '../actors/linking.ts';
import type { MessageOf } from '../actors/messages.ts';
import type { Ref } from '../actors/ref.ts';
import { type DownHandler, type Monitor, teller } from './monitoring.ts';

export class ClusterActors {
  readonly #actors: Actors;
  /** What the handler of a monitor throws. */
  readonly #failed: (error: unknown) => void;

  constructor(actors: Actors, failed: (error: unknown) => void) {
    this.#actors = actors;
    this.#failed = failed;
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

  /**
   * Tells a function, or sends the event `down` to an actor, once: when the actor ends, behind all
   * that it had sent to this node; at once when there is none; and when its node is gone or this one
   * stops. If its node holds as many monitors as it may, that is told as `error` with an
   * ActorLimitError.
   *
   * @throws ActorLimitError, OverloadedError, ClusterNotStartedError
   */
  monitor(ref: Ref, handler: DownHandler): Monitor {
    const tell = teller(handler, this.#failed);
    const stop = this.#actors.watch(ref, (reason, error) =>
      tell(error === undefined ? { ref, reason } : { ref, reason, error }),
    );
    return { ref, stop };
  }

  /** The same as its `stop`. */
  demonitor(monitor: Monitor): void {
    monitor.stop();
  }

  /** Each subscription is a monitor of its own: one value, then complete. */
  down$(ref: Ref): Observable<Down> {
    return new Observable((subscriber) => {
      const monitor = this.monitor(ref, (down) => {
        subscriber.next(down);
        subscriber.complete();
      });
      return monitor.stop;
    });
  }

  /**
   * From then on each of the two, wherever they run, ends when the other one fails, is not there, or
   * is on a node that is lost for its own: as `error`, by a LinkedActorError that names the other, so
   * that chains of links end. An actor that is done or stopped takes nobody along. Resolves once the
   * nodes of both know it; the link does not need this node. Default time limit 5,000 ms.
   *
   * @throws ActorLinkError (then they are not linked), ClusterNotStartedError
   */
  link(a: Ref, b: Ref, options?: AskOptions): Promise<void> {
    return link(this.#actors, a, b, options);
  }

  /**
   * Once it has resolved neither ends because of the other.
   *
   * @throws ActorLinkError (then they may be linked still), ClusterNotStartedError
   */
  unlink(a: Ref, b: Ref, options?: AskOptions): Promise<void> {
    return unlink(this.#actors, a, b, options);
  }

  /**
   * A reference to a running XState actor of this process, also a child, that others can send to,
   * ask, monitor and link; from now on the actor may stand in messages and arrives as that. The same
   * reference for the same actor, until the node stops; the actor itself goes on then. `ref.stop()`
   * stops a root; a child, which only its parent may stop, fails it. Counts for `limits.maxActors`,
   * but not for `processCount`.
   *
   * @throws ActorLimitError, ClusterNotStartedError, TypeError (no actor)
   */
  expose<TActor extends AnyActorRef>(actor: TActor): Ref<Parameters<TActor['send']>[0]> {
    return this.#actors.expose(actor);
  }

  /** Takes the reference back: for others the actor has been stopped. False if there was none. */
  conceal(actor: AnyActorRef): boolean {
    return this.#actors.node.exposed.conceal(actor);
  }
}
