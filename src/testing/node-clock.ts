import type { Clock, Timer } from '../ports.ts';
import type { ClockEvent, EventKind, TestClock } from './clock.ts';
import { assertValid, SHIFT } from './simulation-schema.ts';

/** One node's view of a shared `TestClock`, with the life of a process. */
export class NodeClock implements Clock {
  /** For messages about it. */
  readonly name: string;
  readonly #clock: TestClock;
  #wallOffsetMs: number;
  #state: 'running' | 'frozen' | 'stopped' = 'running';
  /** Counted, not kept: a set of them would cost more than the rest of the clock. */
  #timers = 0;
  #deliveries = 0;
  /** Of these, what can be read at once: the rest of what one read did not return. */
  #unread = 0;
  #held: ClockEvent[] = [];
  #heldTurns: (() => void)[] = [];

  constructor(clock: TestClock, wallOffsetMs: number, name: string) {
    this.#clock = clock;
    this.#wallOffsetMs = wallOffsetMs;
    this.name = name;
  }

  /** Goes on while the node is frozen, as the real one does under SIGSTOP. */
  now(): number {
    return this.#clock.now();
  }

  wallNow(): number {
    return this.#clock.wallNow() + this.#wallOffsetMs;
  }

  /** By so many ms. @throws SimulationError `invalid_argument` unless it is a finite number */
  jumpWall(byMs: number): void {
    assertValid('byMs', SHIFT, byMs);
    this.#wallOffsetMs += byMs;
  }

  /** How far this machine's date is from that of the clock, in ms. */
  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }

  get frozen(): boolean {
    return this.#state === 'frozen';
  }

  /** The node's timers; deliveries of the network are not its own. */
  get pending(): number {
    return this.#timers;
  }

  get stopped(): boolean {
    return this.#state === 'stopped';
  }

  /** After 0 ms the timer is due now; what is negative or no number counts as 1, as in Node. */
  setTimeout(fire: () => void, delayMs: number): Timer {
    return this.#schedule(fire, timerDelayMs(delayMs), 'timer');
  }

  clearTimeout(timer: Timer): void {
    this.#clock.clearTimeout(timer);
  }

  endOfTurn(run: () => void): void {
    if (this.#state !== 'stopped') this.#clock.queueTurn(run, this);
  }

  afterPoll(run: () => void): void {
    const runOnceRead = () => (this.#unread > 0 ? this.afterPoll(run) : run());
    this.#schedule(runOnceRead, 0, 'timer');
  }

  /** For the memory network: what a node reads, after the timers when the node was frozen. */
  deliver(run: () => void, delayMs = 0): void {
    if (delayMs > 0) {
      this.#schedule(run, delayMs, 'io');
      return;
    }
    this.#unread += 1;
    const read = () => {
      this.#unread -= 1;
      run();
    };
    this.#schedule(read, 0, 'io');
  }

  /** Like SIGSTOP: nothing runs until `thaw`. */
  freeze(): void {
    if (this.#state === 'running') this.#state = 'frozen';
  }

  /** Like SIGCONT: what came due meanwhile runs now, the timers first, each kind in its order. */
  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    for (const run of this.#heldTurns.splice(0)) this.#clock.queueTurn(run, this);
    const late = this.#held.splice(0).filter(({ state }) => state === 'held');
    for (const kind of ['timer', 'io'] as const) {
      for (const event of late) if (event.kind === kind) this.#clock.release(event);
    }
  }

  /** Like SIGKILL: nothing of this node ever runs again. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopped';
    this.#clock.disown(this.#timers + this.#deliveries);
    this.#timers = 0;
    this.#deliveries = 0;
    this.#held = [];
    this.#heldTurns = [];
  }

  /** For `TestClock`: true when the event has to wait for `thaw`. */
  hold(event: ClockEvent): boolean {
    if (this.#state !== 'frozen') return false;
    event.state = 'held';
    this.#held.push(event);
    return true;
  }

  /** For `TestClock`: the event is over. */
  forget(event: ClockEvent): void {
    if (event.kind === 'timer') this.#timers -= 1;
    else this.#deliveries -= 1;
  }

  /** For `TestClock`. */
  runTurn(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'frozen') this.#heldTurns.push(run);
  }

  #schedule(fire: () => void, delayMs: number, kind: EventKind): Timer {
    // A dead node may still be called by the test; it sets nothing.
    if (this.#state === 'stopped') return null;
    if (kind === 'timer') this.#timers += 1;
    else this.#deliveries += 1;
    return this.#clock.schedule(fire, delayMs, kind, this);
  }
}

/** Real timers take a delay that makes no sense for the shortest one, and go on. */
export function timerDelayMs(delayMs: number): number {
  return delayMs >= 0 ? delayMs : 1;
}
