/**
 * Messages to and from one life of one node, be it this node or a peer. Outgoing ones are checked,
 * counted and put into the lane; incoming ones go to the actor they name.
 */
import {
  AskError,
  type AskReason,
  type Delivered,
  NotSerializableError,
  OverloadedError,
} from '../errors/actors.ts';
import { FIXED } from '../limits.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Outbox } from '../node/outbox.ts';
import type { Counters } from '../ports.ts';
import { DATA, type DataSink, readData, writeAsk, writeTally } from '../wire/data.ts';
import type { Foreign } from '../wire/foreign.ts';
import { payloadFault } from '../wire/payload-fault.ts';
import { MalformedError, Reader } from '../wire/reader.ts';
import { REFUSED, type Writer } from '../wire/writer.ts';
import { type Deadlines, MAX_TIMEOUT_MS, timeLimitMs } from './deadlines.ts';
import { readFailure, ThrownText } from './failure.ts';
import type { Hosted } from './hosted.ts';
import type { Letters } from './letters.ts';
import { PendingAsks, type Rounds } from './pending-asks.ts';
import { ReplyTo } from './reply-to.ts';
import { SERVICE } from './service.ts';
import { Tally } from './tally.ts';

export interface LineHost {
  readonly deadlines: Deadlines;
  readonly rounds: Rounds;
  readonly counters: Counters;
  readonly foreign: Foreign;
  readonly letters: Letters;
  readonly maxPendingAsks: number;
  now(): number;
  /** Messages from the other side were lost on the way. */
  missed(line: Line): void;
  /** An actor that runs here. */
  hosted(number: number): Hosted | undefined;
}

export interface AskOptions {
  /** Positive, default 5,000; what is more than 24 days counts as 24 days. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class Line implements DataSink {
  readonly nodeId: NodeId;
  readonly uid: string;
  /** The outbox of a session, or the loop back to this node; null once that life is over here. */
  lane: Outbox | null;
  readonly #host: LineHost;
  readonly #reader: Reader;
  readonly #pending: PendingAsks;
  readonly #tally = new Tally();
  /** Asks of the other side that have no answer yet. */
  readonly #unanswered = new Map<number, ReplyTo>();

  constructor(nodeId: NodeId, uid: string, lane: Outbox | null, host: LineHost) {
    this.nodeId = nodeId;
    this.uid = uid;
    this.lane = lane;
    this.#host = host;
    this.#pending = new PendingAsks(host.rounds);
    this.#reader = new Reader(host.foreign);
  }

  get isClosed(): boolean {
    return this.lane === null;
  }

  get pendingAsks(): number {
    return this.#pending.size;
  }

  /** Of them, those of the node itself. */
  get pendingServiceAsks(): number {
    return this.#pending.count(({ target }) => target === SERVICE);
  }

  get openAsks(): number {
    return this.#unanswered.size;
  }

  /** Of them, those that the node itself has to answer. */
  get openServiceAsks(): number {
    return [...this.#unanswered.values()].filter(({ by }) => by === SERVICE).length;
  }

  /** The same life over another link: what has not left goes there. */
  move(to: Outbox): void {
    this.lane?.handOver(to);
    this.lane = to;
    this.#tally.move();
    const writer = to.open(true);
    if (writer === null) return;
    writeTally(writer, this.#tally.sent);
    to.close(SERVICE);
  }

  // ---- outgoing ------------------------------------------------------------------------------

  /** Throws NotSerializableError or OverloadedError; what has nowhere to go is a dead letter. */
  send(target: number, payload: unknown): void {
    const { lane } = this;
    if (lane === null) return this.#host.letters.unsent(this, target, payload);
    const writer = this.#open(lane);
    writer.number(DATA.send);
    writer.number(target);
    this.#close(lane, writer, payload, target, target !== SERVICE);
    this.#tally.send();
  }

  /** The same, but never throws: what cannot be sent is a dead letter, too. */
  post(target: number, payload: unknown): void {
    try {
      this.send(target, payload);
    } catch (error) {
      const reason = error instanceof OverloadedError ? 'overloaded' : 'not_serializable';
      this.#host.letters.unsent(this, target, payload, reason, error);
    }
  }

  /**
   * Rejects with AskError, NotSerializableError, OverloadedError or, for a time limit that is none,
   * InvalidArgumentError; settles in any case.
   */
  ask(target: number, payload: unknown, options?: AskOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const { lane } = this;
      const timeoutMs = timeLimitMs(options?.timeoutMs);
      if (lane === null) throw this.#error('node_down', 'no', target);
      if (this.#pending.size >= this.#mostAsks(target)) {
        throw new OverloadedError(this.nodeId, 'asks');
      }
      const signal = options?.signal;
      if (signal?.aborted) throw this.#error('cancelled', 'no', target, signal.reason);
      const writer = this.#open(lane);
      const deadline = this.#host.now() + timeoutMs;
      const ask = this.#pending.add({ deadline, target, resolve, reject, detach: null });
      try {
        writer.number(DATA.ask);
        writer.number(target);
        writeAsk(writer, ask);
        writer.number(Math.ceil(timeoutMs));
        this.#close(lane, writer, payload, target);
        this.#tally.send();
      } catch (error) {
        this.#pending.take(ask);
        throw error;
      }
      this.#host.deadlines.expect(deadline);
      if (signal) this.#attach(signal, ask);
    });
  }

  /** The answer of an actor to an ask of the other side. */
  reply(by: number, ask: number, value: unknown): void {
    this.#unanswered.delete(ask);
    try {
      this.#put(DATA.reply, by, ask, value);
    } catch (error) {
      if (error instanceof OverloadedError) return this.#dropped(ask, value);
      this.fail(by, ask, 'not_serializable', 'yes', error);
    }
  }

  fail(by: number, ask: number, reason: AskReason, delivered: Delivered, error?: unknown): void {
    this.#unanswered.delete(ask);
    const failure = error === undefined ? [reason, delivered] : [reason, delivered, error];
    try {
      this.#put(DATA.fail, by, ask, failure);
    } catch (problem) {
      const isText = error instanceof ThrownText;
      if (problem instanceof OverloadedError || isText) return this.#dropped(ask, failure);
      // What was thrown holds something that cannot be sent; its text can.
      this.fail(by, ask, reason, delivered, new ThrownText(error));
    }
  }

  /** An answer that comes later, or never: whoever asks has given up after the time limit. */
  hold(ask: number, replyTo: ReplyTo): void {
    this.#unanswered.set(ask, replyTo);
    replyTo.heldUntil = this.#host.now() + Math.min(replyTo.timeoutMs, MAX_TIMEOUT_MS);
    this.#host.deadlines.expect(replyTo.heldUntil);
  }

  /** Whoever asks learns by the time limit that no answer comes. */
  #dropped(ask: number, answer: unknown): void {
    this.#host.counters.add('replies.dropped');
    this.#host.letters.unanswered(this, ask, answer);
  }

  #put(code: number, by: number, ask: number, value: unknown): void {
    const { lane } = this;
    if (lane === null) return;
    const writer = this.#open(lane);
    writer.number(code);
    writeAsk(writer, ask);
    // What the node itself answers must not overtake what it has told before.
    this.#close(lane, writer, value, by === SERVICE ? SERVICE : null);
  }

  /** Behind the ask, and however much waits: an ask has at most one. */
  #cancel(ask: number, target: number): void {
    const writer = this.lane?.open(true);
    if (!writer) return;
    writer.number(DATA.cancel);
    writeAsk(writer, ask);
    this.lane?.close(target);
  }

  #giveUp(ask: number, reason: AskReason, cause?: unknown): void {
    const pending = this.#pending.take(ask);
    if (pending === undefined) return;
    this.#cancel(ask, pending.target);
    pending.detach?.();
    pending.reject(this.#error(reason, 'maybe', pending.target, cause));
  }

  #open(lane: Outbox): Writer {
    const writer = lane.open();
    if (writer === null) throw new OverloadedError(this.nodeId);
    return writer;
  }

  #close(
    lane: Outbox,
    writer: Writer,
    payload: unknown,
    target: number | null,
    isLetter = false,
  ): void {
    try {
      writer.payload(payload);
    } catch (error) {
      lane.undo();
      if (error !== REFUSED) throw error;
      const { path, reason } = payloadFault(payload, this.#host.foreign);
      throw new NotSerializableError(path, reason);
    }
    if (!lane.close(target, isLetter))
      throw new NotSerializableError('', 'is larger than `limits.maxMessageBytes`');
  }

  /** Where actors answer nobody, the node itself still answers: or they could not be stopped. */
  #mostAsks(target: number): number {
    return this.#host.maxPendingAsks + (target === SERVICE ? FIXED.maxServiceAsks : 0);
  }

  #attach(signal: AbortSignal, ask: number): void {
    const abort = () => this.#giveUp(ask, 'cancelled', signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#pending.attach(ask, () => signal.removeEventListener('abort', abort));
  }

  // ---- incoming ------------------------------------------------------------------------------

  sent(target: number, payload: unknown): void {
    this.#tally.receive();
    const hosted = this.#host.hosted(target);
    const { letters } = this.#host;
    if (!hosted) return letters.undelivered('no_actor', target, this.nodeId, payload);
    try {
      hosted.send(payload, this);
    } catch (error) {
      letters.undelivered('threw', target, this.nodeId, payload, error);
    }
  }

  asked(target: number, ask: number, timeoutMs: number, payload: unknown): void {
    this.#tally.receive();
    if (this.#unanswered.has(ask))
      throw new MalformedError('an ask has the number of one that is open');
    const hosted = this.#host.hosted(target);
    if (hosted === undefined) return this.fail(target, ask, 'no_actor', 'no');
    if (this.#unanswered.size >= this.#mostAsks(target)) {
      return this.fail(target, ask, 'busy', 'no');
    }
    const replyTo = new ReplyTo(this, target, ask, timeoutMs);
    try {
      hosted.ask(payload, replyTo, this);
    } catch (error) {
      replyTo.fail('failed', 'yes', error);
    }
  }

  replied(ask: number, value: unknown): void {
    const pending = this.#pending.take(ask);
    if (pending === undefined) return this.#host.counters.add('replies.late');
    pending.detach?.();
    pending.resolve(value);
  }

  failed(ask: number, wire: unknown): void {
    const [reason, delivered, cause] = readFailure(wire);
    this.#settle(ask, reason, delivered, cause);
  }

  cancelled(ask: number): void {
    this.#cancelHeld(ask);
  }

  tallied(count: number): void {
    const missing = this.#tally.missing(count);
    this.#host.letters.missing(this.nodeId, missing);
    // Else for the other side this line goes on that was over, and has begun anew, for this one.
    if (missing > 0 || !this.#tally.hasMoved) this.#host.missed(this);
  }

  /** Null, or what is wrong with the record. */
  receive(body: Uint8Array): string | null {
    return readData(body, this.#reader, this);
  }

  // ---- the end -------------------------------------------------------------------------------

  /** Settles what is due; the earliest deadline of the rest. */
  expire(now: number): number {
    const { asks, earliest } = this.#pending.due(now);
    for (const ask of asks) this.#giveUp(ask, 'timeout');
    return Math.min(earliest, this.#expireHeld(now));
  }

  /** Whoever asked has given up, and may not have been able to say so. */
  #expireHeld(now: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const [ask, replyTo] of this.#unanswered) {
      if (replyTo.heldUntil <= now) this.#cancelHeld(ask);
      else earliest = Math.min(earliest, replyTo.heldUntil);
    }
    return earliest;
  }

  #cancelHeld(ask: number): void {
    const replyTo = this.#unanswered.get(ask);
    this.#unanswered.delete(ask);
    replyTo?.cancel();
  }

  /** That life is over: nothing comes from it any more, and nothing reaches it. */
  close(): void {
    if (this.lane === null) return;
    this.lane = null;
    for (const ask of this.#pending.all()) this.#settle(ask, 'node_down', 'maybe');
    for (const replyTo of [...this.#unanswered.values()]) replyTo.cancel();
    this.#unanswered.clear();
  }

  #settle(ask: number, reason: AskReason, delivered: Delivered, cause?: unknown): void {
    const pending = this.#pending.take(ask);
    if (pending === undefined) return;
    pending.detach?.();
    pending.reject(this.#error(reason, delivered, pending.target, cause));
  }

  #error(reason: AskReason, delivered: Delivered, target: number, cause?: unknown): AskError {
    return new AskError(`${this.nodeId}#${target}`, reason, delivered, { cause });
  }
}
