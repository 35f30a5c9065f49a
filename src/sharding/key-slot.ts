import type { ServerHandler } from './transport.ts';

/** What handles the messages of one key. */
export interface KeyHandling {
  readonly handle: ServerHandler;
  /** Its last breath; nothing else is created for the key before it is over. */
  close?(): unknown;
}

/**
 * One key's handler, from its creation to its end. It is created once, however many wait for it, and
 * ends when nothing works in it any more.
 */
export class KeySlot {
  readonly key: string;
  readonly #created: Promise<KeyHandling>;
  #handling: KeyHandling | null = null;
  #calls = 0;
  #lastUsedAt = 0;
  #hasLeft = false;
  #quiet: (() => void) | null = null;

  constructor(key: string, created: Promise<KeyHandling>) {
    this.key = key;
    this.#created = created;
    created.then(
      (handling) => {
        this.#handling = handling;
      },
      () => {},
    );
  }

  /** Since when nothing works in it; Infinity while something does, or waits for its creation. */
  get idleSince(): number {
    return this.#calls === 0 ? this.#lastUsedAt : Number.POSITIVE_INFINITY;
  }

  /** It has ended by itself. */
  left(): void {
    this.#hasLeft = true;
  }

  enter(): void {
    this.#calls += 1;
  }

  leave(now: number): void {
    this.#calls -= 1;
    this.#lastUsedAt = now;
    if (this.#calls === 0) this.#quiet?.();
  }

  /** At once when it is there. */
  handling(): KeyHandling | Promise<KeyHandling> {
    return this.#handling ?? this.#created;
  }

  /** Resolves once it has ended, or has never begun. @throws whatever its `close` throws */
  async end(): Promise<void> {
    const handling = await this.#created.catch(() => null);
    if (handling === null) return;
    if (this.#calls > 0) {
      await new Promise<void>((resolve) => {
        this.#quiet = resolve;
      });
    }
    if (!this.#hasLeft) await handling.close?.();
  }
}
