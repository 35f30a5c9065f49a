import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  HandlerClosedError,
  KeyRequiredError,
  MissingKeyHeaderError,
} from '../../src/errors/handlers.ts';
import { InvalidShardingOptionError } from '../../src/errors/sharding.ts';
import { Client } from '../../src/sharding/client.ts';
import { Envelope } from '../../src/sharding/envelope.ts';
import { type KeyHandler, keyHandler } from '../../src/sharding/key-handler.ts';
import type { CreateForKey, KeyFailure, KeyHandlerOptions } from '../../src/sharding/key-table.ts';
import type { HandlerContext } from '../../src/sharding/transport.ts';
import { createMemoryTransport, createTestCluster } from '../../src/testing/sharding.ts';
import { failureOf, thrownBy } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

const CONTEXT: HandlerContext = {
  signal: new AbortController().signal,
  isNotify: false,
  remainingMs: () => 1_000,
};

async function ask(handler: KeyHandler, key: string, type = 'ask'): Promise<string> {
  const envelope = new Envelope({ shard: 1, type, headers: { 'x-clstr-key': key } });
  return String(await handler(envelope, CONTEXT));
}

/** Writes down who is created and who ends; `a1` is the first handler of the key `a`. */
function recording(options: KeyHandlerOptions = {}) {
  const log: string[] = [];
  const counts = new Map<string, number>();
  const create: CreateForKey = (key) => {
    const name = `${key}${(counts.get(key) ?? 0) + 1}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    log.push(`+${name}`);
    return { handle: () => name, close: () => void log.push(`-${name}`) };
  };
  return { log, handler: keyHandler(create, options) };
}

class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

describe('a key handler', () => {
  test('creates one handler for each key, and keeps it', async () => {
    const { handler, log } = recording();
    const answers = [await ask(handler, 'a'), await ask(handler, 'b'), await ask(handler, 'a')];
    expect([answers, log, handler.size]).toEqual([['a1', 'b1', 'a1'], ['+a1', '+b1'], 2]);
  });

  test('is reached by key, through a cluster', async () => {
    const transport = createMemoryTransport(onTestFinished);
    const handler = keyHandler((key) => () => `tenant: ${key}`);
    await createTestCluster(transport, 3, 64, 'seed', handler);
    const client = new Client({ transport, numShards: 64, seed: 'seed' });
    for (const key of ['tenant-1', 'tenant-2', 'ключ']) {
      expect(Buffer.from(await client.requestKey(key, 'Ask')).toString()).toBe(`tenant: ${key}`);
    }
    expect(await failureOf(client.requestShard(3, 'Ask'))).toBeInstanceOf(MissingKeyHeaderError);
  });

  test('has an error of its own for no key and for an empty one', () => {
    const { handler } = recording();
    const none = () => handler(new Envelope({ shard: 1, type: 'ask' }), CONTEXT);
    const empty = () =>
      handler(new Envelope({ shard: 1, type: 'ask', headers: { 'x-clstr-key': '' } }), CONTEXT);
    expect(thrownBy(none)).toBeInstanceOf(MissingKeyHeaderError);
    expect(thrownBy(empty)).toBeInstanceOf(KeyRequiredError);
  });

  test('may find the key in its own way', async () => {
    const { handler } = recording({ extract: ({ type }) => type.slice(0, 1) });
    expect(await ask(handler, 'ignored', 'b-thing')).toBe('b1');
    const failing = recording({
      extract: () => {
        throw new RangeError('no key here');
      },
    });
    expect(await failureOf(ask(failing.handler, 'a'))).toMatchObject({ message: 'no key here' });
  });

  test('ends the least recently used, which is created anew when it is used again', async () => {
    const { handler, log } = recording({ cacheSize: 3 });
    for (const key of ['a', 'b', 'c', 'a', 'd']) await ask(handler, key);
    await settled(handler);
    expect(log).toEqual(['+a1', '+b1', '+c1', '+d1', '-b1']);
    expect([await ask(handler, 'a'), await ask(handler, 'b')]).toEqual(['a1', 'b2']);
    expect(handler.size).toBe(3);
  });

  test('without a limit keeps all of them', async () => {
    const { handler, log } = recording({ cacheSize: Number.POSITIVE_INFINITY });
    for (let use = 0; use < 200; use += 1) await ask(handler, String.fromCharCode(97 + (use % 26)));
    expect([handler.size, log.length]).toEqual([26, 26]);
  });

  test('keeps 1,024 unless it is told otherwise', async () => {
    const { handler } = recording();
    for (let key = 0; key < 1_100; key += 1) await ask(handler, `${key}`);
    expect(handler.size).toBe(1_024);
  });

  test('creates once for 5,000 first requests at once, through a cluster', async () => {
    const transport = createMemoryTransport(onTestFinished);
    const gate = new Gate();
    let creations = 0;
    const handler = keyHandler(async () => {
      creations += 1;
      await gate.opened;
      let count = 0;
      return () => `${++count}`;
    });
    await createTestCluster(transport, 3, 64, '', handler);
    const client = new Client({ transport, numShards: 64 });
    const asked = Array.from({ length: 5_000 }, () => client.requestKey('cold', 'Ask'));
    gate.open();
    const answers = (await Promise.all(asked)).map((data) => Number(Buffer.from(data)));
    expect([creations, new Set(answers).size, Math.max(...answers)]).toEqual([1, 5_000, 5_000]);
  });

  test('does not let a slow key keep others waiting', async () => {
    const gate = new Gate();
    const handler = keyHandler(async (key) => {
      if (key === 'slow') await gate.opened;
      return () => key;
    });
    const slow = ask(handler, 'slow');
    expect(await ask(handler, 'quick')).toBe('quick');
    gate.open();
    expect(await slow).toBe('slow');
  });

  test('whose creation fails, fails those that wait for it, and tries again for the next', async () => {
    let creations = 0;
    const handler = keyHandler(async () => {
      creations += 1;
      if (creations === 1) throw new RangeError('not yet');
      return () => 'ready';
    });
    const failures = await Promise.all([
      failureOf(ask(handler, 'a')),
      failureOf(ask(handler, 'a')),
    ]);
    expect(failures).toMatchObject([{ message: 'not yet' }, { message: 'not yet' }]);
    expect([creations, handler.size]).toEqual([1, 0]);
    expect([await ask(handler, 'a'), creations]).toEqual(['ready', 2]);
  });

  test('refuses what is no handler', async () => {
    const create: CreateForKey = () => JSON.parse('5');
    expect(await failureOf(ask(keyHandler(create), 'a'))).toMatchObject({
      message: 'create gave 5, and must give a handler',
    });
  });
});

describe('the end of a handler', () => {
  test('comes before the next one of its key begins, and after its work', async () => {
    const log: string[] = [];
    const work = new Gate();
    const closing = new Gate();
    let created = 0;
    const create: CreateForKey = (key) => {
      if (key !== 'a') return () => key;
      created += 1;
      const name = `a${created}`;
      log.push(`+${name}`);
      return {
        handle: async () => {
          if (name === 'a1') await work.opened;
          log.push(`${name} done`);
          return name;
        },
        close: async () => {
          log.push(`${name} closing`);
          await closing.opened;
          log.push(`-${name}`);
        },
      };
    };
    const handler = keyHandler(create, { cacheSize: 1 });
    const first = ask(handler, 'a');
    await turns();
    await ask(handler, 'b');
    const second = ask(handler, 'a');
    await turns();
    expect(log).toEqual(['+a1']);
    work.open();
    expect(await first).toBe('a1');
    await turns();
    expect(log).toEqual(['+a1', 'a1 done', 'a1 closing']);
    closing.open();
    expect(await second).toBe('a2');
    expect(log).toEqual(['+a1', 'a1 done', 'a1 closing', '-a1', '+a2', 'a2 done']);
  });

  test('by itself makes room for another one at once, and is not closed', async () => {
    const log: string[] = [];
    let created = 0;
    const handler = keyHandler((_key, lease) => {
      created += 1;
      const name = `a${created}`;
      return {
        handle: ({ type }) => {
          if (type === 'leave') lease.leave();
          return name;
        },
        close: () => void log.push(`-${name}`),
      };
    });
    expect(await ask(handler, 'a', 'leave')).toBe('a1');
    expect([await ask(handler, 'a'), handler.size]).toEqual(['a2', 1]);
    await handler.close();
    expect(log).toEqual(['-a2']);
  });

  test('that fails is told, and the key can be used again', async () => {
    const failures: KeyFailure[] = [];
    const handler = keyHandler(
      (key) => ({ handle: () => key, close: () => Promise.reject(new Error(`${key} stuck`)) }),
      { cacheSize: 1, onError: (failure) => failures.push(failure) },
    );
    await ask(handler, 'a');
    await ask(handler, 'b');
    expect(await ask(handler, 'a')).toBe('a');
    expect(failures).toMatchObject([
      { key: 'a', error: { message: 'a stuck' } },
      { key: 'b', error: { message: 'b stuck' } },
    ]);
  });

  test('that fails is a warning when nobody else is told', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    onTestFinished(() => warned.mockRestore());
    const close = () => Promise.reject(new Error('stuck'));
    const handler = keyHandler(() => ({ handle: () => 'x', close }));
    await ask(handler, 'a');
    await handler.close();
    expect(warned.mock.calls).toEqual([
      ['the handler of "a" failed: Error: stuck', { code: 'CHARTMESH_KEY_HANDLER_FAILED' }],
    ]);
  });

  test('comes when it had nothing to do for long enough', async () => {
    const clock = new PatientClock();
    const { handler, log } = recording({ idleMs: 1_000, clock });
    await ask(handler, 'a');
    await clock.pass(900);
    await ask(handler, 'b');
    await clock.pass(350);
    expect(log).toEqual(['+a1', '+b1', '-a1']);
    await clock.pass(1_000);
    expect([log.at(-1), handler.size, clock.pending]).toEqual(['-b1', 0, 0]);
    expect(await ask(handler, 'a')).toBe('a2');
    await handler.close();
    expect(clock.pending).toBe(0);
  });

  test('does not come while it works, however long', async () => {
    const clock = new PatientClock();
    const gate = new Gate();
    const log: string[] = [];
    const handler = keyHandler(
      () => ({
        handle: async () => {
          await gate.opened;
          return 'done';
        },
        close: () => void log.push('closed'),
      }),
      { idleMs: 1_000, clock },
    );
    const asked = ask(handler, 'a');
    await clock.pass(10_000);
    expect([log, handler.size]).toEqual([[], 1]);
    gate.open();
    expect(await asked).toBe('done');
    await clock.pass(1_250);
    expect([log, handler.size]).toEqual([['closed'], 0]);
  });

  test('of all comes with closing, which refuses what is new', async () => {
    const { handler, log } = recording();
    await ask(handler, 'a');
    await ask(handler, 'b');
    const closed = handler.close();
    expect(handler.close()).toBe(closed);
    await closed;
    expect(log.sort()).toEqual(['+a1', '+b1', '-a1', '-b1']);
    expect(await failureOf(ask(handler, 'a'))).toBeInstanceOf(HandlerClosedError);
    expect([handler.size, handler.ending]).toEqual([0, 0]);
  });
});

describe('a serial key handler', () => {
  test('takes one message of a key at a time, in their order, and other keys meanwhile', async () => {
    const log: string[] = [];
    const gates = new Map([
      ['one', new Gate()],
      ['two', new Gate()],
    ]);
    const handler = keyHandler(
      (key) =>
        async ({ type }) => {
          log.push(`${key} begins ${type}`);
          await gates.get(type)?.opened;
          log.push(`${key} ends ${type}`);
          return type;
        },
      { serial: true },
    );
    const asked = [ask(handler, 'a', 'one'), ask(handler, 'a', 'two')];
    await ask(handler, 'b', 'three');
    expect(log).toEqual(['a begins one', 'b begins three', 'b ends three']);
    gates.get('two')?.open();
    gates.get('one')?.open();
    expect(await Promise.all(asked)).toEqual(['one', 'two']);
    expect(log.slice(3)).toEqual(['a ends one', 'a begins two', 'a ends two']);
  });

  test('refuses a request of a handler to its own key, which would wait for itself', async () => {
    const transport = createMemoryTransport(onTestFinished);
    const client = new Client({ transport, numShards: 64 });
    const handler = keyHandler(
      (key) =>
        async ({ data }, context) => {
          const to = Buffer.from(data).toString();
          return to === '' ? key : client.requestKey(to, 'Ask', '', { within: context });
        },
      { serial: true },
    );
    await createTestCluster(transport, 3, 64, '', handler);
    expect(Buffer.from(await client.requestKey('a', 'Ask', 'b')).toString()).toBe('b');
    const failure = await failureOf(client.requestKey('a', 'Ask', 'a'));
    expect(failure).toMatchObject({ code: 'HANDLER_FAILED', cause: { code: 'SELF_REQUEST' } });
  });
});

test('100,000 keys through a cache of 1,000: each is created, each ended, and 1,000 are left', async () => {
  let [alive, most, created] = [0, 0, 0];
  const handler = keyHandler(
    () => {
      created += 1;
      alive += 1;
      most = Math.max(most, alive);
      return {
        handle: () => 'x',
        close: () => {
          alive -= 1;
        },
      };
    },
    { cacheSize: 1_000 },
  );
  for (let key = 0; key < 100_000; key += 1) await ask(handler, `key-${key}`);
  await settled(handler);
  expect([created, alive, handler.size, handler.ending]).toEqual([100_000, 1_000, 1_000, 0]);
  expect(most).toBeLessThan(1_100);
  await handler.close();
  expect(alive).toBe(0);
}, 30_000);

test('whatever is asked in whatever order, a key never has two handlers, and all end', async () => {
  const step = fc.record({
    key: fc.constantFrom('a', 'b', 'c', 'd'),
    createMs: fc.nat({ max: 5 }),
    workMs: fc.nat({ max: 8 }),
    closeMs: fc.nat({ max: 5 }),
    waitMs: fc.constantFrom(0, 0, 0, 3, 20),
    fate: fc.constantFrom('lives', 'lives', 'lives', 'leaves', 'fails'),
  });
  const steps = fc.array(step, { minLength: 1, maxLength: 50, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (planned, closesEarly) => {
      const clock = new PatientClock();
      const alive = new Map<string, number>();
      const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, ms));
      let next = planned[0];
      const count = (key: string, by: number) => {
        alive.set(key, (alive.get(key) ?? 0) + by);
        expect(alive.get(key)).toBeLessThanOrEqual(1);
      };
      const handler = keyHandler(
        async (key, lease) => {
          const plan = next;
          await wait(plan?.createMs ?? 0);
          if (plan?.fate === 'fails') throw new Error('as planned');
          count(key, 1);
          let hasLeft = false;
          return {
            handle: async () => {
              await wait(plan?.workMs ?? 0);
              if (plan?.fate !== 'leaves' || hasLeft) return;
              hasLeft = true;
              count(key, -1);
              lease.leave();
            },
            close: async () => {
              await wait(plan?.closeMs ?? 0);
              count(key, -1);
            },
          };
        },
        { cacheSize: 2, idleMs: 15, clock },
      );
      let settledCount = 0;
      for (const plan of planned) {
        next = plan;
        ask(handler, plan.key).then(
          () => (settledCount += 1),
          () => (settledCount += 1),
        );
        if (plan.waitMs > 0) await clock.pass(plan.waitMs);
      }
      if (!closesEarly) await clock.pass(500);
      const closed = handler.close();
      await clock.pass(500);
      await closed;
      expect(settledCount).toBe(planned.length);
      expect([...alive.values()].every((number) => number === 0)).toBe(true);
      expect([handler.size, handler.ending, clock.pending]).toEqual([0, 0, 0]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

test.each<readonly [KeyHandlerOptions | object, string]>([
  [{ cacheSize: 0 }, 'cacheSize must be a whole number of 1 or more, 1000000 at most, and is 0'],
  [{ idleMs: 0 }, 'idleMs must be more than 0 ms, and is 0'],
  [{ size: 5 }, 'there is no option "size"'],
])('the options %o are refused', (options, text) => {
  expect(() => keyHandler(() => () => 'x', options)).toThrow(InvalidShardingOptionError);
  expect(() => keyHandler(() => () => 'x', options)).toThrow(text);
});

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function settled(handler: KeyHandler): Promise<void> {
  while (handler.ending > 0) await new Promise((resolve) => setImmediate(resolve));
}
