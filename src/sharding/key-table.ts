import { LRUCache } from 'lru-cache';
import { isThenable } from '../actors/thenable.ts';
import { HandlerClosedError, KeyRequiredError, MissingKeyHeaderError } from '../errors/handlers.ts';
import { ShardOverloadedError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import { LIMITS, SHARDING } from '../limits.ts';
import type { Clock, Timer } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import type { Envelope } from './envelope.ts';
import { guarded } from './guarded.ts';
import { KEY_HEADER } from './headers.ts';
import { type KeyHandling, KeySlot } from './key-slot.ts';
import { limitOption, timeOption } from './options.ts';
import { PerKey } from './per-key.ts';
import type { HandlerContext, ServerHandler } from './transport.ts';
import { holdKey } from './within.ts';

/** What a key's handler can do for its own place. */
export interface KeyLease {
  /** It has ended by itself: the key's next message has another one created, and `close` is not called. */
  leave(): void;
}

/** Gives what handles the messages of a key, maybe later. What it throws fails those that wait. */
export type CreateForKey = (
  key: string,
  lease: KeyLease,
) => ServerHandler | KeyHandling | PromiseLike<ServerHandler | KeyHandling>;

export interface KeyHandlerOptions {
  /** Keys whose handlers are kept; the least recently used ends. Default 1,024; Infinity: all. */
  readonly cacheSize?: number | undefined;
  /** A handler ends that has had nothing to do for so long. Default: never. */
  readonly idleMs?: number | undefined;
  /**
   * A key takes one message at a time, in the order in which they come. What waits for its turn holds
   * one of the transport's handlers. Default: false.
   */
  readonly serial?: boolean | undefined;
  /** The key of a message; default: its header `x-clstr-key`. */
  readonly extract?: ((envelope: Envelope) => string) | undefined;
  /** Told of what a handler's `close` throws; default: a warning. */
  readonly onError?: ((failure: KeyFailure) => void) | undefined;
  readonly clock?: Clock | undefined;
}

export interface KeyFailure {
  readonly key: string;
  readonly error: unknown;
}

export const KEY_HANDLER_OPTIONS = [
  ...['cacheSize', 'idleMs', 'serial', 'extract', 'onError', 'clock'],
];

/** What a cache holds it allocates at once. */
const MAX_CACHE = 1_000_000;
/** Handlers are looked through for idle ones so often in the time of an idle one. */
const LOOKS = 4;

/** As much as is used of a cache that forgets, and of one that does not. */
interface Kept {
  readonly size: number;
  get(key: string): KeySlot | undefined;
  set(key: string, slot: KeySlot): unknown;
  delete(key: string): boolean;
  values(): Iterable<KeySlot>;
}

export class KeyTable {
  readonly #create: CreateForKey;
  readonly #extract: (envelope: Envelope) => string;
  readonly #onError: (failure: KeyFailure) => void;
  readonly #clock: Clock;
  readonly #idleMs: number;
  readonly #kept: Kept;
  /** Null when messages of a key are handled as they come. */
  readonly #turns: PerKey | null;
  /** Of keys whose former handler has not ended yet. */
  readonly #ending = new Map<string, Promise<void>>();
  #timer: Timer = null;
  #isLooking = false;
  #closed: Promise<void> | null = null;

  constructor(create: CreateForKey, options: KeyHandlerOptions) {
    const { extract = keyOf, onError = warnOfKey, clock = systemClock } = options;
    this.#create = create;
    this.#extract = extract;
    this.#onError = guarded('onError', onError);
    this.#clock = clock;
    this.#turns = options.serial ? new PerKey({ maxWaiting: LIMITS.maxMailbox }) : null;
    this.#idleMs = options.idleMs === Number.POSITIVE_INFINITY ? 0 : idleOption(options);
    const defaults = { cacheSize: SHARDING.maxCachedKeys };
    const isUnlimited = options.cacheSize === Number.POSITIVE_INFINITY;
    const max = isUnlimited ? 0 : limitOption(options, 'cacheSize', defaults, MAX_CACHE);
    this.#kept = isUnlimited
      ? new Map()
      : new LRUCache<string, KeySlot>({
          max,
          dispose: (slot, _key, reason) => {
            if (reason === 'evict') this.#end(slot);
          },
        });
  }

  get size(): number {
    return this.#kept.size;
  }

  get ending(): number {
    return this.#ending.size;
  }

  handle(envelope: Envelope, context: HandlerContext): ReturnType<ServerHandler> {
    const key = this.#extract(envelope);
    if (this.#closed) throw new HandlerClosedError();
    if (key === '') throw new KeyRequiredError();
    const slot = this.#kept.get(key) ?? this.#open(key);
    slot.enter();
    const done = () => slot.leave(this.#clock.now());
    try {
      const handling = slot.handling();
      const result = isThenable(handling)
        ? handling.then(({ handle }) => this.#call(key, handle, envelope, context))
        : this.#call(key, handling.handle, envelope, context);
      if (!isThenable(result)) {
        done();
        return result;
      }
      const later = Promise.resolve(result);
      later.then(done, done);
      return later;
    } catch (error) {
      done();
      throw error;
    }
  }

  #call(
    key: string,
    handle: ServerHandler,
    envelope: Envelope,
    context: HandlerContext,
  ): ReturnType<ServerHandler> {
    if (this.#turns === null) return handle(envelope, context);
    if (!this.#turns.hasRoom(key)) throw new ShardOverloadedError(envelope.shard, 'key');
    holdKey(context, key);
    return this.#turns.run(key, () => handle(envelope, context), context);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#clock.clearTimeout(this.#timer);
    this.#isLooking = true;
    for (const slot of [...this.#kept.values()]) {
      this.#kept.delete(slot.key);
      this.#end(slot);
    }
    await Promise.all(this.#ending.values());
  }

  #open(key: string): KeySlot {
    const lease: KeyLease = {
      leave: () => {
        slot.left();
        this.#forget(slot);
      },
    };
    const slot: KeySlot = new KeySlot(
      key,
      this.#created(key, lease, () => this.#forget(slot)),
    );
    this.#kept.set(key, slot);
    this.#look();
    return slot;
  }

  async #created(key: string, lease: KeyLease, failed: () => void): Promise<KeyHandling> {
    try {
      // The slot must be in its place before anything happens.
      await this.#ending.get(key);
      const created = await this.#create(key, lease);
      const handling = typeof created === 'function' ? { handle: created } : created;
      if (typeof handling?.handle === 'function') return handling;
      throw new TypeError(`create gave ${preview(created)}, and must give a handler`);
    } catch (error) {
      failed();
      throw error;
    }
  }

  #forget(slot: KeySlot): void {
    if (this.#kept.get(slot.key) === slot) this.#kept.delete(slot.key);
  }

  #end(slot: KeySlot): void {
    const { key } = slot;
    const ended = slot
      .end()
      .catch((error: unknown) => this.#onError({ key, error }))
      .then(() => {
        if (this.#ending.get(key) === ended) this.#ending.delete(key);
      });
    this.#ending.set(key, ended);
  }

  /** From the first handler on, until there is none. */
  #look(): void {
    if (this.#idleMs === 0 || this.#isLooking) return;
    this.#isLooking = true;
    this.#timer = this.#clock.setTimeout(() => {
      this.#isLooking = false;
      this.#retire(this.#clock.now() - this.#idleMs);
      if (this.#kept.size > 0) this.#look();
    }, this.#idleMs / LOOKS);
  }

  #retire(idleSince: number): void {
    for (const slot of [...this.#kept.values()]) {
      if (slot.idleSince > idleSince) continue;
      this.#kept.delete(slot.key);
      this.#end(slot);
    }
  }
}

function idleOption(options: KeyHandlerOptions): number {
  if (options.idleMs === undefined) return 0;
  return timeOption(options, 'idleMs', { idleMs: 0 });
}

function keyOf(envelope: Envelope): string {
  const key = envelope.getHeader(KEY_HEADER);
  if (key === undefined) throw new MissingKeyHeaderError();
  return key;
}

export function warnOfKey({ key, error }: KeyFailure): void {
  const code = 'CHARTMESH_KEY_HANDLER_FAILED';
  process.emitWarning(`the handler of ${preview(key)} failed: ${String(error)}`, { code });
}
