import type { AnyActorRef, Subscription } from 'xstate';
import type { Hosted, HostedOwner, Present } from './hosted.ts';
import type { Line } from './line.ts';
import { LogicActor } from './logic-actor.ts';
import type { ReplyTo } from './reply-to.ts';

/** An XState actor that belongs to the user: it was there before, and may stay. */
export class ExposedActor implements Hosted {
  readonly isChild: boolean;
  readonly #inside: LogicActor;
  readonly #subscription: Subscription;
  /** Of this node with the actor. */
  #subscriptions = 1;
  #isWithdrawn = false;

  constructor(actor: AnyActorRef, owner: HostedOwner) {
    this.isChild = actor._parent !== undefined;
    this.#inside = new LogicActor(actor, owner);
    this.#subscription = actor.subscribe({
      complete: () => this.#inside.complete(),
      error: (error) => {
        const isUnheard = !this.isChild && observersOf(actor) === this.#subscriptions;
        this.#inside.error(error);
        // XState throws the error of a root that nobody listens to. This node listens, and must not
        // keep it from being seen.
        if (isUnheard) throw error;
      },
    });
  }

  send(event: unknown, from: Line): void {
    this.#inside.send(event, from);
  }

  ask(event: unknown, replyTo: ReplyTo): void {
    this.#inside.ask(event, replyTo);
  }

  snapshot(): Present {
    return this.#inside.snapshot();
  }

  observe(changed: () => void): () => void {
    const unobserve = this.#inside.observe(changed);
    this.#subscriptions += 1;
    return () => {
      this.#subscriptions -= 1;
      unobserve();
    };
  }

  stop(error?: unknown): void {
    if (!this.isChild && !this.#isWithdrawn) this.#inside.stop(error);
  }

  /** The actor goes on; for others it has been stopped. */
  withdraw(): void {
    this.#isWithdrawn = true;
    this.#subscription.unsubscribe();
    this.#inside.end('stopped');
  }
}

function observersOf(actor: AnyActorRef): number {
  const observers: unknown = Reflect.get(actor, 'observers');
  return observers instanceof Set ? observers.size : 0;
}
