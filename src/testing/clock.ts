import type { Clock, Timer } from '../ports.ts';
import { type Due, EventHeap } from './event-heap.ts';
import { NodeClock, timerDelayMs } from './node-clock.ts';
import { SimulationError } from './simulation-error.ts';
import { assertValid, CALLBACK, LIMIT, SHIFT, SPAN } from './simulation-schema.ts';

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

/** Called with the node to which an event belonged; with null for an event of the network. */
export type EventWatcher = (node: NodeClock | null) => void;

export interface TestClockOptions {
  /** What `wallNow` starts with. */
  readonly startWallMs?: number;
  /**
   * Default 100,000. More events at one virtual moment throw a `SimulationError` (`clock_stuck`):
   * something sets itself for now, again and again.
   */
  readonly maxEventsPerMoment?: number;
}

const MAX_EVENTS_PER_MOMENT = 100_000;

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
  #isFiring = false;
  #latest: NodeClock | null = null;
  #momentMs = 0;
  #eventsNow = 0;
  #watchers: readonly EventWatcher[] = [];
  readonly #maxEventsPerMoment: number;
  readonly #heap = new EventHeap<ClockEvent>();

  constructor(options: TestClockOptions = {}) {
    this.#wallMs = options.startWallMs ?? START_WALL_MS;
    this.#maxEventsPerMoment = options.maxEventsPerMoment ?? MAX_EVENTS_PER_MOMENT;
  }

  now(): number {
    return this.#nowMs;
  }

  wallNow(): number {
    return this.#wallMs + this.#nowMs;
  }

  /**
   * The date jumps on every node, by so many ms; `now` does not notice.
   *
   * @throws SimulationError `invalid_argument` unless it is a finite number
   */
  jumpWall(byMs: number): void {
    assertValid('byMs', SHIFT, byMs);
    this.#wallMs += byMs;
  }

  /** Timers and deliveries to come, those of frozen nodes included. */
  get pending(): number {
    return this.#pending;
  }

  /** To which node the latest callback belonged; null when to none, or before the first. */
  get latest(): NodeClock | null {
    return this.#latest;
  }

  /** The clock of one more node, whose wall clock is off by so much. */
  node(wallOffsetMs = 0, name = ''): NodeClock {
    return new NodeClock(this, wallOffsetMs, name);
  }

  /**
   * Calls after every event, when its turn is over too; returns the way to end it.
   *
   * @throws SimulationError `invalid_argument` unless it is a function
   */
  onEvent(watch: EventWatcher): () => void {
    assertValid('the watcher', CALLBACK, watch);
    this.#watchers = [...this.#watchers, watch];
    return () => {
      this.#watchers = this.#watchers.filter((other) => other !== watch);
    };
  }

  /** After 0 ms the timer is due now; what is negative or no number counts as 1, as in Node. */
  setTimeout(fire: () => void, delayMs: number): Timer {
    return this.schedule(fire, timerDelayMs(delayMs), 'timer', null);
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
    // Within an event the turn is not over yet.
    if (!this.#isFiring) this.#endTurn();
  }

  /**
   * Moves to the next event until then and runs it; false when there is none.
   *
   * @throws SimulationError `invalid_argument` for what is no number of ms
   */
  runNext(untilMs: number = Number.POSITIVE_INFINITY): boolean {
    // Asked before every event, so the rule is only spelt out for what may break it.
    if (!Number.isFinite(untilMs)) assertValid('untilMs', LIMIT, untilMs);
    this.settle();
    for (let next = this.#heap.peek(); next && next.atMs <= untilMs; next = this.#heap.peek()) {
      this.#heap.pop();
      if (!isWaiting(next)) continue;
      this.#nowMs = next.atMs;
      if (next.node?.hold(next)) continue;
      this.#fire(next);
      return true;
    }
    return false;
  }

  /** @throws SimulationError `invalid_argument` unless it is a finite number of ms, 0 or more */
  advance(byMs: number): void {
    assertValid('byMs', SPAN, byMs);
    this.advanceTo(this.#nowMs + byMs);
  }

  /** To a virtual time in ms; stays when that is over. @throws SimulationError, as `advance` */
  advanceTo(endMs: number): void {
    assertValid('endMs', SHIFT, endMs);
    while (this.runNext(endMs));
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
    if (event.state === 'over' || event.node?.stopped) return;
    event.state = 'over';
    this.#pending -= 1;
    event.node?.forget(event);
    // Timers are mostly cancelled long before they are due; do not let them pile up.
    if (this.#heap.size > 1_024 && this.#heap.size > 4 * this.#pending) {
      this.#heap.keep(isWaiting);
    }
  }

  /** For `NodeClock`: so many events of a node that is stopped will never fire. */
  disown(count: number): void {
    this.#pending -= count;
  }

  queueTurn(run: () => void, node: NodeClock | null): void {
    this.#turn.push({ node, run });
  }

  #fire(event: ClockEvent): void {
    event.state = 'over';
    this.#pending -= 1;
    event.node?.forget(event);
    this.#isFiring = true;
    this.#latest = event.node;
    try {
      this.#count(event.node);
      event.fire();
      this.#endTurn();
    } finally {
      this.#isFiring = false;
    }
    for (const watch of this.#watchers) watch(event.node);
  }

  #endTurn(): void {
    while (this.#turn.length > 0) {
      const batch = this.#turn;
      this.#turn = [];
      for (const { node, run } of batch) {
        this.#latest = node;
        this.#count(node);
        if (node) node.runTurn(run);
        else run();
      }
    }
  }

  #count(node: NodeClock | null): void {
    if (this.#nowMs !== this.#momentMs) {
      this.#momentMs = this.#nowMs;
      this.#eventsNow = 0;
    }
    this.#eventsNow += 1;
    if (this.#eventsNow <= this.#maxEventsPerMoment) return;
    this.#eventsNow = 0;
    const who = node?.name || 'the network';
    throw new SimulationError('clock_stuck', `${who} keeps the clock at ${this.#nowMs} ms`);
  }
}

function isWaiting({ state, node }: ClockEvent): boolean {
  return state === 'waiting' && !node?.stopped;
}

function isClockEvent(timer: Timer): timer is ClockEvent {
  return typeof timer === 'object' && timer !== null && 'fire' in timer && 'state' in timer;
}
