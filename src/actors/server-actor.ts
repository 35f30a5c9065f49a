import type { Server } from './behavior.ts';
import type { EndReason, Hosted, HostedOwner, Present } from './hosted.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { isThenable } from './thenable.ts';

interface Job {
  readonly message: unknown;
  /** Null for what was only sent. */
  readonly replyTo: ReplyTo | null;
  readonly from: Line;
}

/** A `Server`: what comes while it works waits in a mailbox. It ends when one of its functions throws. */
export class ServerActor implements Hosted {
  readonly #server: Server;
  readonly #owner: HostedOwner;
  readonly #maxMailbox: number;
  #state: unknown;
  #mailbox: Job[] = [];
  #present: Job | null = null;
  #isReady = false;
  #isOver = false;
  #changed: (() => void) | null = null;

  constructor(server: Server, maxMailbox: number, owner: HostedOwner) {
    this.#server = server;
    this.#owner = owner;
    this.#maxMailbox = maxMailbox;
  }

  /** Rejects when `init` throws. */
  async start(input: unknown): Promise<void> {
    this.#state = await this.#server.init(input);
    this.#isReady = true;
    this.#next();
  }

  send(message: unknown, from: Line): void {
    if (!this.#put({ message, replyTo: null, from }))
      this.#owner.dead(this.#isOver ? 'stopped' : 'mailbox_full', message, from);
  }

  ask(message: unknown, replyTo: ReplyTo, from: Line): void {
    replyTo.hold(null);
    if (!this.#put({ message, replyTo, from })) replyTo.fail('busy', 'no');
  }

  snapshot(): Present {
    return { state: this.#state };
  }

  /** A state that a function changed in place, and gave back, is not noticed. */
  observe(changed: () => void): () => void {
    this.#changed = changed;
    return () => {
      this.#changed = null;
    };
  }

  stop(error?: unknown): void {
    this.#end(error === undefined ? 'stopped' : 'error', error);
  }

  #put(job: Job): boolean {
    if (this.#isOver || this.#mailbox.length >= this.#maxMailbox) return false;
    this.#mailbox.push(job);
    this.#next();
    return true;
  }

  /** Works until something takes time, or nothing is left. */
  #next(): void {
    while (this.#isReady && this.#present === null && !this.#isOver) {
      const job = this.#mailbox.shift();
      if (job === undefined) return;
      // Nobody waits for the answer any more.
      if (job.replyTo?.isDone) continue;
      this.#present = job;
      this.#work(job);
    }
  }

  #work(job: Job): void {
    const failed = (error: unknown) => this.#failed(job, error);
    try {
      const result = this.#handle(job);
      if (!isThenable(result)) return this.#done(job, result);
      const later = Promise.resolve(result).then((value) => this.#done(job, value));
      later.then(() => this.#next(), failed);
    } catch (error) {
      failed(error);
    }
  }

  #handle({ message, replyTo }: Job): unknown {
    const server = this.#server;
    return replyTo === null
      ? server.handleCast(message, this.#state)
      : server.handleCall(message, this.#state);
  }

  #done({ replyTo }: Job, result: unknown): void {
    if (this.#isOver) return;
    this.#present = null;
    if (replyTo === null) {
      this.#become(result);
    } else if (Array.isArray(result) && result.length === 2) {
      this.#become(result[1]);
      replyTo.send(result[0]);
    } else {
      throw new TypeError('handleCall must give [reply, state]');
    }
  }

  #become(state: unknown): void {
    const isSame = Object.is(state, this.#state);
    this.#state = state;
    if (!isSame) this.#changed?.();
  }

  #failed({ message, replyTo, from }: Job, error: unknown): void {
    if (replyTo === null) this.#owner.dead('threw', message, from, error);
    else replyTo.fail('failed', 'yes', error);
    this.#end('error', error);
  }

  #end(reason: EndReason, error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#present?.replyTo?.fail('stopped', 'yes', error);
    const left = this.#mailbox;
    this.#mailbox = [];
    for (const { message, replyTo, from } of left) {
      if (replyTo === null) this.#owner.dead('stopped', message, from);
      else replyTo.fail('stopped', 'no', error);
    }
    this.#terminate(reason);
    this.#owner.ended(reason, error);
  }

  /** Nobody waits for it. */
  #terminate(reason: EndReason): void {
    const threw = (error: unknown) => this.#owner.threw(error);
    try {
      const result = this.#server.terminate?.(reason, this.#state);
      if (isThenable(result)) result.then(undefined, threw);
    } catch (error) {
      threw(error);
    }
  }
}
