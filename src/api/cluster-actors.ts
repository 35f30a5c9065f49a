/** What a user does with actors: `cluster.actors`. */
import { Observable } from 'rxjs/internal/Observable';
import { Subject } from 'rxjs/internal/Subject';
import type { AnyActorRef } from 'xstate';
import type { Actors, SpawnOptions } from '../actors/actors.ts';
import type { Behaviors } from '../actors/behaviors.ts';
import type { NameLost } from '../actors/directory-watch.ts';
import type { Down } from '../actors/down.ts';
import type { AskOptions } from '../actors/line.ts';
import { link, unlink } from '../actors/linking.ts';
import type { MessageOf } from '../actors/messages.ts';
import type { NameScope } from '../actors/naming.ts';
import type { NodeBusy } from '../actors/pressure.ts';
import type { Ref } from '../actors/ref.ts';
import { InvalidArgumentError } from '../errors/actors.ts';
import type { DeadLetter } from '../inspect/dead-letter.ts';
import { NodeId } from '../membership/node-id.ts';
import { checkOptions, checkRef } from './arguments.ts';
import { Group } from './group.ts';
import { type DownHandler, downOf, type Monitor, teller } from './monitoring.ts';

const SPAWN_OPTIONS = ['on', 'input', 'id', 'timeoutMs', 'signal'];

/** Unknown messages for an unknown behavior. */
type MessagesOf<TBehavior> = unknown extends TBehavior ? unknown : MessageOf<TBehavior>;

export interface RegisterOptions extends AskOptions {
  /**
   * Default 'cluster': whoever looks for the actor need not know where it runs. With 'node' only
   * its own node knows the name, and each node may give it once.
   */
  readonly scope?: NameScope | undefined;
}

export interface WhereisOptions {
  /** Default 'cluster'. With 'node': on this node alone. */
  readonly scope?: NameScope | undefined;
  readonly on?: undefined;
}

export interface WhereisOnOptions extends AskOptions {
  /** The node whose own names are looked up. */
  readonly on: NodeId;
}

export interface UnregisterOptions extends RegisterOptions {
  /**
   * With scope 'node', which has to be said: the node whose own name it is. Default: this one. A name
   * of the cluster is taken from whoever has it, wherever that is.
   */
  readonly on?: NodeId | undefined;
}

export class ClusterActors {
  /**
   * Names that actors on this node have lost: another node had given the same name while the two
   * were not connected. The older registration keeps it, on every node alike.
   */
  readonly nameLost$: Observable<NameLost>;
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
  /** What the handler of a monitor throws. */
  readonly #failed: (error: unknown) => void;

  constructor(actors: Actors, failed: (error: unknown) => void) {
    this.#actors = actors;
    this.#failed = failed;
    const lost = new Subject<NameLost>();
    actors.directoryWatch.onNameLost((name) => lost.next(name));
    this.nameLost$ = lost.asObservable();
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
   * @throws SpawnError, NotSerializableError (the input), OverloadedError, ClusterNotStartedError,
   *   InvalidArgumentError
   */
  async spawn<TBehavior = unknown>(
    name: string,
    options: SpawnOptions = {},
  ): Promise<Ref<MessagesOf<TBehavior>>> {
    checkOptions('spawn', options, SPAWN_OPTIONS);
    return this.#actors.spawn<TBehavior>(name, options);
  }

  // ---- names ---------------------------------------------------------------------------------

  /**
   * Gives a name to an actor, wherever it runs; resolves once its node has accepted it and this
   * one knows it. It is no lock: of two that are given on two nodes at the same moment both resolve,
   * and the later one is lost soon after (`nameLost$`). The name is free again when the actor ends or its node is gone. An actor may have
   * several names. Default time limit 5,000 ms.
   *
   * @throws NameTakenError, NameError, OverloadedError, ClusterNotStartedError, InvalidArgumentError
   */
  async register(name: string, ref: Ref, options: RegisterOptions = {}): Promise<void> {
    checkRef('ref', ref);
    const { scope = 'cluster', ...asking } = options;
    return this.#actors.naming.register(name, ref, scope, asking);
  }

  /**
   * Who has the name: at once, as this node knows it, or with `on` as another node says of its own
   * names. Nobody while the node does not run.
   *
   * @throws with `on`: NameError, OverloadedError, ClusterNotStartedError
   */
  whereis<TBehavior = unknown>(
    name: string,
    options?: WhereisOptions,
  ): Ref<MessagesOf<TBehavior>> | undefined;
  whereis<TBehavior = unknown>(
    name: string,
    options: WhereisOnOptions,
  ): Promise<Ref<MessagesOf<TBehavior>> | undefined>;
  whereis(
    name: string,
    options: WhereisOptions | WhereisOnOptions = {},
  ): Ref | undefined | Promise<Ref | undefined> {
    const { naming } = this.#actors;
    if (options.on !== undefined) return naming.holderOn(name, options.on, options);
    return naming.holder(name, options.scope ?? 'cluster');
  }

  /**
   * Takes the name from whoever has it; resolves to whether somebody had. Any node may.
   *
   * @throws NameError, OverloadedError, ClusterNotStartedError, InvalidArgumentError (`on`
   * without scope 'node')
   */
  async unregister(name: string, options: UnregisterOptions = {}): Promise<boolean> {
    const { scope = 'cluster', on, ...asking } = options;
    const { naming } = this.#actors;
    if (scope === 'node') return naming.unregisterOn(name, on, asking);
    if (on === undefined) return naming.unregister(name, asking);
    throw new InvalidArgumentError("`on` takes a node's own name: say scope 'node', too");
  }

  /** All names that this node knows, sorted, and who has them; with 'node' its own ones alone. */
  names({ scope = 'cluster' }: WhereisOptions = {}): ReadonlyMap<string, Ref> {
    return this.#actors.naming.all(scope);
  }

  /** The actors under one name: there is a group as soon as somebody joins. */
  group<TBehavior = unknown>(name: string): Group<MessagesOf<TBehavior>> {
    return new Group(name, this.#actors);
  }

  // ---- ends -----------------------------------------------------------------------------------

  /**
   * Tells a function, or sends the event `down` to an actor, once: when the actor ends, behind all
   * that it had sent to this node; at once when there is none; and when its node is gone or this one
   * stops. If its node holds as many monitors as it may, that is told as `error` with an
   * ActorLimitError.
   *
   * @throws ActorLimitError, OverloadedError, ClusterNotStartedError, InvalidArgumentError
   */
  monitor(ref: Ref, handler: DownHandler): Monitor {
    checkRef('ref', ref);
    const actors = this.#actors;
    const tell = teller(handler, actors.notify.bind(actors), this.#failed);
    const stop = actors.watch(ref, (reason, detail) => tell(downOf(ref, reason, detail)));
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
   * that chains of links end, and for good, whatever the behavior says about restarts. An actor that is
   * done, stopped or restarted takes nobody along. Resolves once the nodes of both know it; the link
   * does not need this node. Default time limit 5,000 ms.
   *
   * @throws ActorLinkError (then they are not linked), ClusterNotStartedError
   */
  async link(a: Ref, b: Ref, options?: AskOptions): Promise<void> {
    checkRef('a', a);
    checkRef('b', b);
    return link(this.#actors, a, b, options);
  }

  /**
   * Once it has resolved neither ends because of the other.
   *
   * @throws ActorLinkError (then they may be linked still), ClusterNotStartedError
   */
  async unlink(a: Ref, b: Ref, options?: AskOptions): Promise<void> {
    checkRef('a', a);
    checkRef('b', b);
    return unlink(this.#actors, a, b, options);
  }

  /**
   * A reference to a running XState actor of this process, also a child, that others can send to,
   * ask, monitor and link; from now on the actor may stand in messages and arrives as that. Equal
   * references for the same actor, until the node stops; the actor itself goes on then. `ref.stop()`
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
