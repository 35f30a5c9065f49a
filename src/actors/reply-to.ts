import type { AskReason, Delivered } from '../errors/actors.ts';
import type { NodeId } from '../membership/node-id.ts';
import { Shell } from './shell.ts';

/** Who asks or sends, and where answers go. */
export interface Asker {
  readonly nodeId: NodeId;
  /** `by`: whom was asked. */
  reply(by: number, ask: number, value: unknown): void;
  fail(by: number, ask: number, reason: AskReason, delivered: Delivered, error?: unknown): void;
  /** An answer that comes later, or never. */
  hold(ask: number, replyTo: ReplyTo): void;
}

/**
 * Whom to answer: `event.replyTo`. The first answer counts, later ones are dropped. It may be the
 * target of `sendTo` in any machine.
 */
export class ReplyTo<TReply = unknown> extends Shell {
  /** For who keeps it, while it is held: when nobody waits for the answer any more. */
  heldUntil = 0;
  readonly #line: Asker;
  /** The number of the actor that was asked. */
  readonly by: number;
  readonly #ask: number;
  readonly #timeoutMs: number;
  #isDone = false;
  #isHeld = false;
  #controller: AbortController | null = null;
  #onDone: (() => void) | null = null;
  #onClosed: (() => void) | null = null;

  constructor(line: Asker, by: number, ask: number, timeoutMs: number) {
    super();
    this.#line = line;
    this.by = by;
    this.#ask = ask;
    this.#timeoutMs = timeoutMs;
  }

  override get id(): string {
    return `${this.#line.nodeId}/ask/${this.#ask}`;
  }

  /** The node that asks. */
  get from(): NodeId {
    return this.#line.nodeId;
  }

  /** What was left of the time limit when the ask came, in milliseconds. */
  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  get isDone(): boolean {
    return this.#isDone;
  }

  /** Aborted when nobody waits for the answer any more. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  /** The first answer counts. One that cannot be sent fails the ask. */
  send(value: TReply): void {
    if (this.#isDone) return;
    this.#finish();
    this.#line.reply(this.by, this.#ask, value);
  }

  /** Called by XState for `sendTo`. */
  _send(event: TReply): void {
    this.send(event);
  }

  /** Nobody stops an ask by it. */
  stop(): void {}

  fail(reason: AskReason, delivered: Delivered, error?: unknown): void {
    if (this.#isDone) return;
    this.#finish();
    this.#line.fail(this.by, this.#ask, reason, delivered, error);
  }

  /** No answer has come with the delivery: from now on it is known to be open. */
  hold(onDone: (() => void) | null): void {
    if (this.#isDone) return;
    this.#isHeld = true;
    this.#onDone = onDone;
    this.#line.hold(this.#ask, this);
  }

  /** Until it is done others may answer, too; false when it is. */
  lend(onClosed: () => void): boolean {
    if (!this.#isDone) this.#onClosed = onClosed;
    return !this.#isDone;
  }

  cancel(): void {
    if (this.#isDone) return;
    this.#finish();
    this.#controller?.abort();
  }

  #finish(): void {
    this.#isDone = true;
    this.#onClosed?.();
    if (this.#isHeld) this.#onDone?.();
  }
}
