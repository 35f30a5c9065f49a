/**
 * One authenticated link with one life of one peer: a plain object, owned by no actor.
 *
 * Messages of a turn are joined into one signed record. A session that is not published yet
 * (the acceptor waits for the first record) only reports that first record.
 */

import type { SessionCause } from '../inspect/events.ts';
import { FIXED } from '../limits.ts';
import type { GossipView } from '../membership/gossip.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock, Counters, Faults } from '../ports.ts';
import type { Foreign } from '../wire/foreign.ts';
import { FRAME, HEADER_BYTES } from '../wire/frame.ts';
import type { SessionKeys } from '../wire/handshake.ts';
import { type ControlMessage, decodeControl, encodeControl } from '../wire/messages.ts';
import { Opener, Sealer } from '../wire/record.ts';
import { Writer } from '../wire/writer.ts';
import { batches } from './batches.ts';
import type { Channel } from './channel.ts';
import { Hearing, type HearingRules } from './hearing.ts';
import { Inflow } from './inflow.ts';
import { Outbox, type OutboxLimits } from './outbox.ts';

/** What a sealed record adds to its body: header and tag. */
const RECORD_OVERHEAD_BYTES = HEADER_BYTES + 32;

const DATA_FRAMES: ReadonlySet<number> = new Set([FRAME.data, FRAME.part, FRAME.last]);

export interface SessionOwner {
  /** Once, at the first verified record: the other side holds the keys. */
  confirmed(session: Session): void;
  message(session: Session, message: ControlMessage): void;
  /** A data record; null, or what is wrong with it. The bytes are valid only during the call. */
  data(session: Session, body: Uint8Array): string | null;
  /** Exactly once, unless this side closed the session itself. */
  ended(session: Session, cause: SessionCause): void;
  /** Exactly once, and last: nothing more comes over its link. */
  over(session: Session): void;
}

export interface SessionPorts {
  readonly clock: Clock;
  readonly foreign: Foreign;
  readonly counters: Counters;
  readonly faults: Faults;
}

export interface SessionLimits extends HearingRules, OutboxLimits {
  readonly maxControlQueueBytes: number;
  readonly recordsPerKey: number;
  readonly rekeyIntervalMs: number;
}

export interface SessionInput {
  readonly number: number;
  readonly peerId: NodeId;
  readonly peerUid: string;
  readonly initiator: 'local' | 'remote';
  /** What the user or a seed named when it was dialled, e.g. `localhost:4369`. */
  readonly dialled: string | null;
  /** Whoever dialled did not know which node lives there, as a seed or by hand. */
  readonly isIntroduction: boolean;
  readonly keys: SessionKeys;
  /** Names the secret that proved it, without telling it; null without a secret. */
  readonly secretId: string | null;
}

export class Session {
  readonly number: number;
  readonly peerId: NodeId;
  readonly peerUid: string;
  readonly initiator: 'local' | 'remote';
  readonly dialled: string | null;
  readonly isIntroduction: boolean;
  readonly secretId: string | null;
  readonly openedAt: number;

  readonly hearing: Hearing;
  readonly outbox: Outbox;
  hasGreeted = false;
  beats = 0;
  beatsHeard = 0;
  /** The view told in `hello`, until the other side confirms: what is new by then is told, too. */
  told: readonly GossipView[] = [];
  /** What answers to the other side's pulls have cost since then. */
  pullCost = 0;
  pullsSince = Number.NEGATIVE_INFINITY;

  readonly #channel: Channel;
  readonly #owner: SessionOwner;
  readonly #ports: SessionPorts;
  readonly #limits: SessionLimits;
  readonly #sealer: Sealer;
  readonly #opener: Opener;
  readonly #inflow: Inflow;
  #queue: ControlMessage[] = [];
  #isFlushPlanned = false;
  #isOpen = true;
  #isOver = false;
  #isConfirmed: boolean;
  #keyedAt: number;
  #flushedBytes = 0;
  #progressAt: number;
  /** Of what the link holds, at most: the control lane is not to blame for it. */
  #dataInLink = 0;
  readonly #flushLater = () => this.flush();

  constructor(
    input: SessionInput,
    channel: Channel,
    owner: SessionOwner,
    ports: SessionPorts,
    limits: SessionLimits,
  ) {
    this.number = input.number;
    this.peerId = input.peerId;
    this.peerUid = input.peerUid;
    this.initiator = input.initiator;
    this.dialled = input.dialled;
    this.isIntroduction = input.isIntroduction;
    this.secretId = input.secretId;
    this.openedAt = ports.clock.now();
    this.hearing = new Hearing(limits, this.openedAt);
    this.#progressAt = this.openedAt;
    this.#keyedAt = this.openedAt;
    // The dialer knows by H4 that the acceptor holds the keys.
    this.#isConfirmed = input.initiator === 'local';
    this.#channel = channel;
    this.#owner = owner;
    this.#ports = ports;
    this.#limits = limits;
    this.#sealer = new Sealer(input.keys.send);
    this.#opener = new Opener(input.keys.receive);
    this.#inflow = new Inflow(limits.maxMessageBytes);
    this.outbox = new Outbox(
      {
        queuedBytes: () => channel.link.queuedBytes,
        plan: () => this.#plan(),
        write: (type, roomy) => this.#writeData(type, roomy),
      },
      limits,
      new Writer(ports.foreign),
    );
    channel.handOver(
      {
        frame: (type, body) => this.#receive(type, body),
        broken: () => this.#fail('tampered'),
        drain: () => this.#drained(),
        closed: () => {
          this.#finish('closed');
          this.#end();
        },
      },
      FIXED.maxRecordBytes + RECORD_OVERHEAD_BYTES,
    );
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Nothing more comes over its link. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get address(): string {
    const { host, port } = this.#channel.link.remote;
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  }

  /** This process stood still for so long: it could neither hear nor write. */
  paused(pauseMs: number): void {
    this.hearing.paused(pauseMs, this.#ports.clock.now());
    this.#progressAt += pauseMs;
  }

  /** Whether nothing waits to be taken by the other side, so that nothing can have stalled. */
  isIdle(now: number): boolean {
    if (this.#channel.link.queuedBytes > 0) return false;
    this.#progressAt = now;
    return true;
  }

  /** How long bytes have been queued without the network taking any. */
  stalledMs(now: number): number {
    const { queuedBytes, flushedBytes } = this.#channel.link;
    if (queuedBytes === 0 || flushedBytes !== this.#flushedBytes) {
      this.#flushedBytes = flushedBytes;
      this.#progressAt = now;
    }
    return now - this.#progressAt;
  }

  /** Queues a control message; those of one turn travel in one record. */
  send(message: ControlMessage): void {
    if (!this.#isOpen) return;
    this.#queue.push(message);
    this.#plan();
  }

  #plan(): void {
    if (this.#isFlushPlanned) return;
    this.#isFlushPlanned = true;
    this.#ports.clock.endOfTurn(this.#flushLater);
  }

  /** Writes what is queued now instead of at the end of the turn; at the end all of it. */
  flush(isLast = false): void {
    this.#isFlushPlanned = false;
    if (!this.#isOpen || !this.#flushControl()) return;
    if (!this.outbox.isIdle) {
      this.#rekeyIfDue();
      this.outbox.flush(isLast);
    }
  }

  /** False when the session has ended by it. */
  #flushControl(): boolean {
    const messages = this.#queue;
    if (messages.length === 0) return true;
    this.#queue = [];
    const { queuedBytes } = this.#channel.link;
    if (queuedBytes === 0) this.#dataInLink = 0;
    if (queuedBytes > this.#limits.maxControlQueueBytes + this.#dataInLink) {
      return this.#fail('stalled');
    }
    if (this.#ports.faults.strikes('flush')) return true;
    this.#rekeyIfDue();
    for (const batch of batches(messages)) {
      this.#write(this.#sealer.seal(FRAME.control, encodeControl(batch)));
    }
    return true;
  }

  #writeData(type: number, roomy: Buffer): void {
    if (this.#channel.link.queuedBytes === 0) this.#dataInLink = 0;
    const record = this.#sealer.sealInPlace(type, roomy);
    this.#dataInLink += record.length;
    this.#write(record);
  }

  #write(record: Uint8Array): void {
    this.#ports.counters.add('records.out');
    this.#channel.write(record);
  }

  #drained(): void {
    if (this.#isOpen && !this.outbox.isIdle) this.flush();
  }

  #rekeyIfDue(): void {
    const now = this.#ports.clock.now();
    const isDue =
      now - this.#keyedAt >= this.#limits.rekeyIntervalMs ||
      this.#sealer.sealed >= this.#limits.recordsPerKey;
    if (!isDue) return;
    this.#channel.write(this.#sealer.seal(FRAME.rekey, new Uint8Array(0)));
    this.#sealer.ratchet();
    this.#keyedAt = now;
  }

  #receive(type: number, sealed: Uint8Array): boolean {
    const body = this.#opener.open(type, sealed);
    if (body === null) return this.#fail('tampered');
    this.hearing.record(this.#ports.clock.now());
    this.#ports.counters.add('records.in');
    if (type === FRAME.rekey) {
      this.#opener.ratchet();
      return true;
    }
    if (DATA_FRAMES.has(type)) return this.#receiveData(type, body);
    if (type !== FRAME.control) return this.#fail('tampered');
    // It was replaced, and speaks for nobody; users' messages that were on the way still count.
    if (!this.#isOpen) return true;
    const decoded = decodeControl(body);
    if (!decoded.ok) return this.#fail(decoded.reason === 'version' ? 'version' : 'tampered');
    if (decoded.unknown > 0) this.#ports.counters.add('messages.unknown', decoded.unknown);
    if (!this.#isConfirmed) {
      this.#isConfirmed = true;
      this.#owner.confirmed(this);
    }
    for (const message of decoded.messages) {
      if (!this.#isOpen) return false;
      this.#owner.message(this, message);
    }
    return this.#isOpen;
  }

  #receiveData(type: number, body: Uint8Array): boolean {
    // Nobody has anything to send to a node before it has been greeted.
    if (!this.#isConfirmed) return this.#fail('tampered');
    const whole = this.#inflow.take(type, body);
    if (whole === 'too_large') return this.#fail('too_large');
    if (whole === 'too_small') return this.#fail('tampered');
    if (whole === null) return true;
    if (this.#owner.data(this, whole) !== null) return this.#fail('tampered');
    return !this.#isOver;
  }

  #fail(cause: SessionCause): false {
    this.#channel.destroy();
    this.#finish(cause);
    this.#end();
    return false;
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.over(this);
  }

  #finish(cause: SessionCause): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#owner.ended(this, cause);
  }

  /**
   * Another link has taken its place. Nothing more is sent here, but what the other side had
   * sent before it knew is still taken.
   */
  retire(): void {
    if (!this.#isOpen) return;
    this.flush();
    this.#isOpen = false;
    this.#channel.finish();
  }

  /** Sends what is queued, then closes. The owner is not told that it ended. */
  close(): void {
    if (this.#isOpen) {
      this.flush(true);
      this.#isOpen = false;
    }
    this.#channel.end();
    this.#end();
  }

  /** What came over it turned out to be malformed, after all. */
  reject(): void {
    this.#fail('tampered');
  }

  /** Resets the link; what is queued is lost. The owner is not told that it ended. */
  cut(): void {
    this.#isOpen = false;
    this.#channel.destroy();
    this.#end();
  }
}
