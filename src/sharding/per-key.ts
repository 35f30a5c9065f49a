import { HandlerClosedError } from '../errors/handlers.ts';

export interface PerKeyOptions {
  /** Of one key; default: any number. */
  readonly maxWaiting?: number | undefined;
}

export interface TaskOptions {
  /** A task that has not begun does not begin any more, and whoever waits for it does not wait. */
  readonly signal?: AbortSignal | undefined;
}

interface Job {
  run(): Promise<void>;
}

/** One task of a key at a time, in the order in which they came; those of different keys at once. */
export class PerKey {
  readonly #maxWaiting: number;
  /** The first one of each key is at work. A key without tasks is not here. */
  readonly #jobs = new Map<string, Set<Job>>();
  #closed: Promise<void> | null = null;
  #quiet: () => void = () => {};

  constructor({ maxWaiting = Number.POSITIVE_INFINITY }: PerKeyOptions = {}) {
    this.#maxWaiting = maxWaiting;
  }

  /** Keys with a task that waits or works. */
  get size(): number {
    return this.#jobs.size;
  }

  /** Whether one more task of the key may wait. */
  hasRoom(key: string): boolean {
    return (this.#jobs.get(key)?.size ?? 0) <= this.#maxWaiting;
  }

  /** What the task comes to. Rejects with the signal's reason, or with HandlerClosedError. */
  run<T>(key: string, task: () => T | PromiseLike<T>, { signal }: TaskOptions = {}): Promise<T> {
    return new Promise((resolve, reject: (error: unknown) => void) => {
      if (this.#closed) throw new HandlerClosedError();
      if (signal?.aborted) throw signal.reason;
      const jobs = this.#jobs.get(key);
      const cancel = () => {
        this.#jobs.get(key)?.delete(job);
        reject(signal?.reason);
      };
      const job: Job = {
        run: async () => {
          signal?.removeEventListener('abort', cancel);
          try {
            resolve(await task());
          } catch (error) {
            reject(error);
          }
        },
      };
      if (jobs === undefined) return void this.#work(key, job);
      jobs.add(job);
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  /** Refuses what is new, and resolves once what was accepted is done. The same promise each time. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#quiet = resolve;
      if (this.#jobs.size === 0) resolve();
    });
    return this.#closed;
  }

  async #work(key: string, first: Job): Promise<void> {
    const jobs = new Set([first]);
    this.#jobs.set(key, jobs);
    for (const job of jobs) {
      await job.run();
      jobs.delete(job);
    }
    this.#jobs.delete(key);
    if (this.#jobs.size === 0) this.#quiet();
  }
}
