import { afterEach, describe, expect, test } from 'vitest';
import {
  HandlerError,
  HandlerTimeoutError,
  KeyRequiredError,
  MissingKeyHeaderError,
} from '../../src/errors/handlers.ts';
import {
  EnvelopeExpiredError,
  NoShardSubscriberError,
  PayloadTooLargeError,
  RequestCancelledError,
  RequestTimeoutError,
  ReservedHeaderError,
  ShardOverloadedError,
  TransportClosedError,
} from '../../src/errors/sharding.ts';
import type { Clock } from '../../src/ports.ts';
import type { CarriedTransport, TransportOptions } from '../../src/sharding/carried-transport.ts';
import { Envelope, type EnvelopeInit } from '../../src/sharding/envelope.ts';
import type {
  HandlerContext,
  NotifyFailure,
  ServerHandler,
  Subscription,
} from '../../src/sharding/transport.ts';
import { failureOf, shardingFailureOf, thrownBy } from './failure-of.ts';

/** Where requests are asked, where they are answered, and a way to let time pass. */
export interface CarrierWorld {
  /** Both may be the same. */
  readonly near: CarriedTransport;
  readonly far: CarriedTransport;
  readonly clock: Clock;
  /** Lets so much time pass, and everything happen that is due by then. */
  pass(ms: number): Promise<void>;
  /** Waits, without a time limit of its own, until the condition holds. */
  until(condition: () => boolean): Promise<void>;
  dispose(): Promise<void>;
}

export type MakeWorld = (options: TransportOptions) => Promise<CarrierWorld>;

/** What every transport has to do, whatever carries its messages. */
export function transportContract(name: string, makeWorld: MakeWorld): void {
  const worlds: CarrierWorld[] = [];

  async function open(options: TransportOptions = {}): Promise<CarrierWorld> {
    const world = await makeWorld(options);
    worlds.push(world);
    return world;
  }

  afterEach(async () => {
    for (const { near, far, dispose } of worlds.splice(0)) {
      await Promise.all([near.close({ timeoutMs: 0 }), far.close({ timeoutMs: 0 })]);
      expect([near.load().pending, far.load().pending]).toEqual([0, 0]);
      expect([near.load().waiting, far.load().waiting]).toEqual([0, 0]);
      await dispose();
    }
  });

  async function serving(handler: ServerHandler, options: TransportOptions = {}) {
    const world = await open(options);
    const subscription = await world.far.subscribeShard(7, handler);
    const ask = (init: Partial<EnvelopeInit> = {}, how = {}) =>
      world.near.request(envelope(world, init), how);
    return { ...world, subscription, ask };
  }

  function envelope({ clock }: CarrierWorld, init: Partial<EnvelopeInit> = {}): Envelope {
    return new Envelope({ shard: 7, type: 'echo', ...init }, clock);
  }

  describe(`over ${name}, a request`, () => {
    test('reaches the handler intact, and its answer comes back', async () => {
      const seen: Envelope[] = [];
      const { ask } = await serving((request) => {
        seen.push(request);
        return Uint8Array.of(...request.data).reverse();
      });
      const headers = { 'trace-id': 'abc', 'x-clstr-key': 'ключ', 'Two words': ' a:b\n' };
      expect([...(await ask({ data: Uint8Array.of(1, 2, 255), headers }))]).toEqual([255, 2, 1]);
      expect(seen).toHaveLength(1);
      expect(seen[0]).toMatchObject({ shard: 7, type: 'echo', ttlMs: 0, createdAtMs: 0 });
      expect([...(seen[0]?.data ?? [])]).toEqual([1, 2, 255]);
      expect({ ...seen[0]?.headers }).toEqual(headers);
    });

    test.each([
      ['nothing', () => undefined, ''],
      ['a promise of nothing', async () => {}, ''],
      ['text', () => 'žluť', 'žluť'],
      ['a promise of text', async () => 'later', 'later'],
      ['bytes', () => Uint8Array.of(0x61), 'a'],
    ])('is answered by %s', async (_name, handler: ServerHandler, text) => {
      const { ask } = await serving(handler);
      expect(Buffer.from(await ask()).toString()).toBe(text);
    });

    test('and its answer may have 4 MiB, and no more', async () => {
      const { ask } = await serving(({ data }) => (data.length === 1 ? big(1) : data));
      const echoed = await ask({ data: big(0) });
      expect(echoed).toHaveLength(4_194_304);
      expect(Buffer.from(echoed).equals(big(0))).toBe(true);
      expect(await failureOf(ask({ data: big(1) }))).toMatchObject({
        ...{ code: 'PAYLOAD_TOO_LARGE', of: 'request', bytes: 4_194_305, delivered: 'no' },
      });
      const failure = await failureOf(ask({ data: 'x' }));
      expect(failure).toBeInstanceOf(PayloadTooLargeError);
      expect(failure).toMatchObject({ of: 'answer', bytes: 4_194_305, delivered: 'yes' });
    });

    test('keeps what was sent, whatever becomes of the original', async () => {
      const answers = [Buffer.from('given')];
      const { ask } = await serving(async ({ data }) => {
        const text = Buffer.from(data).toString();
        return text === 'sent' ? answers[0] : text;
      });
      const data = Buffer.from('sent');
      const answered = ask({ data });
      data.write('gone');
      const answer = await answered;
      answers[0]?.write('GONE!');
      expect(Buffer.from(answer).toString()).toBe('given');
    });

    test('goes to one of several subscribers', async () => {
      const handled: string[] = [];
      const { far, ask } = await serving(() => void handled.push('a'));
      await far.subscribeShard(7, () => void handled.push('b'));
      for (let i = 0; i < 10; i += 1) await ask();
      expect(handled).toHaveLength(10);
    });

    test('is told apart from others that are under way', async () => {
      const { ask } = await serving(async ({ data }) => data);
      const asked = Array.from({ length: 200 }, (_, index) => ask({ data: `${index}` }));
      const answers = (await Promise.all(asked)).map((data) => Number(Buffer.from(data)));
      expect(answers).toEqual(Array.from({ length: 200 }, (_, index) => index));
    });
  });

  describe(`over ${name}, a failure`, () => {
    test('of the handler comes with its message, name and code', async () => {
      const { ask } = await serving(() => {
        throw Object.assign(new RangeError('too far'), { code: 'E_FAR' });
      });
      const failure = await shardingFailureOf(ask());
      expect(failure).toBeInstanceOf(HandlerError);
      expect(failure).toMatchObject({
        ...{ shard: 7, delivered: 'yes', retryable: false },
        message: 'The handler of shard 7 failed: too far',
        cause: { name: 'RangeError', message: 'too far', code: 'E_FAR' },
      });
    });

    test.each([
      ['a promise that rejects', async () => Promise.reject(new Error('later')), 'later'],
      ['no error', () => Promise.reject('just text'), 'just text'],
      ['nothing', () => Promise.reject(), 'undefined'],
      [
        'what has no text',
        () => Promise.reject(Object.create(null)),
        'something without a text was thrown',
      ],
    ])('may be %s', async (_name, handler: ServerHandler, message) => {
      const { ask } = await serving(handler);
      expect(await shardingFailureOf(ask())).toMatchObject({
        message: `The handler of shard 7 failed: ${message}`,
      });
    });

    test('keeps its class when the handler says what is wrong with the request', async () => {
      const { ask } = await serving(({ type }) => {
        throw type === 'key' ? new KeyRequiredError() : new MissingKeyHeaderError();
      });
      expect(await failureOf(ask({ type: 'key' }))).toBeInstanceOf(KeyRequiredError);
      const missing = await failureOf(ask());
      expect(missing).toBeInstanceOf(MissingKeyHeaderError);
      expect(missing).toMatchObject({ delivered: 'no', code: 'MISSING_KEY_HEADER' });
    });

    test('of a request that the handler has made says that the handler was reached', async () => {
      const { ask } = await serving(({ type }) => (type === 'inner' ? 'x' : ask({ shard: 8 })));
      const failure = await shardingFailureOf(ask());
      expect(failure).toBeInstanceOf(HandlerError);
      expect(failure).toMatchObject({ delivered: 'yes', shard: 7 });
      expect(failure.cause).toBeInstanceOf(NoShardSubscriberError);
      expect(failure.cause).toMatchObject({ delivered: 'no', shard: 8, retryable: true });
    });

    test('is told at once when nobody has the shard, or not any more', async () => {
      const { ask, subscription } = await serving(() => 'x');
      const failure = await failureOf(ask({ shard: 8 }));
      expect(failure).toBeInstanceOf(NoShardSubscriberError);
      expect(failure).toMatchObject({ shard: 8, delivered: 'no', retryable: true });
      await ask();
      await subscription.unsubscribe();
      await subscription.unsubscribe();
      expect(await failureOf(ask())).toBeInstanceOf(NoShardSubscriberError);
    });
  });

  describe(`over ${name}, the rules of envelopes hold:`, () => {
    test.each(['x-clstr-trace', 'X-Clstr-Key', 'X-CLSTR-'])(
      'the header %s is refused before any handler runs',
      async (header) => {
        const handled: string[] = [];
        const { ask } = await serving(({ type }) => void handled.push(type));
        const failure = await failureOf(ask({ headers: { [header]: 'x' } }));
        expect(failure).toBeInstanceOf(ReservedHeaderError);
        expect(failure).toMatchObject({ header, delivered: 'no' });
        expect(handled).toEqual([]);
      },
    );

    test('one that has expired is refused, and no handler runs', async () => {
      const handled: string[] = [];
      const world = await serving(({ type }) => void handled.push(type));
      const createdAtMs = world.clock.wallNow() - 1_000;
      const failure = await failureOf(world.ask({ ttlMs: 500, createdAtMs }));
      expect(failure).toBeInstanceOf(EnvelopeExpiredError);
      expect(failure).toMatchObject({ shard: 7, delivered: 'no' });
      expect(handled).toEqual([]);
    });

    test('a TTL is stamped by the sender, and travels as what is left of it', async () => {
      const ttls: number[] = [];
      const { ask, clock } = await serving((request) => {
        expect(request.expired()).toBe(false);
        ttls.push(request.ttlMs, request.ttl());
      });
      await ask({ ttlMs: 60_000 });
      await ask({ ttlMs: 60_000, createdAtMs: clock.wallNow() - 40_000 });
      const [whole = 0, wholeLeft = 0, part = 0, partLeft = 0] = ttls;
      for (const ms of [whole, wholeLeft]) expect(ms).toSatisfy(between(58_000, 60_001));
      for (const ms of [part, partLeft]) expect(ms).toSatisfy(between(18_000, 20_001));
    });

    test('65 headers, or too long a type, are refused', async () => {
      const { ask } = await serving(() => 'x');
      const headers = Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`h${i}`, '']));
      const reason = 'it has 65 headers, and may have 64';
      expect(await failureOf(ask({ headers }))).toMatchObject({ code: 'INVALID_ENVELOPE', reason });
      const long = failureOf(ask({ type: 'x'.repeat(256) }));
      expect(await long).toMatchObject({ code: 'INVALID_ENVELOPE', delivered: 'no' });
    });
  });

  describe(`over ${name}, the time`, () => {
    test('of a handler is limited, and it is told so', async () => {
      const contexts: HandlerContext[] = [];
      const handler: ServerHandler = (_request, context) => {
        contexts.push(context);
        return aborted(context);
      };
      const { ask, pass } = await serving(handler, { handlerTimeoutMs: 80 });
      const failed = failureOf(ask());
      await pass(120);
      const failure = await failed;
      expect(failure).toBeInstanceOf(HandlerTimeoutError);
      expect(failure).toMatchObject({
        ...{ shard: 7, timeoutMs: 80, delivered: 'yes', retryable: true },
      });
      expect(contexts[0]?.signal.reason).toBeInstanceOf(HandlerTimeoutError);
    });

    test('of a requester is limited, and the handler is told so', async () => {
      const contexts: HandlerContext[] = [];
      const { ask, pass, until } = await serving((_request, context) => {
        contexts.push(context);
        return aborted(context);
      });
      const failed = failureOf(ask({}, { timeoutMs: 80 }));
      await until(() => contexts.length === 1);
      expect(contexts[0]?.remainingMs()).toSatisfy(between(0, 81));
      await pass(120);
      const failure = await failed;
      expect(failure).toBeInstanceOf(RequestTimeoutError);
      expect(failure).toMatchObject({ shard: 7, timeoutMs: 80, delivered: 'maybe' });
      await until(() => contexts[0]?.signal.aborted === true);
    });

    test('of an envelope is the limit of the requester, too', async () => {
      const { ask, pass } = await serving((_request, context) => aborted(context));
      const failed = failureOf(ask({ ttlMs: 80 }));
      await pass(120);
      expect(await failed).toBeInstanceOf(RequestTimeoutError);
    });

    test.each([0, -1, Number.NaN])('is refused as %s', async (timeoutMs) => {
      const { ask } = await serving(() => 'x');
      expect(await failureOf(ask({}, { timeoutMs }))).toMatchObject({
        code: 'INVALID_SHARDING_OPTION',
      });
    });

    test('of a late answer is over: it is counted, and nobody is disturbed', async () => {
      const late = new Gate();
      const { near, ask, pass, until } = await serving(async ({ type }) => {
        if (type === 'late') await late.opened;
        return type;
      });
      const failed = failureOf(ask({ type: 'late' }, { timeoutMs: 50 }));
      await pass(90);
      expect(await failed).toBeInstanceOf(RequestTimeoutError);
      late.open();
      expect(Buffer.from(await ask({ type: 'next' })).toString()).toBe('next');
      await until(() => near.load().pending === 0);
    });
  });

  describe(`over ${name}, a signal`, () => {
    test('that was aborted before keeps the request from leaving', async () => {
      const handled: string[] = [];
      const { ask } = await serving(({ type }) => void handled.push(type));
      const failure = await failureOf(ask({}, { signal: AbortSignal.abort('why') }));
      expect(failure).toBeInstanceOf(RequestCancelledError);
      expect(failure).toMatchObject({ delivered: 'no', cause: 'why', shard: 7 });
      await ask({ type: 'next' });
      expect(handled).toEqual(['next']);
    });

    test('cancels the request, and the handler is told so', async () => {
      const contexts: HandlerContext[] = [];
      const { ask, until } = await serving((_request, context) => {
        contexts.push(context);
        return aborted(context);
      });
      const controller = new AbortController();
      const failed = failureOf(ask({}, { signal: controller.signal }));
      await until(() => contexts.length === 1);
      controller.abort(new Error('enough'));
      const failure = await failed;
      expect(failure).toBeInstanceOf(RequestCancelledError);
      expect(failure).toMatchObject({ delivered: 'maybe', cause: { message: 'enough' } });
      await until(() => contexts[0]?.signal.aborted === true);
    });

    test('is let go of once the answer is there', async () => {
      const { ask } = await serving(() => 'x');
      const { signal, listeners } = countedSignal();
      await ask({}, { signal });
      expect(listeners()).toBe(0);
    });
  });

  describe(`over ${name}, handlers`, () => {
    test('never work in greater number than they may, and all are answered', async () => {
      let [working, most] = [0, 0];
      const handler: ServerHandler = async () => {
        working += 1;
        most = Math.max(most, working);
        await turns(3);
        working -= 1;
        return 'done';
      };
      const { ask } = await serving(handler, { maxConcurrentHandlers: 2 });
      const answers = await Promise.all(Array.from({ length: 5 }, () => ask()));
      expect(answers.map((data) => Buffer.from(data).toString())).toEqual(Array(5).fill('done'));
      expect(most).toBe(2);
    });

    test('count until they have really ended, whoever waits for them', async () => {
      const gates = [new Gate(), new Gate()];
      const begun: number[] = [];
      const handler: ServerHandler = async ({ data }) => {
        const index = Number(Buffer.from(data));
        begun.push(index);
        await gates[index]?.opened;
        return 'done';
      };
      const world = await serving(handler, { maxConcurrentHandlers: 1, handlerTimeoutMs: 50 });
      const first = failureOf(world.ask({ data: '0' }));
      await world.pass(90);
      expect(await first).toBeInstanceOf(HandlerTimeoutError);
      const second = world.ask({ data: '1' });
      await world.until(() => world.far.load().waiting === 1);
      expect([begun, world.far.load().working]).toEqual([[0], 1]);
      gates[0]?.open();
      await world.until(() => begun.length === 2);
      gates[1]?.open();
      expect(Buffer.from(await second).toString()).toBe('done');
      await world.until(() => world.far.load().working === 0);
    });

    test('are waited for by so many and no more; the others are refused at once', async () => {
      const gate = new Gate();
      const handler: ServerHandler = async ({ data }) => {
        await gate.opened;
        return data;
      };
      const limits = { maxConcurrentHandlers: 1, maxWaitingRequests: 2 };
      const { ask, far, until } = await serving(handler, limits);
      const kept = [ask({ data: 'a' })];
      await until(() => far.load().working === 1);
      kept.push(ask({ data: 'b' }), ask({ data: 'c' }));
      await until(() => far.load().waiting === 2);
      const failure = await failureOf(ask());
      expect(failure).toBeInstanceOf(ShardOverloadedError);
      expect(failure).toMatchObject({
        ...{ shard: 7, full: 'handlers', delivered: 'no', retryable: true },
      });
      gate.open();
      const answers = (await Promise.all(kept)).map((data) => Buffer.from(data).toString());
      expect(answers).toEqual(['a', 'b', 'c']);
    });

    test('are not begun for whoever has given up waiting', async () => {
      const gate = new Gate();
      const begun: string[] = [];
      const handler: ServerHandler = async ({ type }) => {
        begun.push(type);
        await gate.opened;
      };
      const { ask, far, pass, until } = await serving(handler, { maxConcurrentHandlers: 1 });
      const first = ask({ type: 'first' });
      await until(() => far.load().working === 1);
      const controller = new AbortController();
      const cancelled = failureOf(ask({ type: 'cancelled' }, { signal: controller.signal }));
      const expired = failureOf(ask({ type: 'expired', ttlMs: 50 }));
      await until(() => far.load().waiting === 2);
      controller.abort();
      await until(() => far.load().waiting === 1);
      await pass(90);
      await until(() => far.load().waiting === 0);
      gate.open();
      await first;
      expect(await cancelled).toBeInstanceOf(RequestCancelledError);
      expect(await expired).toBeInstanceOf(RequestTimeoutError);
      await ask({ type: 'last' });
      expect(begun).toEqual(['first', 'last']);
    });

    test('are not asked by more requests than may wait for an answer', async () => {
      const gate = new Gate();
      const { ask } = await serving(() => gate.opened, { maxPendingRequests: 2 });
      const kept = [ask(), ask()];
      expect(await failureOf(ask())).toMatchObject({
        ...{ code: 'SHARD_OVERLOADED', full: 'requests', delivered: 'no' },
      });
      gate.open();
      await Promise.all(kept);
      await ask();
    });
  });

  describe(`over ${name}, a notify`, () => {
    test('is over before its handler begins, and its handler knows', async () => {
      const gate = new Gate();
      const handled: string[] = [];
      const world = await serving(async ({ data }, { isNotify }) => {
        await gate.opened;
        handled.push(`${Buffer.from(data).toString()} ${isNotify}`);
      });
      world.near.notify(envelope(world, { data: 'news' }));
      expect([handled, world.near.load().pending]).toEqual([[], 0]);
      gate.open();
      await world.until(() => handled.length === 1);
      expect(handled).toEqual(['news true']);
    });

    test('that comes to nothing is told as a failure, with no more of it than its type', async () => {
      const world = await serving(() => {
        throw new Error('no room');
      });
      const failures: NotifyFailure[] = [];
      const off = world.near.onNotifyFailure((failure) => failures.push(failure));
      world.near.notify(envelope(world, { type: 'stored', data: 'secret' }));
      await world.until(() => failures.length === 1);
      world.near.notify(envelope(world, { shard: 8, type: 'lost' }));
      await world.until(() => failures.length === 2);
      expect(failures).toMatchObject([
        { shard: 7, type: 'stored', error: { code: 'HANDLER_FAILED', delivered: 'yes' } },
        { shard: 8, type: 'lost', error: { code: 'NO_SHARD_SUBSCRIBER', delivered: 'no' } },
      ]);
      expect(failures[0]?.error).toBeInstanceOf(HandlerError);
      expect(failures[1]?.error).toBeInstanceOf(NoShardSubscriberError);
      off();
      world.near.notify(envelope(world, { shard: 8 }));
      await failureOf(world.ask({ shard: 8 }));
      expect(failures).toHaveLength(2);
    });

    test('that breaks a rule is refused within the call', async () => {
      const world = await serving(() => 'x');
      const notify = (init: Partial<EnvelopeInit>) =>
        thrownBy(() => world.near.notify(envelope(world, init)));
      expect(notify({ headers: { 'X-Clstr-A': '' } })).toBeInstanceOf(ReservedHeaderError);
      const createdAtMs = world.clock.wallNow() - 1_000;
      expect(notify({ ttlMs: 500, createdAtMs })).toBeInstanceOf(EnvelopeExpiredError);
    });
  });

  describe(`over ${name}, a subscription`, () => {
    test('ends with its signal', async () => {
      const { far, ask } = await serving(() => 'x');
      const controller = new AbortController();
      await far.subscribeShard(9, () => 'nine', { signal: controller.signal });
      expect(Buffer.from(await ask({ shard: 9 })).toString()).toBe('nine');
      controller.abort();
      expect(await failureOf(ask({ shard: 9 }))).toBeInstanceOf(NoShardSubscriberError);
      await far.subscribeShard(9, () => 'never', { signal: AbortSignal.abort() });
      expect(await failureOf(ask({ shard: 9 }))).toBeInstanceOf(NoShardSubscriberError);
    });

    test('ends when its transport is closed, and its owner is told', async () => {
      const { far, subscription } = await serving(() => 'x');
      const ended: string[] = [];
      await far.subscribeShard(9, () => 'x', { onEnd: () => ended.push('nine') });
      const own: Subscription = await far.subscribeShard(10, () => 'x', {
        onEnd: () => ended.push('ten'),
      });
      await own.unsubscribe();
      await far.close();
      await subscription.unsubscribe();
      expect(ended).toEqual(['nine']);
    });

    test.each([-1, 0.5, 2 ** 32 - 1, Number.NaN])('to shard %s is refused', async (shard) => {
      const { far } = await open();
      expect(await failureOf(far.subscribeShard(shard, () => 'x'))).toMatchObject({
        ...{ code: 'INVALID_SHARD', delivered: 'no' },
      });
    });
  });

  describe(`over ${name}, closing`, () => {
    test('waits for the handler that works, and its answer arrives', async () => {
      const gate = new Gate();
      const { far, ask, until } = await serving(async () => {
        await gate.opened;
        return 'done';
      });
      const answered = ask();
      await until(() => far.load().working === 1);
      let isClosed = false;
      const closed = far.close().then(() => {
        isClosed = true;
      });
      await turns(20);
      expect(isClosed).toBe(false);
      gate.open();
      await closed;
      expect(Buffer.from(await answered).toString()).toBe('done');
      expect(far.load().working).toBe(0);
    });

    test('refuses whatever is new, and does not begin what waits', async () => {
      const gate = new Gate();
      const begun: string[] = [];
      const handler: ServerHandler = async ({ type }) => {
        begun.push(type);
        await gate.opened;
      };
      const world = await serving(handler, { maxConcurrentHandlers: 1 });
      const { near, far, ask, until } = world;
      const first = ask({ type: 'first' });
      await until(() => far.load().working === 1);
      const second = failureOf(ask({ type: 'second' }));
      await until(() => far.load().waiting === 1);
      const closed = far.close();
      expect(far.close()).toBe(closed);
      expect(await second).toMatchObject({ code: 'TRANSPORT_CLOSED', delivered: 'no' });
      expect(await failureOf(far.subscribeShard(1, () => 'x'))).toBeInstanceOf(
        TransportClosedError,
      );
      gate.open();
      await Promise.all([first, closed, near.close()]);
      expect(await failureOf(ask())).toBeInstanceOf(TransportClosedError);
      expect(thrownBy(() => near.notify(envelope(world)))).toBeInstanceOf(TransportClosedError);
      expect(begun).toEqual(['first']);
    });

    test('ends in its time, whatever the handlers do', async () => {
      const contexts: HandlerContext[] = [];
      const { near, far, ask, pass, until } = await serving((_request, context) => {
        contexts.push(context);
        return new Promise<undefined>(() => {});
      });
      const failed = failureOf(ask());
      await until(() => contexts.length === 1);
      const closed = Promise.all([near.close({ timeoutMs: 80 }), far.close({ timeoutMs: 80 })]);
      await pass(120);
      await closed;
      expect(contexts[0]?.signal.reason).toBeInstanceOf(TransportClosedError);
      const failure = await failed;
      expect(failure).toBeInstanceOf(TransportClosedError);
      expect(failure).toMatchObject({ retryable: false });
    });
  });
}

class Gate {
  readonly opened: Promise<undefined>;
  #open: (value: undefined) => void = () => {};

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.#open(undefined);
  }
}

/** Until the handler is told that it need not go on. */
function aborted({ signal }: HandlerContext): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** 4 MiB and some bytes. */
function big(more: number): Buffer {
  return Buffer.alloc(4_194_304 + more, 'abc');
}

function between(min: number, max: number): (value: number) => boolean {
  return (value) => value > min && value < max;
}

function countedSignal() {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { signal, listeners: () => listeners };
}
