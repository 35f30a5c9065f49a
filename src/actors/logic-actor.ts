import type { AnyActorRef } from 'xstate';
import type { EndReason, Hosted, HostedOwner, Present } from './hosted.ts';
import type { Line } from './line.ts';
import { stateOf } from './logic-state.ts';
import type { ReplyTo } from './reply-to.ts';

/** An XState actor of any logic. */
export class LogicActor implements Hosted {
  readonly #actor: AnyActorRef;
  readonly #owner: HostedOwner;
  /** Asks that the actor has not answered yet; most answer at once. */
  #unanswered: Set<ReplyTo> | null = null;
  /** What ends it from outside, if that is a failure. */
  #fatal: unknown;
  #isOver = false;
  /** By which it ended. */
  #thrown: { readonly error: unknown } | null = null;

  constructor(actor: AnyActorRef, owner: HostedOwner) {
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
    const { status, output } = this.#actor.getSnapshot();
    if (status === 'done') this.end('normal', output);
    else this.end('stopped');
  }

  /** Called by XState. */
  error(error: unknown): void {
    this.end('error', error);
  }

  send(event: unknown, from: Line): void {
    if (!isEvent(event)) return this.#owner.dead('not_an_event', event, from);
    this.#actor.send(event);
    if (this.#thrown) this.#owner.dead('threw', event, from, this.#thrown.error);
  }

  ask(event: unknown, replyTo: ReplyTo): void {
    if (!isEvent(event)) return replyTo.fail('not_an_event', 'no');
    // Every message is a copy, from this node, too, so that it may be added to.
    event.replyTo = replyTo;
    this.#actor.send(event);
    if (replyTo.isDone) return;
    if (this.#thrown) return replyTo.fail('failed', 'yes', this.#thrown.error);
    if (this.#isOver) return replyTo.fail('stopped', 'yes');
    this.#unanswered ??= new Set();
    const unanswered = this.#unanswered.add(replyTo);
    replyTo.hold(() => unanswered.delete(replyTo));
  }

  snapshot(): Present {
    return { state: stateOf(this.#actor.getSnapshot()) };
  }

  observe(changed: () => void): () => void {
    let last: unknown = this.#actor.getSnapshot();
    const subscription = this.#actor.subscribe({
      next: (snapshot: unknown) => {
        // XState tells the old one again when an event changes nothing.
        if (snapshot === last) return;
        last = snapshot;
        changed();
      },
      // XState wants to see it handled by everybody; the end is told by `end`.
      error: () => {},
    });
    return () => subscription.unsubscribe();
  }

  stop(error?: unknown): void {
    this.#fatal = error;
    this.#actor.stop();
    this.end('stopped');
  }

  /** Only once. */
  end(ended: EndReason, detail?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (ended === 'error') this.#thrown = { error: detail };
    const [reason, last]: [EndReason, unknown] =
      this.#fatal === undefined ? [ended, detail] : ['error', this.#fatal];
    const error = reason === 'error' ? last : undefined;
    for (const replyTo of [...(this.#unanswered ?? [])]) replyTo.fail('stopped', 'yes', error);
    this.#owner.ended(reason, last);
  }
}

function isEvent(value: unknown): value is { readonly type: string; replyTo?: ReplyTo } {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  );
}
