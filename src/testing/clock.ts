import type { Clock, Timer } from '../ports.ts';
import { type Due, EventHeap } from './event-heap.ts';
import { NodeClock } from './node-clock.ts';

/** After a pause a process runs its timers before it reads its sockets. */
export type EventKind = 'timer' | 'io';

export interface ClockEvent extends Due {
  atMs: number;
  order: number;
  readonly kind: EventKind;
  readonly node: NodeClock | null;
  readonly fire: () => void;
  state: 'waiting' | 'held' | 'over';
}

export interface TestClockOptions {
  /** What `wallNow` starts with. */
  readonly startWallMs?: number;
}

/** 2026-01-01T00:00:00Z: any date that is plainly not today. */
const START_WALL_MS = 1_767_225_600_000;

/**
 * A clock that only moves when told to, from deadline to deadline, for any number of nodes.
 *
 * Each `node()` is a view that can be frozen, thawed and stopped by itself, as a process can.
 */
export class TestClock implements Clock {
  #nowMs = 0;
  #wallMs: number;
  #order = 0;
  #pending = 0;
  #turn: { node: NodeClock | null; run: () => void }[] = [];
  readonly #heap = new EventHeap<ClockEvent>();

  constructor(options: TestClockOptions = {}) {
    this.#wallMs = options.startWallMs ?? START_WALL_MS;
  }

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#wallMs + this.#nowMs;
  }

  /** The date jumps on every node; `now` does not notice. */
  jumpWall(byMs: number): void {
    this.#wallMs += byMs;
  }

  /** Timers and deliveries to come, those of frozen nodes included. */
  get pending(): number {
    return this.#pending;
  }

  /** The clock of one more node, whose wall clock is off by so much. */
  node(wallOffsetMs = 0): NodeClock {
    return new NodeClock(this, wallOffsetMs);
  }

  setTimeout(fire: () => void, delayMs: number): Timer {
    return this.schedule(fire, delayMs, 'timer', null);
  }

  clearTimeout(timer: Timer): void {
    if (isClockEvent(timer)) this.cancel(timer);
  }

  endOfTurn(run: () => void): void {
    this.queueTurn(run, null);
  }

  /** All that is due by now comes first, as it was scheduled before. */
  afterPoll(run: () => void): void {
    this.schedule(run, 0, 'timer', null);
  }

  /** Runs what waits for the end of the turn: after calls that came from outside of any event. */
  settle(): void {
    while (this.#turn.length > 0) {
      const batch = this.#turn;
      this.#turn = [];
      for (const { node, run } of batch) {
        if (node) node.runTurn(run);
        else run();
      }
    }
  }

  /** Moves to the next event and runs it; false when there is none. */
  runNext(): boolean {
    return this.#runNextUntil(Number.POSITIVE_INFINITY);
  }

  advance(byMs: number): void {
    this.advanceTo(this.#nowMs + byMs);
  }

  advanceTo(endMs: number): void {
    while (this.#runNextUntil(endMs));
    this.#nowMs = Math.max(this.#nowMs, endMs);
  }

  /** For `NodeClock` and the memory network. */
  schedule(fire: () => void, delayMs: number, kind: EventKind, node: NodeClock | null): ClockEvent {
    const atMs = this.#nowMs + Math.max(0, delayMs);
    const event: ClockEvent = { atMs, order: this.#order++, kind, node, fire, state: 'waiting' };
    this.#pending += 1;
    this.#heap.push(event);
    return event;
  }

  /** For `NodeClock`: a held event is due now. */
  release(event: ClockEvent): void {
    event.atMs = this.#nowMs;
    event.order = this.#order++;
    event.state = 'waiting';
    this.#heap.push(event);
  }

  cancel(event: ClockEvent): void {
    if (event.state === 'over') return;
    event.state = 'over';
    this.#pending -= 1;
    event.node?.forget(event);
    // Timers are mostly cancelled long before they are due; do not let them pile up.
    if (this.#heap.size > 1_024 && this.#heap.size > 4 * this.#pending) {
      this.#heap.keep(({ state }) => state === 'waiting');
    }
  }

  queueTurn(run: () => void, node: NodeClock | null): void {
    this.#turn.push({ node, run });
  }

  #runNextUntil(endMs: number): boolean {
    this.settle();
    for (let next = this.#heap.peek(); next && next.atMs <= endMs; next = this.#heap.peek()) {
      this.#heap.pop();
      if (next.state !== 'waiting') continue;
      this.#nowMs = next.atMs;
      if (next.node?.hold(next)) continue;
      next.state = 'over';
      this.#pending -= 1;
      next.node?.forget(next);
      next.fire();
      this.settle();
      return true;
    }
    return false;
  }
}

function isClockEvent(timer: Timer): timer is ClockEvent {
  return typeof timer === 'object' && timer !== null && 'fire' in timer && 'state' in timer;
}
