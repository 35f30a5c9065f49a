/** The actor of a key, and the requests that wait for its answers. */
import type { EndReason, Hosted, HostedOwner } from '../actors/hosted.ts';
import type { Launch } from '../actors/launch.ts';
import { type Asker, ReplyTo } from '../actors/reply-to.ts';
import type { AskReason, Delivered } from '../errors/actors.ts';
import { ActorEndedError, InvalidPayloadError } from '../errors/handlers.ts';
import { ShardOverloadedError } from '../errors/sharding.ts';
import { NodeId } from '../membership/node-id.ts';
import type { Envelope } from './envelope.ts';
import { thrownText } from './failure.ts';
import { writePayload } from './json-payload.ts';
import type { KeyHandling } from './key-slot.ts';
import type { HandlerContext } from './transport.ts';

export type ToEvent = (envelope: Envelope) => unknown;

export interface KeyActorHost {
  readonly toEvent: ToEvent;
  /** It has ended by itself, or is about to be told to. */
  leave(): void;
  /** A message that nobody waits for came to nothing, or the actor threw at its end. */
  failed(error: unknown): void;
}

interface Pending {
  readonly envelope: Envelope;
  readonly resolve: (data: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** A request does not tell which node it comes from. */
/** The one actor of the key. */
const HERE = 1;
const SOMEBODY = NodeId.parse('somebody@shards:1');

export class KeyActor implements KeyHandling, HostedOwner {
  readonly #host: KeyActorHost;
  readonly #pending = new Map<number, Pending>();
  #hosted: Hosted | null = null;
  #last = 0;
  #startFailed: ((error: unknown) => void) | null = null;
  /** Why there is none any more. */
  #end: ActorEndedError | null = null;
  /** What comes to nothing while it is sent. */
  #lost: unknown[] | null = null;

  constructor(host: KeyActorHost) {
    this.#host = host;
  }

  /** Resolves once the actor runs; rejects when it does not come to that. */
  start(launch: Launch): Promise<KeyActor> {
    return new Promise((resolve, reject) => {
      this.#startFailed = reject;
      launch(this, (hosted) => {
        this.#startFailed = null;
        this.#hosted = hosted;
        resolve(this);
      });
    });
  }

  readonly handle = (envelope: Envelope, context: HandlerContext) => {
    const message = this.#host.toEvent(envelope);
    const hosted = this.#hosted;
    if (hosted === null || this.#end) throw new ActorEndedError('stopped', 'no');
    if (context.isNotify) return this.#send(hosted, message);
    return this.#ask(hosted, message, envelope, context);
  };

  close(): void {
    this.#hosted?.stop();
  }

  // ---- of the actor --------------------------------------------------------------------------

  ended(reason: EndReason, detail?: unknown): void {
    const hasFailed = reason === 'error';
    this.#end = new ActorEndedError(hasFailed ? 'failed' : 'stopped', 'yes', {
      cause: hasFailed ? detail : undefined,
    });
    if (this.#startFailed) this.#startFailed(this.#end);
    else this.#host.leave();
  }

  dead(_reason: string, _message: unknown, _from: Asker, error?: unknown): void {
    const lost = error ?? this.#end ?? new ActorEndedError('stopped', 'no');
    if (this.#lost) this.#lost.push(lost);
    else this.#host.failed(lost);
  }

  threw(error: unknown): void {
    this.#host.failed(error);
  }

  // ---- of those that wait --------------------------------------------------------------------

  #send(hosted: Hosted, message: unknown): undefined {
    const lost: unknown[] = [];
    this.#lost = lost;
    try {
      hosted.send(message, this.#asker);
    } finally {
      this.#lost = null;
    }
    if (lost.length > 0) throw lost[0];
  }

  #ask(
    hosted: Hosted,
    message: unknown,
    envelope: Envelope,
    context: HandlerContext,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#last += 1;
      const ask = this.#last;
      this.#pending.set(ask, { envelope, resolve, reject });
      const replyTo = new ReplyTo(this.#asker, HERE, ask, Math.ceil(context.remainingMs()));
      hosted.ask(message, replyTo, this.#asker);
      if (!this.#pending.has(ask)) return;
      const { signal } = context;
      const cancel = () => {
        replyTo.cancel();
        this.#take(ask)?.reject(signal.reason);
      };
      if (signal.aborted) cancel();
      else signal.addEventListener('abort', cancel, { once: true });
    });
  }

  #take(ask: number): Pending | undefined {
    const pending = this.#pending.get(ask);
    this.#pending.delete(ask);
    return pending;
  }

  #failure(
    { shard, type }: Envelope,
    reason: AskReason,
    delivered: Delivered,
    error: unknown,
  ): unknown {
    switch (reason) {
      case 'busy':
        return new ShardOverloadedError(shard, 'key');
      case 'invalid':
      case 'not_an_event':
        return new InvalidPayloadError('input', type, error ? thrownText(error) : 'it is no event');
      case 'stopped': {
        // The message that breaks a machine is told without the error.
        const cause = error ?? this.#end?.cause;
        return new ActorEndedError(cause === undefined ? 'stopped' : 'failed', delivered, {
          cause,
        });
      }
      default:
        return error ?? new ActorEndedError('failed', delivered);
    }
  }

  readonly #asker: Asker = {
    nodeId: SOMEBODY,
    reply: (_by, ask, value) => {
      const pending = this.#take(ask);
      if (pending === undefined) return;
      try {
        pending.resolve(answerOf(value, pending.envelope.type));
      } catch (error) {
        pending.reject(error);
      }
    },
    fail: (_by, ask, reason, delivered, error) => {
      const pending = this.#take(ask);
      // Of a machine that threw it is known first that it has ended.
      const failure = reason === 'failed' ? this.#end : null;
      pending?.reject(failure ?? this.#failure(pending.envelope, reason, delivered, error));
    },
    hold: () => {},
  };
}

function answerOf(value: unknown, type: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return writePayload(value, { of: 'output', type, schema: null });
}
