/**
 * Tells the user what happened, in one order: queries are true first, then the observables of
 * state, then `nodeUp$` or `nodeDown$`, then the callbacks.
 *
 * While the node starts, ups and downs are held; they come out after `start` has resolved.
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
  /** Null: nothing is held back. */
  #held: (() => void)[] | null = null;
  #released: (() => void)[] = [];
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
    this.#held = [];
  }

  /** What was held comes out, in order. */
  release(): void {
    const held = this.#held;
    this.#held = null;
    for (const announce of held ?? []) announce();
    const released = this.#released;
    this.#released = [];
    for (const run of released) run();
  }

  /** The life is over: what is held, and what still happens, is nobody's business. */
  mute(): void {
    this.#isMuted = true;
    this.#held = null;
    this.#released = [];
    this.connectedNodes$.next([]);
    this.nodes$.next([]);
  }

  /** Runs once nothing is held. */
  whenReleased(run: () => void): void {
    if (this.#held) this.#released.push(run);
    else run();
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
    if (this.#held) this.#held.push(announce);
    else announce();
  }
}
