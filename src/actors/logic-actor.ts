import type { AnyActor } from 'xstate';
import type { EndReason, Hosted, HostedOwner } from './hosted.ts';
import type { ReplyTo } from './reply-to.ts';

/** An XState actor of any logic. */
export class LogicActor implements Hosted {
  readonly #actor: AnyActor;
  readonly #owner: HostedOwner;
  /** Asks that the actor has not answered yet; most answer at once. */
  #unanswered: Set<ReplyTo> | null = null;
  #isOver = false;

  constructor(actor: AnyActor, owner: HostedOwner) {
    this.#actor = actor;
    this.#owner = owner;
  }

  /** False when it has ended already. */
  start(): boolean {
    // Not an object of two functions: of a hundred thousand actors that would be 17 MB.
    this.#actor.subscribe(this);
    this.#actor.start();
    return !this.#isOver;
  }

  /** Called by XState. */
  complete(): void {
    this.#end(this.#actor.getSnapshot().status === 'done' ? 'normal' : 'stopped');
  }

  /** Called by XState. */
  error(error: unknown): void {
    this.#end('error', error);
  }

  send(event: unknown): void {
    if (isEvent(event)) this.#actor.send(event);
    else this.#owner.threw(new TypeError('not an event: it has no type'));
  }

  ask(event: unknown, replyTo: ReplyTo): void {
    if (!isEvent(event)) return replyTo.fail('not_an_event', 'no');
    // Every message is a copy, from this node, too, so that it may be added to.
    event.replyTo = replyTo;
    this.#actor.send(event);
    if (replyTo.isDone) return;
    if (this.#isOver) return replyTo.fail('stopped', 'yes');
    this.#unanswered ??= new Set();
    const unanswered = this.#unanswered.add(replyTo);
    replyTo.hold(() => unanswered.delete(replyTo));
  }

  stop(): void {
    this.#actor.stop();
    this.#end('stopped');
  }

  #end(reason: EndReason, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const replyTo of [...(this.#unanswered ?? [])]) replyTo.fail('stopped', 'yes', error);
    this.#owner.ended(reason, error);
  }
}

function isEvent(value: unknown): value is { readonly type: string; replyTo?: ReplyTo } {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  );
}
