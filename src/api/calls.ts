/** Promises about one node: connect, disconnect, ping, roundTrip, health. Each of them settles. */
import { ClusterNotStartedError, ConnectError, InvalidClusterConfigError } from '../errors.ts';
import { parseSeed, type Seed } from '../membership/address.ts';
import type { NodeId } from '../membership/node-id.ts';
import type { Core } from '../node/core.ts';
import { mostTelling } from '../node/failures.ts';
import { type Reached, reach } from '../node/reach.ts';
import type { Clock } from '../ports.ts';

export interface CallOptions {
  /** Default 5,000. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ClusterHealth {
  /** Null while the node is not running. */
  readonly self: NodeId | null;
  readonly isRunning: boolean;
  /** `reachable` and `unreachable` together, in the order of `getNodeIds()`. */
  readonly connected: readonly NodeId[];
  readonly reachable: readonly NodeId[];
  readonly unreachable: readonly NodeId[];
}

export interface CallsHost {
  /** Throws unless running. */
  core(): Core;
  whenReleased(run: () => void): void;
}

interface Settle<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
  /** Runs when the call ends before its work does. */
  onAbort(abort: () => void): void;
}

const DEFAULT_TIMEOUT_MS = 5_000;

export class Calls {
  readonly #clock: Clock;
  readonly #host: CallsHost;
  readonly #pending = new Set<(error: Error) => void>();

  constructor(clock: Clock, host: CallsHost) {
    this.#clock = clock;
    this.#host = host;
  }

  rejectAll(): void {
    for (const reject of [...this.#pending]) reject(new ClusterNotStartedError());
  }

  async connect(target: string, options: CallOptions = {}): Promise<NodeId> {
    const core = this.#host.core();
    const seed = parseSeed(target);
    const known = core.find(target);
    if (known === core.self.id || core.dialling.isOwn(seed)) throw new ConnectError(target, 'self');
    if (known && core.isConnected(known)) throw new ConnectError(target, 'already_connected');
    if (known) core.holding.resumeDialling(known);
    const before = new Set([...core.sessions].map(({ number }) => number));
    return this.#run(target, options, core, (settle) => {
      const dialled = this.#reach(core, seed, 'join', (reached) => {
        const id = reached.met[0];
        if (!id) return settle.reject(failed(target, reached));
        const session = core.sessions.with(id);
        if (session && before.has(session.number) && session.hasGreeted) {
          return settle.reject(new ConnectError(target, 'already_connected'));
        }
        const stopWaiting = core.dialling.whenMet(id, (isGreeted) => {
          if (!isGreeted) return settle.reject(new ConnectError(target, 'protocol'));
          this.#host.whenReleased(() => settle.resolve(id));
        });
        settle.onAbort(stopWaiting);
      });
      settle.onAbort(dialled);
    });
  }

  async disconnect(target: string): Promise<boolean> {
    const core = this.#host.core();
    const id = core.find(target);
    const session = id && core.sessions.with(id);
    if (!session) {
      parseSeed(target);
      return false;
    }
    // As at a goodbye: users' messages before it.
    session.flush();
    session.send({ type: 'bye' });
    core.holding.hangUp(session);
    return true;
  }

  async ping(target: string, options: CallOptions = {}): Promise<boolean> {
    try {
      await this.roundTrip(target, options);
      return true;
    } catch {
      return false;
    }
  }

  async roundTrip(target: string, options: CallOptions = {}): Promise<number> {
    const core = this.#host.core();
    const seed = parseSeed(target);
    const id = core.find(target);
    if (id === core.self.id || core.dialling.isOwn(seed)) return 0;
    const session = id && core.sessions.with(id);
    const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return this.#run(target, options, core, (settle) => {
      if (session) {
        const isSent = core.pings.send(session, timeoutMs, (roundTripMs) => {
          if (roundTripMs === null) settle.reject(new ConnectError(target, 'timeout'));
          else settle.resolve(roundTripMs);
        });
        if (!isSent) settle.reject(new ConnectError(target, 'busy'));
        return;
      }
      const startedAt = this.#clock.now();
      const abort = this.#reach(core, seed, 'probe', (reached) => {
        if (reached.met.length > 0) settle.resolve(this.#clock.now() - startedAt);
        else settle.reject(failed(target, reached));
      });
      settle.onAbort(abort);
    });
  }

  async health(options: CallOptions = {}): Promise<ClusterHealth> {
    let core: Core;
    try {
      core = this.#host.core();
    } catch {
      return { self: null, isRunning: false, connected: [], reachable: [], unreachable: [] };
    }
    const connected = [...core.sessions].map(({ peerId }) => peerId).sort();
    const answers = await Promise.all(connected.map((id) => this.ping(id, options ?? {})));
    return {
      self: core.self.id,
      isRunning: true,
      connected,
      reachable: connected.filter((_, index) => answers[index]),
      unreachable: connected.filter((_, index) => !answers[index]),
    };
  }

  #reach(
    core: Core,
    seed: Seed,
    purpose: 'join' | 'probe',
    done: (reached: Reached) => void,
  ): () => void {
    const expectedPeer = seed.name === null ? '' : `${seed.name}@`;
    const isOwn = (address: { host: string; port: number }) => core.dialling.isOwn(address);
    const slots = core.dialling.slots.calls;
    return reach(
      core.dialling.reachPorts,
      { target: seed, expectedPeer, purpose, isCall: true, slots, isOwn },
      done,
    );
  }

  #run<T>(
    target: string,
    { timeoutMs = DEFAULT_TIMEOUT_MS, signal }: CallOptions,
    core: Core,
    work: (settle: Settle<T>) => void,
  ): Promise<T> {
    if (!(timeoutMs > 0)) {
      throw new InvalidClusterConfigError(`timeoutMs must be a positive number, got ${timeoutMs}`);
    }
    return new Promise<T>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (this.#pending.size >= core.limits.maxPendingCalls) {
        return reject(new ConnectError(target, 'busy', 'too many calls are pending'));
      }
      const aborts: (() => void)[] = [];
      let isOver = false;
      const finish = (end: () => void) => {
        if (isOver) return;
        isOver = true;
        this.#pending.delete(fail);
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener('abort', onSignal);
        for (const abort of aborts) abort();
        end();
      };
      const fail = (error: unknown) => finish(() => reject(error));
      const onSignal = () => fail(signal?.reason);
      const timer = this.#clock.setTimeout(
        () => fail(new ConnectError(target, 'timeout', `no answer within ${timeoutMs} ms`)),
        timeoutMs,
      );
      this.#pending.add(fail);
      signal?.addEventListener('abort', onSignal, { once: true });
      work({
        resolve: (value) => finish(() => resolve(value)),
        reject: fail,
        onAbort: (abort) => {
          if (isOver) abort();
          else aborts.push(abort);
        },
      });
    });
  }
}

function failed(target: string, reached: Reached): ConnectError {
  const reason = mostTelling(reached.failures) ?? (reached.own.length > 0 ? 'self' : 'unreachable');
  const detail = reached.details.length > 0 ? reached.details.join('; ') : undefined;
  return new ConnectError(target, reason, detail);
}
