import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  NoShardSubscriberError,
  ShardingError,
  ShardOverloadedError,
} from '../../src/errors/sharding.ts';
import { CarriedTransport } from '../../src/sharding/carried-transport.ts';
import type { Answered, Carrier, RequestFrame } from '../../src/sharding/carrier.ts';
import { Envelope } from '../../src/sharding/envelope.ts';
import { writeFailure } from '../../src/sharding/failure.ts';
import type { NotifyFailure } from '../../src/sharding/transport.ts';
import { failureOf, thrownBy } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

/** Delivers nothing by itself: the test answers, as often and as late as it likes. */
class Puppet implements Carrier {
  readonly sent: RequestFrame[] = [];
  readonly cancelled: number[] = [];
  answered: Answered = () => {};
  refusal: ShardingError | null = null;

  open(answered: Answered): void {
    this.answered = answered;
  }

  send(frame: RequestFrame): ShardingError | null {
    if (this.refusal === null) this.sent.push(frame);
    return this.refusal;
  }

  cancel(exchange: number): void {
    this.cancelled.push(exchange);
  }

  async subscribe(): Promise<() => Promise<void>> {
    return async () => {};
  }

  async close(): Promise<void> {}
}

type Step =
  | { readonly does: 'ask'; readonly timeoutMs: number; readonly isCancellable: boolean }
  | {
      readonly does: 'answer';
      readonly which: number;
      readonly fails: boolean;
      readonly times: number;
    }
  | { readonly does: 'forge'; readonly exchange: number }
  | { readonly does: 'abort'; readonly which: number }
  | { readonly does: 'pass'; readonly ms: number }
  | { readonly does: 'close'; readonly timeoutMs: number };

const which = fc.nat({ max: 30 });
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant('ask' as const),
        timeoutMs: fc.integer({ min: 1, max: 100 }),
        isCancellable: fc.boolean(),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        does: fc.constant('answer' as const),
        which,
        fails: fc.boolean(),
        times: fc.integer({ min: 1, max: 3 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constant('forge' as const),
        exchange: fc.oneof(fc.integer(), fc.double(), fc.maxSafeInteger()),
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('abort' as const), which }) },
    {
      weight: 2,
      arbitrary: fc.record({ does: fc.constant('pass' as const), ms: fc.nat({ max: 60 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ does: fc.constant('close' as const), timeoutMs: fc.nat({ max: 50 }) }),
    },
  ),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** Each request, what it came to, and what it may come to. */
class Ledger {
  readonly #outcomes: (string | ShardingError | null)[] = [];
  readonly #aborts: (AbortController | null)[] = [];

  ask(transport: CarriedTransport, clock: PatientClock, step: Step & { does: 'ask' }): void {
    const index = this.#outcomes.push(null) - 1;
    const controller = step.isCancellable ? new AbortController() : null;
    this.#aborts.push(controller);
    const envelope = new Envelope({ shard: 1, type: 'ask', data: `${index}` }, clock);
    const options = { timeoutMs: step.timeoutMs, signal: controller?.signal };
    transport.request(envelope, options).then(
      (data) => this.#settle(index, Buffer.from(data).toString()),
      (error: unknown) => {
        expect(error).toBeInstanceOf(ShardingError);
        if (error instanceof ShardingError) this.#settle(index, error);
      },
    );
  }

  abort(index: number): void {
    this.#aborts[index]?.abort();
  }

  /** All have come to something, and those that were answered to their own answer. */
  check(): void {
    for (const [index, outcome] of this.#outcomes.entries()) {
      expect(outcome).not.toBe(null);
      if (typeof outcome === 'string') expect(outcome).toBe(`${index}`);
    }
  }

  #settle(index: number, outcome: string | ShardingError): void {
    expect(this.#outcomes[index]).toBe(null);
    this.#outcomes[index] = outcome;
  }
}

test('late, double and foreign answers, cancels and closing at any point: each request settles once, by its own answer', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (planned) => {
      const clock = new PatientClock();
      const puppet = new Puppet();
      const transport = new CarriedTransport(puppet, { clock });
      const ledger = new Ledger();
      for (const step of planned) await take(step, { clock, puppet, transport, ledger });
      const closed = transport.close({ timeoutMs: 10 });
      await clock.pass(200);
      await closed;
      // Whatever still comes then finds nobody.
      for (const { exchange, data } of puppet.sent) puppet.answered(exchange, { data });
      await clock.quiet();
      ledger.check();
      expect(transport.load()).toMatchObject({ pending: 0, working: 0, waiting: 0 });
      expect(clock.pending).toBe(0);
      expect(new Set(puppet.cancelled).size).toBe(puppet.cancelled.length);
    }),
    { numRuns: 150 },
  );
}, 30_000);

interface Stage {
  readonly clock: PatientClock;
  readonly puppet: Puppet;
  readonly transport: CarriedTransport;
  readonly ledger: Ledger;
}

async function take(step: Step, { clock, puppet, transport, ledger }: Stage): Promise<void> {
  switch (step.does) {
    case 'ask':
      return ledger.ask(transport, clock, step);
    case 'answer': {
      const frame = puppet.sent[step.which];
      if (frame === undefined) return;
      const failure = writeFailure(new NoShardSubscriberError(frame.shard));
      for (let time = 0; time < step.times; time += 1) {
        puppet.answered(frame.exchange, step.fails ? { failure } : { data: frame.data });
      }
      return;
    }
    case 'forge':
      return puppet.answered(step.exchange, { data: Buffer.from('forged') });
    case 'abort':
      return ledger.abort(step.which);
    case 'pass':
      return clock.pass(step.ms);
    case 'close':
      return void transport.close({ timeoutMs: step.timeoutMs });
  }
}

test('an answer to a later request does not reach an earlier one that used the same place', async () => {
  const clock = new PatientClock();
  const puppet = new Puppet();
  const transport = new CarriedTransport(puppet, { clock });
  const ask = () => transport.request(new Envelope({ shard: 1, type: 'ask' }, clock));
  const first = ask();
  puppet.answered(puppet.sent[0]?.exchange ?? 0, { data: Buffer.from('one') });
  const second = ask();
  puppet.answered(puppet.sent[0]?.exchange ?? 0, { data: Buffer.from('late') });
  puppet.answered(puppet.sent[1]?.exchange ?? 0, { data: Buffer.from('two') });
  const answers = (await Promise.all([first, second])).map((data) => Buffer.from(data).toString());
  expect(answers).toEqual(['one', 'two']);
  expect(transport.load().lateAnswers).toBe(1);
  await transport.close();
});

test('what a carrier does not take fails at once, and is not waited for', async () => {
  const clock = new PatientClock();
  const puppet = new Puppet();
  const transport = new CarriedTransport(puppet, { clock });
  const envelope = new Envelope({ shard: 1, type: 'ask' }, clock);
  puppet.refusal = new ShardOverloadedError(1, 'carrier');
  const { signal } = new AbortController();
  expect(await failureOf(transport.request(envelope, { signal }))).toBe(puppet.refusal);
  expect(thrownBy(() => transport.notify(envelope))).toBe(puppet.refusal);
  expect([transport.load().pending, clock.pending]).toEqual([0, 0]);
  puppet.refusal = null;
  const asked = transport.request(envelope);
  puppet.answered(puppet.sent[0]?.exchange ?? 0, { data: Buffer.from('x') });
  expect(Buffer.from(await asked).toString()).toBe('x');
  await transport.close();
});

test('an answer to a notify that does not say what it is about is dropped', async () => {
  const puppet = new Puppet();
  const transport = new CarriedTransport(puppet);
  const failures: NotifyFailure[] = [];
  transport.onNotifyFailure((failure) => failures.push(failure));
  const failure = writeFailure(new NoShardSubscriberError(1));
  puppet.answered(0, { failure });
  puppet.answered(0, { data: Buffer.from('x') });
  puppet.answered(0, { failure, about: { shard: 1, type: 'news' } });
  expect(failures).toMatchObject([{ shard: 1, type: 'news', error: { shard: 1 } }]);
  await transport.close();
});

test('closing waits for the answers that are to come, and no longer', async () => {
  const clock = new PatientClock();
  const puppet = new Puppet();
  const transport = new CarriedTransport(puppet, { clock });
  const asked = transport.request(new Envelope({ shard: 1, type: 'ask' }, clock));
  let isClosed = false;
  const closed = transport.close().then(() => {
    isClosed = true;
  });
  await clock.quiet();
  expect(isClosed).toBe(false);
  puppet.answered(puppet.sent[0]?.exchange ?? 0, { data: Buffer.from('x') });
  await closed;
  expect(Buffer.from(await asked).toString()).toBe('x');
  expect(clock.pending).toBe(0);
});
