/**
 * One dial for all who want the same address at the same time.
 *
 * A node that is listed as a seed is wanted by two charts, its own and the seed's; after an outage
 * each of its peers would burden it twice just when it has most to do.
 */
import { formatAddress } from '../membership/address.ts';
import { isExpected } from '../membership/admission.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Clock } from '../ports.ts';
import type { DialRequest, DialResult } from './dialer.ts';

type Dial = (request: DialRequest, done: (result: DialResult) => void) => () => void;

export interface SharedDialsParts {
  readonly clock: Clock;
  readonly dial: Dial;
  /** The node with this id, if a session with it exists. */
  readonly connected: (id: string) => NodeId | null;
}

/** Gets the result of the dial it waits for; null when that was given up. */
type Waiter = (result: DialResult | null) => void;

export class SharedDials {
  readonly #parts: SharedDialsParts;
  /** By what is dialled, and by which name: sessions remember the name. */
  readonly #underWay = new Map<string, Set<Waiter>>();

  constructor(parts: SharedDialsParts) {
    this.#parts = parts;
  }

  /** Calls back once, later; the returned function aborts, which never ends a dial of others. */
  dial(request: DialRequest, done: (result: DialResult) => void): () => void {
    const key = `${formatAddress(request.endpoint)} ${request.dialled}`;
    const waiters = this.#underWay.get(key);
    return waiters ? this.#join(waiters, request, done) : this.#begin(key, request, done);
  }

  #begin(key: string, request: DialRequest, done: (result: DialResult) => void): () => void {
    const waiters = new Set<Waiter>();
    this.#underWay.set(key, waiters);
    let isOver = false;
    const end = (result: DialResult | null) => {
      isOver = true;
      this.#underWay.delete(key);
      if (result) done(result);
      for (const waiter of waiters) {
        waiters.delete(waiter);
        waiter(result ?? this.#otherwise(request));
      }
    };
    const abort = this.#parts.dial(request, end);
    return () => {
      if (isOver) return;
      abort();
      end(null);
    };
  }

  #join(
    waiters: Set<Waiter>,
    request: DialRequest,
    done: (result: DialResult) => void,
  ): () => void {
    // Whoever waits burdens nobody.
    request.yielded?.();
    const { clock } = this.#parts;
    let abort = () => {};
    const waiter: Waiter = (result) => {
      if (result === null || !isAnswer(result, request)) {
        abort = this.dial(request, done);
        return;
      }
      const timer = clock.setTimeout(() => done(result), 0);
      abort = () => clock.clearTimeout(timer);
    };
    waiters.add(waiter);
    return () => {
      waiters.delete(waiter);
      abort();
    };
  }

  /** A dial that is given up because the other side came first has an answer all the same. */
  #otherwise({ expectedPeer }: DialRequest): DialResult | null {
    const peer = this.#parts.connected(expectedPeer);
    if (!peer) return null;
    const detail = 'a session with this node exists';
    return { ok: false, failure: 'already_connected', detail, peer };
  }
}

/** Whether somebody who would have asked for another node would have heard the same. */
function isAnswer(result: DialResult, { expectedPeer }: DialRequest): boolean {
  if (result.ok || result.failure === 'already_connected') {
    return result.peer !== null && isExpected(result.peer, expectedPeer);
  }
  return ['refused', 'unreachable', 'timeout', 'busy'].includes(result.failure);
}
