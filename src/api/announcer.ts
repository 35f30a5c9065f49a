/**
 * Tells the user what happened, in one order: queries are true first, then the observables of
 * state, then `nodeUp$` or `nodeDown$`, then the callbacks.
 *
 * While the node starts, ups and downs are held; they come out after `start` has resolved. One
 * announcement ends before the next begins, so that all observers see the same order, even when
 * a callback makes something happen.
 */
import { BehaviorSubject, Subject } from 'rxjs';
import type { ClusterEvent } from '../inspect/events.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ClusterStatus, NodeDownReason, NodeInfo } from '../membership/node-info.ts';
import { Callbacks } from './callbacks.ts';

export interface NodeDown {
  readonly nodeId: NodeId;
  readonly reason: NodeDownReason;
}

/** What the queries answer right now. */
export interface Picture {
  nodes(): readonly NodeInfo[];
}

export class Announcer {
  readonly status$ = new BehaviorSubject<ClusterStatus>('stopped');
  readonly nodes$ = new BehaviorSubject<readonly NodeInfo[]>([]);
  readonly connectedNodes$ = new BehaviorSubject<readonly NodeInfo[]>([]);
  readonly nodeUp$ = new Subject<NodeInfo>();
  readonly nodeDown$ = new Subject<NodeDown>();
  readonly events$ = new Subject<ClusterEvent>();

  readonly onUp: Callbacks<[NodeInfo]>;
  readonly onDown: Callbacks<[NodeId, NodeDownReason]>;
  readonly onStatus: Callbacks<[ClusterStatus]>;

  readonly #picture: Picture;
  /** Announcements to come, in order. */
  #queue: (() => void)[] = [];
  #isHeld = false;
  #isAnnouncing = false;
  #isMuted = true;

  constructor(picture: Picture, failed: (observer: string, error: unknown) => void) {
    this.#picture = picture;
    this.onUp = new Callbacks((error) => failed('onNodeUp', error));
    this.onDown = new Callbacks((error) => failed('onNodeDown', error));
    this.onStatus = new Callbacks((error) => failed('onStatusChange', error));
  }

  /** A new life begins: what happens is held until `release`. */
  hold(): void {
    this.#isMuted = false;
    this.#isHeld = true;
    this.#queue = [];
  }

  /** What was held comes out, in order. */
  release(): void {
    this.#isHeld = false;
    this.#drain();
  }

  /** The life is over: what is held, and what still happens, is nobody's business. */
  mute(): void {
    this.#isMuted = true;
    this.#isHeld = false;
    this.#queue = [];
    if (this.connectedNodes$.value.length > 0) this.connectedNodes$.next([]);
    if (this.nodes$.value.length > 0) this.nodes$.next([]);
  }

  /** Runs once everything that has happened is announced. */
  whenReleased(run: () => void): void {
    this.#announce(run);
  }

  status(status: ClusterStatus): void {
    this.status$.next(status);
    this.onStatus.call(status);
  }

  up(info: NodeInfo): void {
    if (this.#isMuted) return;
    this.refresh();
    this.#announce(() => {
      this.nodeUp$.next(info);
      this.onUp.call(info);
    });
  }

  down(nodeId: NodeId, reason: NodeDownReason): void {
    if (this.#isMuted) return;
    this.refresh();
    this.#announce(() => {
      this.nodeDown$.next({ nodeId, reason });
      this.onDown.call(nodeId, reason);
    });
  }

  /** Brings the observables of state up to date with the queries. */
  refresh(): void {
    if (this.#isMuted) return;
    const nodes = this.#picture.nodes();
    const connected = nodes.filter(({ status }) => status === 'connected');
    const isSame =
      connected.length === this.connectedNodes$.value.length &&
      connected.every(({ id }, index) => id === this.connectedNodes$.value[index]?.id);
    this.nodes$.next(nodes);
    if (!isSame) this.connectedNodes$.next(connected);
  }

  #announce(announce: () => void): void {
    this.#queue.push(announce);
    this.#drain();
  }

  #drain(): void {
    if (this.#isAnnouncing) return;
    this.#isAnnouncing = true;
    while (!this.#isHeld) {
      const announce = this.#queue.shift();
      if (!announce) break;
      announce();
    }
    this.#isAnnouncing = false;
  }
}
