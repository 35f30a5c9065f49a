/**
 * Tells the user what happened, in one order: queries are true first, then the observables of
 * state, then `nodeUp$` or `nodeDown$`, then the callbacks.
 *
 * While the node starts, ups and downs are held; they come out after `start` has resolved. One
 * announcement ends before the next begins, so that all observers see the same order, even when
 * a callback makes something happen.
 */
import { BehaviorSubject } from 'rxjs/internal/BehaviorSubject';
import { Subject } from 'rxjs/internal/Subject';
import type { ClusterEvent } from '../inspect/events.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { ClusterStatus, NodeDownReason, NodeInfo } from '../membership/node-info.ts';
import { Callbacks } from './callbacks.ts';
import { Present } from './present.ts';

export interface NodeDown {
  readonly nodeId: NodeId;
  readonly reason: NodeDownReason;
}

/** What the queries answer right now. */
export interface Picture {
  nodes(): readonly NodeInfo[];
  connected(): readonly NodeInfo[];
}

export class Announcer {
  readonly status$ = new BehaviorSubject<ClusterStatus>('stopped');
  readonly nodes: Present<readonly NodeInfo[]>;
  readonly connectedNodes: Present<readonly NodeInfo[]>;
  readonly nodeUp$ = new Subject<NodeInfo>();
  readonly nodeDown$ = new Subject<NodeDown>();
  readonly events$ = new Subject<ClusterEvent>();

  readonly onUp: Callbacks<[NodeInfo]>;
  readonly onDown: Callbacks<[NodeId, NodeDownReason]>;
  readonly onStatus: Callbacks<[ClusterStatus]>;

  /** Announcements to come, in order. */
  #queue: (() => void)[] = [];
  #isHeld = false;
  #isAnnouncing = false;
  #isMuted = true;

  constructor(picture: Picture, failed: (observer: string, error: unknown) => void) {
    this.nodes = new Present(() => (this.#isMuted ? [] : picture.nodes()), isSameList);
    this.connectedNodes = new Present(
      () => (this.#isMuted ? [] : picture.connected()),
      (a, b) => a.length === b.length && a.every(({ id }, index) => id === b[index]?.id),
    );
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
    this.connectedNodes.refresh();
    this.nodes.refresh();
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
    this.nodes.refresh();
    this.connectedNodes.refresh();
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

function isSameList(a: readonly NodeInfo[], b: readonly NodeInfo[]): boolean {
  return a.length === b.length && a.every((info, index) => isSameInfo(info, b[index]));
}

function isSameInfo(a: NodeInfo, b: NodeInfo | undefined): boolean {
  return (
    a.id === b?.id &&
    a.status === b.status &&
    a.processCount === b.processCount &&
    a.uptimeMs === b.uptimeMs &&
    a.lastHeartbeatAt === b.lastHeartbeatAt
  );
}
