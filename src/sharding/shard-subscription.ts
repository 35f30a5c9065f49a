import { guarded } from './guarded.ts';
import type { SubscribeOptions, Subscription } from './transport.ts';

/** A subscription may end from both sides, and while it begins. */
export class ShardSubscription implements Subscription {
  readonly shard: number;
  readonly #options: SubscribeOptions;
  readonly #over: () => void;
  #isOver = false;
  #begun: Promise<() => Promise<void>> | null = null;
  #gone: Promise<void> | null = null;

  constructor(shard: number, options: SubscribeOptions, over: () => void) {
    this.shard = shard;
    this.#options = options;
    this.#over = over;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  async begin(begun: Promise<() => Promise<void>>): Promise<void> {
    this.#begun = begun;
    const { signal } = this.#options;
    if (signal?.aborted) void this.unsubscribe();
    else signal?.addEventListener('abort', this.#abort, { once: true });
    try {
      await begun;
    } catch (error) {
      signal?.removeEventListener('abort', this.#abort);
      throw error;
    }
  }

  unsubscribe(): Promise<void> {
    this.#gone ??= this.#leave();
    return this.#gone;
  }

  /** Not by its owner, who is told. */
  async end(): Promise<void> {
    if (this.#isOver) return this.unsubscribe();
    const gone = this.unsubscribe();
    const { onEnd } = this.#options;
    if (onEnd) guarded('onEnd', onEnd)(undefined);
    return gone;
  }

  readonly #abort = () => void this.unsubscribe();

  async #leave(): Promise<void> {
    this.#isOver = true;
    this.#over();
    this.#options.signal?.removeEventListener('abort', this.#abort);
    // Whoever waits for it to begin is told why it did not.
    const leave = await this.#begun?.catch(() => null);
    await leave?.();
  }
}
