/** A whole cluster on a virtual clock and a network in memory: one seed, one run. */

import { SimulatedWorld } from './simulated-world.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { goodbyeMs, patienceMs } from './simulation-plan.ts';
import { CALLBACK, CONVERGENCE, WAIT } from './simulation-schema.ts';
import { SimulationTime } from './simulation-time.ts';

/**
 * A cluster of its own world. Nothing runs before `start`.
 *
 * @throws SimulationError `invalid_argument` for options that no simulation can be made with:
 * unknown or out of range, two nodes of one name or at one address, TLS
 * @throws InvalidClusterConfigError for a configuration that no node would start with
 */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  return new Simulation(options);
}

export interface WaitOptions {
  /**
   * Virtual ms from now, a finite number from 0. Default: the longest reconnect delay, two silence
   * limits and ten seconds.
   */
  readonly withinMs?: number;
}

export interface ConvergenceOptions extends WaitOptions {
  /** Default: all nodes that run, are about to, or could not start; none that is frozen. */
  readonly among?: readonly string[];
}

/** A cluster in a world of its own: made by `createSimulation`. */
export class Simulation extends SimulatedWorld {
  readonly #time: SimulationTime;

  constructor(options: SimulationOptions) {
    super(options);
    this.#time = new SimulationTime(this.clock, this.record);
  }

  // ---- time --------------------------------------------------------------------------------

  /**
   * Lets time pass. Between two events all promises and microtasks run that can, so code under
   * test may use `await`. By a finite number of ms, 0 or more.
   *
   * @throws SimulationError `observer_failed` when code under test threw, at once;
   * `clock_stuck`, `invalid_argument`, `busy`
   */
  async advance(byMs: number): Promise<void> {
    await this.#time.pass(byMs, () => false);
  }

  /** The same at one go, which is faster: no promise settles meanwhile. */
  run(byMs: number): void {
    this.#time.run(byMs);
  }

  /**
   * Lets time pass until the condition holds; it is asked after every event.
   *
   * @throws SimulationError `not_in_time` after `withinMs`; else as `advance`
   */
  async until(condition: () => boolean, options: WaitOptions = {}): Promise<void> {
    this.record.check('the condition', CALLBACK, condition);
    this.record.check('the options', WAIT, options);
    const { withinMs = this.#patienceMs() } = options;
    const holds = () => this.record.guard(() => 'the condition (until)', condition);
    if (await this.#time.pass(withinMs, holds)) return;
    throw this.record.error('not_in_time', `after ${withinMs} ms the condition does not hold`);
  }

  /**
   * Lets time pass until the promise of a node, or one that waits for such, is kept or broken,
   * and does as it does. Meanwhile its rejection is not taken for one that nobody handles. Any
   * other value is as a promise kept with it.
   *
   * @throws whatever the promise rejects with
   * @throws SimulationError `not_in_time` after `withinMs`; else as `advance`
   */
  async settle<T>(value: T | PromiseLike<T>, options: WaitOptions = {}): Promise<T> {
    const promise = Promise.resolve(value);
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    this.record.check('the options', WAIT, options);
    const { withinMs = this.#patienceMs() } = options;
    if (await this.#time.pass(withinMs, () => isSettled)) return promise;
    throw this.record.error('not_in_time', `after ${withinMs} ms the promise is still pending`);
  }

  /**
   * Lets time pass until every node is connected with all others, and with nobody else.
   *
   * @throws SimulationError `not_in_time`, whose message says who does not see whom; `no_process`
   * when no node runs, or is about to; else as `advance`
   */
  async waitForConvergence(options: ConvergenceOptions = {}): Promise<void> {
    this.record.check('the options', CONVERGENCE, options);
    const { withinMs = this.#patienceMs(), among } = options;
    this.machines.assertSomebody(among);
    this.hasMoved = true;
    const isConverged = () => {
      if (!this.hasMoved) return false;
      this.hasMoved = false;
      return this.machines.agree(among);
    };
    const isDone = await this.#time.pass(withinMs, isConverged);
    this.machines.assertSomebody(among);
    if (isDone) return;
    const who = this.disagreement(among);
    if (who !== null) throw this.record.error('not_in_time', `after ${withinMs} ms ${who}`);
  }

  /** Who of the running nodes does not see whom, as a sentence; null when all agree. */
  disagreement(among?: readonly string[]): string | null {
    return this.machines.disagreement(among);
  }

  // ---- what happened -----------------------------------------------------------------------

  /** A line of the code under test in the trace. */
  note(what: string): void {
    this.record.note('test', what);
  }

  /** What was done, and what nodes told: the latest lines, up to `maxTraceLines`. */
  get trace(): readonly string[] {
    return this.record.trace.tail(Number.POSITIVE_INFINITY);
  }

  /** Of all lines and events so far: the same for the same seed and the same calls, anywhere. */
  get traceHash(): string {
    return this.record.hash;
  }

  /** Timers and links that are left at nodes which are stopped or off, as sentences. */
  leftovers(): readonly string[] {
    return this.machines.leftovers();
  }

  /**
   * Heals the network, thaws and stops every node, and lets time pass until all is quiet.
   *
   * @throws SimulationError `leftovers` when a timer or a link remains
   */
  async dispose(): Promise<void> {
    this.restore();
    this.thaw();
    this.stop();
    await this.advance(this.#goodbyeMs());
    const left = this.leftovers();
    if (left.length > 0) throw this.record.error('leftovers', left.join('; '));
  }

  /** Asked at every call, as every start may bring another configuration. */
  #patienceMs(): number {
    return Math.max(...this.machines.configs.map(patienceMs));
  }

  #goodbyeMs(): number {
    return Math.max(...this.machines.configs.map(goodbyeMs));
  }
}
