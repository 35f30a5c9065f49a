/** What one other life of a node has not been told yet of the entries of this node. */
import { changeBytes, type Entry, writeChange } from './entry.ts';
import type { Line } from './line.ts';
import { SERVICE } from './service.ts';

/** Of one message: a list of any length is told in pieces between which others get their turn. */
const MAX_CHUNK_BYTES = 16_384;

interface Untold {
  /** As it was last. */
  readonly entry: Entry;
  /** Whether the other side may have it. */
  readonly isKnown: boolean;
}

export class Telling {
  readonly #line: Pick<Line, 'send'>;
  readonly #chunkBytes: number;
  /**
   * In the order of the changes, each entry once: it is told as it is by then. What came and went
   * before it was told is left out, so this holds no more than both sides have.
   */
  readonly #untold = new Map<string, Untold>();
  /** Everything is told anew: the other side forgets what it does not hear of until that is over. */
  #anew: 'no' | 'to begin' | 'begun' = 'no';

  constructor(line: Pick<Line, 'send'>, maxMessageBytes: number) {
    this.#line = line;
    this.#chunkBytes = Math.min(MAX_CHUNK_BYTES, maxMessageBytes / 2);
  }

  /** An entry that was not there. */
  put(key: string, entry: Entry): void {
    const isKnown = this.#untold.get(key)?.isKnown ?? false;
    this.#untold.set(key, { entry, isKnown });
  }

  removed(key: string, entry: Entry): void {
    if (this.#untold.get(key)?.isKnown === false) this.#untold.delete(key);
    else this.#untold.set(key, { entry, isKnown: true });
  }

  /** All of it; then the other side has nothing else. */
  tellAnew(own: ReadonlyMap<string, Entry>): void {
    this.#anew = 'to begin';
    for (const [key, entry] of own) this.put(key, entry);
  }

  /** False when the line does not take all of it now. `own`: what there is at present. */
  flush(own: ReadonlyMap<string, Entry>): boolean {
    if (this.#anew === 'to begin') {
      if (!this.#send(['entries.anew'])) return false;
      this.#anew = 'begun';
    }
    while (this.#untold.size > 0) {
      const { keys, changes } = this.#chunk(own);
      if (!this.#send(['entries', changes])) return false;
      for (const key of keys) this.#untold.delete(key);
    }
    if (this.#anew === 'begun') {
      if (!this.#send(['entries.end'])) return false;
      this.#anew = 'no';
    }
    return true;
  }

  #send(message: readonly unknown[]): boolean {
    try {
      this.#line.send(SERVICE, message);
      return true;
    } catch {
      // Too much waits for that node, or the message of a user is just being written.
      return false;
    }
  }

  /** What comes first, as much as goes into one message. */
  #chunk(own: ReadonlyMap<string, Entry>): {
    readonly keys: readonly string[];
    readonly changes: readonly unknown[];
  } {
    const keys: string[] = [];
    const changes: unknown[] = [];
    let bytes = 0;
    for (const [key, { entry }] of this.#untold) {
      bytes += changeBytes(entry);
      if (keys.length > 0 && bytes > this.#chunkBytes) break;
      keys.push(key);
      changes.push(writeChange({ entry, isThere: own.has(key) }));
    }
    return { keys, changes };
  }
}
