import { describe, expect, test, vi } from 'vitest';
import { CarriedTransport, type TransportOptions } from '../../src/sharding/carried-transport.ts';
import type {
  Answer,
  Carrier,
  Deliver,
  RequestFrame,
  ShardSubscriber,
} from '../../src/sharding/carrier.ts';
import { keyHandler } from '../../src/sharding/key-handler.ts';
import { Node } from '../../src/sharding/node.ts';
import type { HandlerContext, ServerHandler } from '../../src/sharding/transport.ts';
import { failureOf } from './failure-of.ts';
import { PatientClock } from './patient-clock.ts';

/** Delivers what the test says, and keeps what is replied. */
class Puppet implements Carrier {
  readonly replies: (readonly [exchange: number, outcome: string])[] = [];
  #deliver: Deliver | null = null;
  left = 0;
  stays = false;
  lose: () => void = () => {};

  open(): void {}

  send(): null {
    return null;
  }

  cancel(): void {}

  async subscribe(shard: number, { deliver, ended }: ShardSubscriber) {
    if (shard === 13) throw new Error('not this one');
    this.#deliver = deliver;
    this.lose = ended;
    return async () => {
      if (this.stays) throw new Error('not now');
      this.left += 1;
    };
  }

  async close(): Promise<void> {}

  deliver(frame: Partial<RequestFrame>): (() => void) | null {
    const whole = { ...FRAME, ...frame };
    const reply = (answer: Answer) => this.replies.push([whole.exchange, outcomeOf(answer)]);
    return this.#deliver?.(whole, reply) ?? null;
  }
}

const FRAME: RequestFrame = {
  ...{ exchange: 1, shard: 7, type: 'ask', data: Buffer.from('x'), headers: {} },
  ...{ ttlMs: 0, timeoutMs: 1_000 },
};

function outcomeOf(answer: Answer): string {
  return 'data' in answer ? Buffer.from(answer.data).toString() : answer.failure.code;
}

async function setUp(handler: ServerHandler, options: TransportOptions = {}) {
  const clock = new PatientClock();
  const puppet = new Puppet();
  const transport = new CarriedTransport(puppet, { clock, ...options });
  const subscription = await transport.subscribeShard(7, handler);
  return { clock, puppet, transport, subscription };
}

class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<undefined>((resolve) => {
    this.open = () => resolve(undefined);
  });
}

describe('what is delivered', () => {
  test('is answered once, whatever the handler does after its time', async () => {
    for (const end of ['gives', 'throws']) {
      const gate = new Gate();
      const handler: ServerHandler = async () => {
        await gate.opened;
        if (end === 'throws') throw new Error('late');
        return 'late';
      };
      const { clock, puppet, transport } = await setUp(handler, { handlerTimeoutMs: 100 });
      puppet.deliver({});
      await clock.pass(100);
      gate.open();
      await transport.close();
      expect(puppet.replies).toEqual([[1, 'HANDLER_TIMEOUT']]);
    }
  });

  test('is not answered when nobody waits any more, and its handler is told so', async () => {
    const contexts: HandlerContext[] = [];
    const gate = new Gate();
    const { puppet, clock, transport } = await setUp((_envelope, context) => {
      contexts.push(context);
      return gate.opened;
    });
    const cancel = puppet.deliver({});
    cancel?.();
    cancel?.();
    expect(contexts[0]?.signal.reason).toMatchObject({ code: 'REQUEST_CANCELLED' });
    puppet.deliver({ exchange: 2 });
    await clock.pass(1_000);
    expect(contexts[1]?.signal.aborted).toBe(true);
    gate.open();
    await clock.quiet();
    expect([puppet.replies, transport.load().working]).toEqual([[], 0]);
  });

  test('does not wait for a handler longer than the requester, or than its own time', async () => {
    const gate = new Gate();
    const begun: string[] = [];
    const handler: ServerHandler = ({ type }) => {
      begun.push(type);
      return gate.opened;
    };
    const { puppet, clock, transport } = await setUp(handler, { maxConcurrentHandlers: 1 });
    puppet.deliver({ exchange: 1, type: 'first', timeoutMs: 20_000 });
    puppet.deliver({ exchange: 2, type: 'impatient', timeoutMs: 100 });
    puppet.deliver({ exchange: 3, type: 'short', ttlMs: 200 });
    puppet.deliver({ exchange: 0, type: 'news', ttlMs: 300, timeoutMs: 0 });
    puppet.deliver({ exchange: 4, type: 'patient', timeoutMs: 20_000 });
    expect(transport.load()).toMatchObject({ working: 1, waiting: 4 });
    await clock.pass(310);
    expect(transport.load()).toMatchObject({ working: 1, waiting: 1 });
    gate.open();
    await clock.quiet();
    expect(begun).toEqual(['first', 'patient']);
    expect(puppet.replies).toEqual([
      [2, 'ENVELOPE_EXPIRED'],
      [3, 'ENVELOPE_EXPIRED'],
      [0, 'ENVELOPE_EXPIRED'],
      [1, ''],
      [4, ''],
    ]);
  });

  test.each<readonly [string, Partial<RequestFrame>, string]>([
    ['a reserved header', { headers: { 'X-Clstr-A': '' } }, 'RESERVED_HEADER'],
    ['no type', { type: '' }, 'INVALID_ENVELOPE'],
    ['too much data', { data: new Uint8Array(4_194_305) }, 'PAYLOAD_TOO_LARGE'],
  ])('with %s is refused here, too: the sender may not have looked', async (_name, frame, code) => {
    const handled: string[] = [];
    const { puppet } = await setUp(({ type }) => void handled.push(type));
    expect(puppet.deliver(frame)).toBe(null);
    expect([puppet.replies, handled]).toEqual([[[1, code]], []]);
  });

  test('after the end of the subscription, or of the transport, is refused', async () => {
    const handled: string[] = [];
    const { puppet, subscription, transport } = await setUp(({ type }) => void handled.push(type));
    await subscription.unsubscribe();
    puppet.deliver({ exchange: 1 });
    await transport.subscribeShard(7, ({ type }) => void handled.push(type));
    await transport.close();
    puppet.deliver({ exchange: 2 });
    expect(puppet.replies).toEqual([
      [1, 'NO_SHARD_SUBSCRIBER'],
      [2, 'NO_SHARD_SUBSCRIBER'],
    ]);
    expect([handled, puppet.left]).toEqual([[], 2]);
  });

  test.each<readonly [string, ServerHandler, string]>([
    ['a promise that calls back twice', () => thenable((done) => [done('a'), done('b')]), 'a'],
    [
      'a promise that throws when it is asked',
      () =>
        thenable(() => {
          throw new Error('no');
        }),
      'HANDLER_FAILED',
    ],
    ['what throws when it is looked at', () => hostile(), 'HANDLER_FAILED'],
    [
      'an error that throws when it is looked at',
      () => {
        throw hostile();
      },
      'HANDLER_FAILED',
    ],
    ['neither bytes nor text', () => JSON.parse('5'), 'HANDLER_FAILED'],
  ])('is answered once by %s, and its slot is free again', async (_name, handler, outcome) => {
    const { puppet, transport, clock } = await setUp(handler);
    const node = new Node({ transport, shards: [7], handler: keyHandler(() => handler) });
    void node.run();
    await node.started;
    puppet.deliver({ headers: { 'x-clstr-key': 'a' } });
    await clock.quiet();
    expect(puppet.replies).toEqual([[1, outcome]]);
    expect(transport.load()).toMatchObject({ working: 0, waiting: 0 });
    await node.stop();
  });

  test('does not come any more when the carrier has lost the subscription', async () => {
    const { puppet, transport } = await setUp(() => 'x');
    const ended: string[] = [];
    const { signal } = new AbortController();
    const onEnd = () => ended.push('lost');
    const subscription = await transport.subscribeShard(8, () => 'x', { onEnd, signal });
    puppet.lose();
    puppet.lose();
    puppet.deliver({});
    await subscription.unsubscribe();
    expect([ended, puppet.replies, puppet.left]).toEqual([
      ['lost'],
      [[1, 'NO_SHARD_SUBSCRIBER']],
      1,
    ]);
  });

  test('does not come when the carrier refuses to subscribe', async () => {
    const { transport } = await setUp(() => 'x');
    const { signal } = new AbortController();
    expect(await failureOf(transport.subscribeShard(13, () => 'x', { signal }))).toMatchObject({
      message: 'not this one',
    });
    await transport.close();
  });

  test('never comes to a subscription that begins while the transport closes', async () => {
    const { puppet, transport } = await setUp(() => 'x');
    const subscribed = transport.subscribeShard(8, () => 'x').catch((error: unknown) => error);
    await transport.close();
    expect(await subscribed).toMatchObject({ code: 'TRANSPORT_CLOSED', delivered: 'no' });
    expect(puppet.left).toBe(2);
  });

  test('is closed in spite of subscribers and carriers that throw', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const { puppet, transport } = await setUp(() => 'x');
    puppet.stays = true;
    const onEnd = () => {
      throw new Error('no end');
    };
    await transport.subscribeShard(8, () => 'x', { onEnd });
    await transport.close();
    expect(warned.mock.calls).toEqual([
      ['onEnd callback threw: Error: no end', { code: 'CHARTMESH_OBSERVER_FAILED' }],
    ]);
    warned.mockRestore();
  });

  test('is known to be over when it has been answered within the call', async () => {
    const { puppet } = await setUp(() => 'now');
    expect(puppet.deliver({})).toBe(null);
    expect(puppet.replies).toEqual([[1, 'now']]);
  });

  test('of a notify takes no longer than its TTL', async () => {
    const { puppet, clock } = await setUp(() => new Promise<undefined>(() => {}));
    puppet.deliver({ exchange: 0, ttlMs: 200, timeoutMs: 0 });
    await clock.pass(199);
    expect(puppet.replies).toEqual([]);
    await clock.pass(1);
    expect(puppet.replies).toEqual([[0, 'HANDLER_TIMEOUT']]);
  });

  test('of a notify is only answered by a failure, which says what it is about', async () => {
    const { puppet } = await setUp(({ type }) => {
      if (type === 'bad') throw new Error('no');
    });
    puppet.deliver({ exchange: 0, timeoutMs: 0 });
    puppet.deliver({ exchange: 0, timeoutMs: 0, type: 'bad' });
    expect(puppet.replies).toEqual([[0, 'HANDLER_FAILED']]);
  });
});

function thenable(then: (done: (value: string) => void) => unknown): PromiseLike<string> {
  // biome-ignore lint/suspicious/noThenProperty: it is what is tested
  return { then: then as PromiseLike<string>['then'] };
}

function hostile(): never {
  return new Proxy(new Error('x'), {
    get: () => {
      throw new Error('no');
    },
    getPrototypeOf: () => {
      throw new Error('no');
    },
  }) as never;
}
