import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Entry, keyOf, readChange } from '../../src/actors/entry.ts';
import { Telling } from '../../src/actors/telling.ts';

const entryOf = (name: string, number: number, stamp = 0): Entry => ({
  ...{ kind: 'member', name, number, stamp },
});

/** A line that may be full, and what the other side has by what came over it. */
class Side {
  isFull = false;
  /** What is sent never comes. */
  isLost = false;
  messages: unknown[][] = [];
  readonly has = new Map<string, Entry>();
  readonly told: string[] = [];
  #doubtful: readonly string[] = [];

  send(_target: number, message: unknown): void {
    if (this.isFull) throw new Error('full');
    if (this.isLost) return;
    const [verb, changes = []] = Array.isArray(message) ? message : [];
    if (verb === 'entries.anew') this.#doubtful = [...this.has.keys()];
    if (verb === 'entries.end') for (const key of this.#doubtful) this.has.delete(key);
    if (verb === 'entries.end') this.#doubtful = [];
    this.messages.push(changes);
    for (const wire of changes) {
      const change = readChange(wire);
      if (!change) throw new Error('what is told can be read');
      const { entry, isThere } = change;
      this.#doubtful = this.#doubtful.filter((key) => key !== keyOf(entry));
      this.told.push(`${isThere ? '+' : '-'}${entry.name}`);
      if (isThere) this.has.set(keyOf(entry), entry);
      else this.has.delete(keyOf(entry));
    }
  }
}

function pair(maxMessageBytes = 1_000_000) {
  const side = new Side();
  const telling = new Telling(side, maxMessageBytes);
  const own = new Map<string, Entry>();
  return {
    side,
    own,
    put: (entry: Entry) => {
      own.set(keyOf(entry), entry);
      telling.put(keyOf(entry), entry);
    },
    remove: (entry: Entry) => {
      own.delete(keyOf(entry));
      telling.removed(keyOf(entry), entry);
    },
    flush: () => telling.flush(own),
    tellAnew: () => telling.tellAnew(own),
  };
}

test('whatever comes and goes, is lost or finds the line full, the other side has it in the end', () => {
  const names = ['a', 'b', 'c'];
  const deeds = fc.array(
    fc.oneof(
      fc.record({ deed: fc.constant('put'), name: fc.constantFrom(...names) }),
      fc.record({ deed: fc.constant('remove'), name: fc.constantFrom(...names) }),
      fc.record({
        deed: fc.constantFrom('flush', 'full', 'free', 'lose', 'anew'),
        name: fc.constant(''),
      }),
    ),
    { maxLength: 60, size: 'max' },
  );
  fc.assert(
    fc.property(deeds, (list) => {
      const { side, own, put, remove, flush, tellAnew } = pair(100);
      for (const { deed, name } of list) {
        const entry = entryOf(name, 1);
        const isThere = own.has(keyOf(entry));
        if (deed === 'put' && !isThere) put(entry);
        if (deed === 'remove' && isThere) remove(entry);
        if (deed === 'flush') flush();
        if (deed === 'full' || deed === 'free') side.isFull = deed === 'full';
        if (deed === 'lose') side.isLost = true;
        if (deed === 'anew') {
          side.isLost = false;
          tellAnew();
        }
      }
      side.isFull = false;
      if (side.isLost) tellAnew();
      side.isLost = false;
      expect(flush()).toBe(true);
      expect(new Set(side.has.keys())).toEqual(new Set(own.keys()));
    }),
  );
});

test('what came and went while the line was full is not told', () => {
  const { side, put, remove, flush } = pair();
  put(entryOf('stays', 1));
  flush();
  side.isFull = true;
  for (let number = 2; number < 100; number += 1) {
    put(entryOf('comes and goes', number));
    expect(flush()).toBe(false);
    remove(entryOf('comes and goes', number));
  }
  remove(entryOf('stays', 1));
  put(entryOf('new', 1));
  side.isFull = false;
  expect(flush()).toBe(true);
  expect(side.told).toEqual(['+stays', '-stays', '+new']);
});

test('a long list goes in messages that stay below the limit, and below 16 KiB', () => {
  for (const [maxMessageBytes, atMost] of [
    [1_000_000, 16_384],
    [2_000, 1_000],
  ] as const) {
    const { side, put, flush } = pair(maxMessageBytes);
    for (let number = 1; number <= 1_000; number += 1) put(entryOf('ž'.repeat(40), number));
    flush();
    expect(side.has.size).toBe(1_000);
    for (const changes of side.messages) {
      expect(Buffer.byteLength(JSON.stringify(changes))).toBeLessThan(atMost);
    }
    // 80 bytes of name and 40 around it.
    expect(side.messages).toHaveLength(Math.ceil(1_000 / Math.floor(atMost / 120)));
  }
});
