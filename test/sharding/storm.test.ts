import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ShardingError } from '../../src/errors/sharding.ts';
import { memoryTransport } from '../../src/sharding/carriers/memory.ts';
import { Envelope } from '../../src/sharding/envelope.ts';
import type { HandlerContext } from '../../src/sharding/transport.ts';
import { PatientClock } from './patient-clock.ts';

/** How long a handler takes, whether it heeds its signal, and what it comes to. */
interface Temper {
  readonly workMs: number;
  readonly heeds: boolean;
  readonly fails: boolean;
}

const temper: fc.Arbitrary<Temper> = fc.record({
  workMs: fc.constantFrom(0, 0, 1, 10, 30),
  heeds: fc.boolean(),
  fails: fc.boolean(),
});

const request = fc.record({
  temper,
  atMs: fc.nat({ max: 40 }),
  abortAfterMs: fc.option(fc.nat({ max: 40 })),
  timeoutMs: fc.integer({ min: 1, max: 60 }),
  isNotify: fc.boolean(),
});

test('requests, cancels, timeouts and closing in any order leave nothing behind', async () => {
  const plan = fc.record({
    requests: fc.array(request, { minLength: 1, maxLength: 60, size: 'max' }),
    closeAtMs: fc.nat({ max: 80 }),
    closeTimeoutMs: fc.nat({ max: 40 }),
    leaveAtMs: fc.nat({ max: 80 }),
  });
  await fc.assert(
    fc.asyncProperty(plan, async ({ requests, closeAtMs, closeTimeoutMs, leaveAtMs }) => {
      const clock = new PatientClock();
      const transport = memoryTransport({
        ...{ clock, maxConcurrentHandlers: 3, maxWaitingRequests: 10, handlerTimeoutMs: 25 },
      });
      let [working, most] = [0, 0];
      const subscription = await transport.subscribeShard(1, async ({ data }, context) => {
        working += 1;
        most = Math.max(most, working);
        try {
          return await work(JSON.parse(Buffer.from(data).toString()), context, clock);
        } finally {
          working -= 1;
        }
      });
      let settled = 0;
      const ask = ({ temper, abortAfterMs, timeoutMs, isNotify }: (typeof requests)[number]) => {
        const data = JSON.stringify(temper);
        const envelope = new Envelope({ shard: 1, type: 'work', data }, clock);
        if (isNotify)
          return notify(
            () => transport.notify(envelope),
            () => (settled += 1),
          );
        const controller = new AbortController();
        if (abortAfterMs !== null) clock.setTimeout(() => controller.abort(), abortAfterMs);
        transport.request(envelope, { timeoutMs, signal: controller.signal }).then(
          () => {
            settled += 1;
          },
          (error: unknown) => {
            expect(error).toBeInstanceOf(ShardingError);
            settled += 1;
          },
        );
      };
      for (const planned of requests) clock.setTimeout(() => ask(planned), planned.atMs);
      clock.setTimeout(() => void subscription.unsubscribe(), leaveAtMs);
      clock.setTimeout(() => void transport.close({ timeoutMs: closeTimeoutMs }), closeAtMs);
      await clock.pass(300);
      await transport.close();
      expect(settled).toBe(requests.length);
      expect(most).toBeLessThanOrEqual(3);
      expect([working, transport.load()]).toMatchObject([
        0,
        { pending: 0, working: 0, waiting: 0 },
      ]);
      expect(clock.pending).toBe(0);
    }),
    { numRuns: 60 },
  );
}, 60_000);

function notify(send: () => void, settled: () => void): void {
  try {
    send();
  } catch (error) {
    expect(error).toBeInstanceOf(ShardingError);
  }
  settled();
}

async function work(temper: Temper, { signal }: HandlerContext, clock: PatientClock) {
  if (temper.workMs > 0) {
    await new Promise<void>((resolve) => {
      clock.setTimeout(resolve, temper.workMs);
      if (temper.heeds) signal.addEventListener('abort', () => resolve());
    });
  }
  if (temper.fails) throw new Error('as planned');
  return 'done';
}
