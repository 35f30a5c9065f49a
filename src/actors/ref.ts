import type { Observable } from 'rxjs';
import { NodeId } from '../membership/node-id.ts';
import type { Foreign } from '../wire/foreign.ts';
import { isActorNumber } from './actor-table.ts';
import type { AskOptions, Line } from './line.ts';
import type { Answer, Question } from './messages.ts';
import { readSnapshot } from './observations.ts';
import { lifeText } from './ref-text.ts';
import { ReplyTo } from './reply-to.ts';
import { SERVICE } from './service.ts';
import { Shell } from './shell.ts';

export interface RefHost {
  /** The line to a life of a node; closed when that life is over, or not known. */
  lineTo(nodeId: NodeId, uid: string): Line;
  /** See `Ref.snapshots$`. */
  snapshots(nodeId: NodeId, uid: string, number: number): Observable<unknown>;
}

const UID_BYTES = 16;

/** This life of this node, and the XState actors that run in it. */
export interface Home {
  readonly id: NodeId;
  readonly uid: string;
  numberOf(actor: object): number | undefined;
  /** A number for whom to answer. */
  lend(replyTo: ReplyTo): number;
}

/**
 * How references cross the wire: node, life and number. So do an XState actor that runs here, and whom
 * to answer.
 */
export function refParts(host: RefHost, home: Home): Foreign {
  const homeUid = Buffer.from(home.uid, 'hex');
  return {
    toParts: (value) => {
      if (value instanceof Ref) return [value.nodeId, Buffer.from(value.uid, 'hex'), value.number];
      const number = value instanceof ReplyTo ? home.lend(value) : home.numberOf(value);
      return number === undefined ? null : [home.id, homeUid, number];
    },
    fromParts: ([text, uid, number]) => {
      const nodeId = typeof text === 'string' ? NodeId.tryParse(text) : undefined;
      const isFine = uid instanceof Uint8Array && uid.length === UID_BYTES;
      if (!nodeId || !isFine || !isActorNumber(number)) return undefined;
      return new Ref(host, nodeId, Buffer.from(uid).toString('hex'), number);
    },
  };
}

/**
 * An actor somewhere in the cluster: a value that may be kept, compared and sent to others. Any
 * machine may have it as the target of `sendTo`.
 */
export class Ref<TMessage = unknown> extends Shell {
  readonly nodeId: NodeId;
  /** Which life of the node. */
  readonly uid: string;
  readonly number: number;
  readonly #host: RefHost;
  #line: Line | null = null;

  constructor(host: RefHost, nodeId: NodeId, uid: string, number: number) {
    super();
    this.#host = host;
    this.nodeId = nodeId;
    this.uid = uid;
    this.number = number;
  }

  /** The same text for the same actor, on every node. */
  override get id(): string {
    return `${lifeText(this.nodeId, this.uid)}/${this.number}`;
  }

  /**
   * At most once, in order with other messages from this node to that actor.
   *
   * @throws NotSerializableError, OverloadedError
   */
  send(message: TMessage): void {
    this.#way().send(this.number, message);
  }

  /** Called by XState for `sendTo`. Never throws, which would end the machine that sends. */
  _send(event: TMessage): void {
    this.#way().post(this.number, event);
  }

  /**
   * Delivers a message with `replyTo`, and resolves to the first answer. Always settles.
   *
   * @throws AskError, NotSerializableError, OverloadedError
   */
  ask<const TQuestion extends Question<TMessage>>(
    message: TQuestion,
    options?: AskOptions,
  ): Promise<Answer<TMessage, TQuestion>> {
    const answered = this.#way().ask(this.number, message, options);
    return answered as Promise<Answer<TMessage, TQuestion>>;
  }

  /**
   * The actor's present state: of XState logic a `LogicSnapshot`, of a server its state, of a
   * function undefined. Rejects with the reason `not_serializable` when it holds something that
   * cannot be sent, such as a child actor, and with `busy` while the actor is about to be restarted.
   *
   * @throws AskError, OverloadedError
   */
  snapshot(options?: AskOptions): Promise<unknown> {
    return readSnapshot(this.#way(), this.number, options);
  }

  /**
   * The present state, then the latest one after changes. One at most is on the way to each
   * subscriber: what changes meanwhile is told by the next. Completes when the actor ends normally,
   * after its last state; otherwise it fails with an AskError: `node_down`, `stopped`, `failed` (with
   * the actor's error as `cause`), `not_serializable`, `no_actor`, or `busy` when this node observes
   * more than `limits.maxObservers` actors there.
   */
  get snapshots$(): Observable<unknown> {
    return this.#host.snapshots(this.nodeId, this.uid, this.number);
  }

  /**
   * Ends the actor; false when there is none any more. Fails for an exposed child: its parent alone
   * may stop it.
   *
   * @throws AskError, OverloadedError
   */
  async stop(options?: AskOptions): Promise<boolean> {
    return (await this.#way().ask(SERVICE, ['stop', this.number], options)) === true;
  }

  /** Bytes that wait for the actor's node. */
  get queuedBytes(): number {
    return this.#way().lane?.queuedBytes ?? 0;
  }

  equals(other: unknown): boolean {
    return (
      other instanceof Ref &&
      other.number === this.number &&
      other.uid === this.uid &&
      other.nodeId === this.nodeId
    );
  }

  override toString(): string {
    return this.id;
  }

  #way(): Line {
    if (this.#line === null || this.#line.isClosed) {
      this.#line = this.#host.lineTo(this.nodeId, this.uid);
    }
    return this.#line;
  }
}
