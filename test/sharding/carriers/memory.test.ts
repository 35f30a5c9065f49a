import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RequestTimeoutError } from '../../../src/errors/sharding.ts';
import type { TransportOptions } from '../../../src/sharding/carried-transport.ts';
import { memoryTransport } from '../../../src/sharding/carriers/memory.ts';
import { Envelope } from '../../../src/sharding/envelope.ts';
import type { HandlerContext } from '../../../src/sharding/transport.ts';
import { type MakeWorld, transportContract } from '../contract.ts';
import { failureOf, thrownBy } from '../failure-of.ts';
import { PatientClock } from '../patient-clock.ts';
import { shardingPrograms } from '../programs.ts';

const makeWorld: MakeWorld = async (options) => {
  const clock = new PatientClock();
  const transport = memoryTransport({ clock, ...options });
  return {
    near: transport,
    far: transport,
    clock,
    pass: (ms) => clock.pass(ms),
    until: async (condition) => {
      while (!condition()) await setImmediate();
    },
    dispose: async () => expect(clock.pending).toBe(0),
  };
};

transportContract('memory', makeWorld);
shardingPrograms('memory', makeWorld);

test('a request that is cancelled before it has left, or within its handler, is not worked on', async () => {
  const transport = memoryTransport();
  const [before, within] = [new AbortController(), new AbortController()];
  const contexts: HandlerContext[] = [];
  await transport.subscribeShard(7, ({ type }, context) => {
    contexts.push(context);
    if (type === 'within') within.abort();
    return new Promise<undefined>((resolve) => {
      context.signal.addEventListener('abort', () => resolve(undefined));
    });
  });
  const ask = (type: string, { signal }: AbortController) =>
    failureOf(transport.request(new Envelope({ shard: 7, type }), { signal }));
  const failures = [ask('before', before), ask('within', within)];
  before.abort();
  expect(await Promise.all(failures)).toMatchObject([
    { code: 'REQUEST_CANCELLED' },
    { code: 'REQUEST_CANCELLED' },
  ]);
  await transport.close();
  expect(contexts.map(({ signal }) => signal.aborted)).toEqual([true]);
  expect(transport.load()).toEqual({ pending: 0, working: 0, waiting: 0, lateAnswers: 0 });
});

test('20,000 messages may be handed over at once, and no more', async () => {
  const transport = memoryTransport();
  const notify = () => transport.notify(new Envelope({ shard: 7, type: 'news' }));
  for (let count = 0; count < 20_000; count += 1) notify();
  expect(thrownBy(notify)).toMatchObject({
    ...{ code: 'SHARD_OVERLOADED', full: 'carrier', delivered: 'no', retryable: true },
  });
  await setImmediate();
  notify();
  await transport.close();
});

test('a request without a time limit waits for 5 s', async () => {
  const clock = new PatientClock();
  const transport = memoryTransport({ clock });
  await transport.subscribeShard(7, () => new Promise<undefined>(() => {}));
  let failure: unknown;
  void failureOf(transport.request(new Envelope({ shard: 7, type: 'x' }))).then((error) => {
    failure = error;
  });
  await clock.pass(4_999);
  expect(failure).toBe(undefined);
  await clock.pass(1);
  expect(failure).toBeInstanceOf(RequestTimeoutError);
});

test('closing without an end of handlers takes 5 s', async () => {
  const clock = new PatientClock();
  const transport = memoryTransport({ clock });
  await transport.subscribeShard(7, () => new Promise<undefined>(() => {}));
  transport.notify(new Envelope({ shard: 7, type: 'x' }));
  await clock.quiet();
  let isClosed = false;
  void transport.close().then(() => {
    isClosed = true;
  });
  await clock.pass(4_999);
  expect(isClosed).toBe(false);
  await clock.pass(1);
  expect(isClosed).toBe(true);
});

const misspelt: object = { handlerTimeout: 5 };

test.each<readonly [TransportOptions, string]>([
  [
    { maxConcurrentHandlers: 0 },
    'maxConcurrentHandlers must be a whole number of 1 or more, and is 0',
  ],
  [
    { maxWaitingRequests: 1.5 },
    'maxWaitingRequests must be a whole number of 1 or more, and is 1.5',
  ],
  [
    { maxPendingRequests: 65_001 },
    'maxPendingRequests must be a whole number of 1 or more, 65000 at most, and is 65001',
  ],
  [{ handlerTimeoutMs: 0 }, 'handlerTimeoutMs must be more than 0 ms, and is 0'],
  [
    misspelt,
    'there is no option "handlerTimeout"; known are maxConcurrentHandlers, maxWaitingRequests, maxPendingRequests, handlerTimeoutMs, clock',
  ],
])('the options %o are refused', (options, reason) => {
  expect(() => memoryTransport(options)).toThrow(expect.objectContaining({ reason }));
});
