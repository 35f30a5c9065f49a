import type { LocalCluster } from '../api/cluster.ts';
import { catchingSubscribers } from '../api/subscriber-errors.ts';
import type { ClusterEvent } from '../inspect/events.ts';
import type { TestClock } from './clock.ts';
import { SimulationError, type SimulationReason } from './simulation-error.ts';
import { problemOf, type Rules } from './simulation-schema.ts';
import { Trace } from './trace.ts';

const TOLD_LINES = 20;

/** What was done and what came of it: the trace, its fingerprint, and the first failure. */
export class SimulationRecord {
  readonly trace: Trace;
  readonly #clock: TestClock;
  readonly #seed: number;
  #failure: SimulationError | null = null;
  /** Those that say already how to see them again. */
  readonly #told = new WeakSet<Error>();
  #events = 0;
  #fingerprint = 0;

  constructor(clock: TestClock, seed: number, maxLines: number) {
    this.#clock = clock;
    this.#seed = seed;
    this.trace = new Trace(maxLines);
  }

  note(who: string, what: string): void {
    this.trace.add(this.#clock.now(), who, what);
  }

  /** Every event of the clock counts, not only those that leave a line. */
  event(node: number): void {
    this.#events += 1;
    const moment = Math.floor(this.#clock.now() * 1_000) | 0;
    this.#fingerprint = Math.imul(this.#fingerprint ^ moment ^ (node << 24), 16_777_619);
  }

  get hash(): string {
    return this.trace.hash(`${this.#events} ${this.#fingerprint} ${this.#clock.now()}`);
  }

  watch(name: string, cluster: LocalCluster): void {
    cluster.onStatusChange((status) => this.note(name, status));
    cluster.onNodeUp(({ id }) => this.note(name, `nodeUp ${id}`));
    cluster.onNodeDown((id, reason) => this.note(name, `nodeDown ${id} ${reason}`));
    cluster.events$.subscribe((event) => this.#heard(name, event));
  }

  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure) throw failure;
  }

  /** With the way to see it again. */
  error(reason: SimulationReason, detail: string, cause?: unknown): SimulationError {
    const where = `at ${this.#clock.now()} ms, seed ${this.#seed}`;
    const lines = this.trace.tail(TOLD_LINES);
    const story = lines.length === 0 ? '' : `; the trace ends:\n${lines.join('\n')}`;
    const error = new SimulationError(reason, `${detail} (${where})${story}`, { cause });
    this.#told.add(error);
    return error;
  }

  check(what: string, rules: Rules, value: unknown): void {
    this.refuse(problemOf(what, rules, value));
  }

  refuse(problem: string | null): void {
    if (problem !== null) throw this.error('invalid_argument', problem);
  }

  /** Runs what may call code of the user: whatever it throws is told as a failure of `who`. */
  guard<T>(who: () => string, run: () => T): T {
    try {
      return catchingSubscribers((error) => this.#failed(`${who()} (a subscriber)`, error), run);
    } catch (error) {
      throw this.#story(who(), error);
    }
  }

  #heard(name: string, event: ClusterEvent): void {
    const { error, ...rest } = { error: null, ...event };
    this.note(name, JSON.stringify(rest));
    if (event.type !== 'observer.failed') return;
    this.#failed(`a callback of ${name} (${event.observer})`, error);
  }

  /** Time will end there. */
  #failed(who: string, error: unknown): void {
    this.#failure ??= this.#story(who, error);
  }

  #story(who: string, error: unknown): SimulationError {
    if (!(error instanceof SimulationError)) {
      return this.error('observer_failed', `${who} threw: ${String(error)}`, error);
    }
    return this.#told.has(error) ? error : this.error(error.reason, error.message, error);
  }
}
