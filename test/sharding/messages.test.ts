import * as v from 'valibot';
import { describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import {
  InvalidPayloadError,
  MessageTypeError,
  UnknownMessageError,
} from '../../src/errors/handlers.ts';
import { InvalidShardingOptionError } from '../../src/errors/sharding.ts';
import { Client } from '../../src/sharding/client.ts';
import { withHeader } from '../../src/sharding/envelope.ts';
import { Message, message, messageHandler, on } from '../../src/sharding/message.ts';
import { messageTypeOf } from '../../src/sharding/message-type.ts';
import type { ServerHandler } from '../../src/sharding/transport.ts';
import { typedRequest } from '../../src/sharding/typed-request.ts';
import { createMemoryTransport, createTestCluster } from '../../src/testing/sharding.ts';
import { failureOf, thrownBy } from './failure-of.ts';

async function clientOf(handler: ServerHandler): Promise<Client> {
  const transport = createMemoryTransport(onTestFinished);
  await createTestCluster(transport, 2, 16, '', handler);
  return new Client({ transport, numShards: 16 });
}

interface User {
  readonly id: string;
  readonly name: string;
}

class GetUser {
  static readonly messageType = 'GetUser';
  readonly id: string;

  constructor(id: string) {
    this.id = id;
  }
}

class WithMethods {
  readonly kind = 'K';

  static messageType(): string {
    return 'A';
  }
}

function kindOf(this: { readonly kind: string }): string {
  return this.kind;
}

const echo: ServerHandler = ({ type, data }) =>
  JSON.stringify({ type, got: JSON.parse(Buffer.from(data).toString()) });

describe('the type of a message', () => {
  test.each<readonly [string, object, string]>([
    ['a method', { messageType: () => 'A' }, 'A'],
    ['a property', { messageType: 'A' }, 'A'],
    ['a method in the other manner', { MessageType: () => 'A' }, 'A'],
    ['its class', new GetUser('1'), 'GetUser'],
    ['the name of its class', new (class Renamed {})(), 'Renamed'],
    ['a method before its class', Object.assign(new GetUser('1'), { messageType: 'B' }), 'B'],
    ['a static method', new WithMethods(), 'A'],
    ['a method that looks at the value', { kind: 'K', messageType: kindOf }, 'K'],
    ['one it inherits', new (class Special extends GetUser {})('1'), 'GetUser'],
  ])('is told by %s', (_name, payload, type) => {
    expect(messageTypeOf(payload)).toBe(type);
  });

  test.each<readonly [string, unknown]>([
    ['a plain object', { id: '1' }],
    ['an array', [1]],
    ['a map', new Map()],
    ['an object without a class', Object.create(null)],
    ['an instance of a nameless class', new (class {})()],
    ['a type that is no text', { messageType: 5 }],
    ['an empty type', { messageType: () => '' }],
    ['text', 'GetUser'],
    ['nothing', null],
  ])('of %s is not known', (_name, payload) => {
    expect(thrownBy(() => messageTypeOf(payload))).toBeInstanceOf(MessageTypeError);
  });
});

describe('a scoped client', () => {
  test('sends a value under its type, and gives the bytes of the answer', async () => {
    const client = await clientOf(echo);
    const data = await client.key('user-123').request(new GetUser('1'));
    expect(JSON.parse(Buffer.from(data).toString())).toEqual({ type: 'GetUser', got: { id: '1' } });
    const shard = client.shard(3);
    expect([shard.shard, shard.key, client.key('k').key]).toEqual([3, undefined, 'k']);
  });

  test('asks a value whether it is valid', async () => {
    const client = await clientOf(echo);
    const validate = () => {
      throw new Error('no id');
    };
    const bad = { messageType: 'GetUser', validate };
    const failure = await failureOf(client.key('k').request(bad));
    expect(failure).toBeInstanceOf(InvalidPayloadError);
    expect(failure).toMatchObject({
      message: 'Invalid input of "GetUser": no id',
      delivered: 'no',
    });
    expect(thrownBy(() => client.key('k').notify(bad))).toBeInstanceOf(InvalidPayloadError);
    const good = { messageType: 'GetUser', validate: () => {} };
    await client.key('k').request(good);
  });

  test('refuses what has no JSON', async () => {
    const client = await clientOf(echo);
    const cyclic: { messageType: string; self?: unknown } = { messageType: 'A' };
    cyclic.self = cyclic;
    expect(await failureOf(client.key('k').request(cyclic))).toMatchObject({
      code: 'INVALID_PAYLOAD',
      problem: expect.stringContaining('circular'),
    });
  });

  test('notifies with a value or a message', async () => {
    const seen: string[] = [];
    const client = await clientOf(({ type, data, headers }) => {
      seen.push(`${type} ${Buffer.from(data).toString()} ${headers.a}`);
    });
    client.key('k').notify(new GetUser('1'), withHeader('a', '1'));
    client.key('k').notify(message<number>('Count'), 5, withHeader('a', '2'));
    await client.key('k').getNodeInfo();
    expect(seen).toEqual(['GetUser {"id":"1"} 1', 'Count 5 2']);
  });
});

describe('a typed request', () => {
  test('encodes what is asked, and decodes what is answered', async () => {
    const client = await clientOf(({ data }) => {
      const { id } = JSON.parse(Buffer.from(data).toString());
      return JSON.stringify({ id, name: `User ${id}` });
    });
    const user = await typedRequest<GetUser, User>(client.key('user-123')).request(
      new GetUser('123'),
    );
    expectTypeOf(user).toEqualTypeOf<User>();
    expect(user).toEqual({ id: '123', name: 'User 123' });
    const getUser = message<{ readonly id: string }, User>('GetUser');
    expect(await typedRequest(client.key('a'), getUser).request({ id: '5' })).toEqual({
      ...{ id: '5', name: 'User 5' },
    });
  });

  test('is answered by undefined when the answer is empty, and by null for null', async () => {
    const client = await clientOf(({ type }) => (type === 'null' ? 'null' : undefined));
    expect(await client.key('k').request(message('nothing'), 1)).toBe(undefined);
    expect(await client.key('k').request(message('null'), 1)).toBe(null);
  });

  test('fails when the answer is no JSON', async () => {
    const client = await clientOf(() => '{');
    expect(await failureOf(client.key('k').request(message('GetUser'), 1))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'output', delivered: 'yes', problem: 'it is no JSON' },
    });
  });
});

const add = message('add', {
  input: v.object({ by: v.pipe(v.string(), v.transform(Number)) }),
  output: v.object({ sum: v.pipe(v.number(), v.transform(String)) }),
});

describe('a message with schemas', () => {
  test('is checked at both ends, and made something else at the receiving one', async () => {
    let sum = 0;
    const client = await clientOf(
      messageHandler(
        on(add, ({ by }, context, envelope) => {
          expectTypeOf(by).toEqualTypeOf<number>();
          expect([context.isNotify, envelope.type]).toEqual([false, 'add']);
          sum += by;
          return { sum };
        }),
      ),
    );
    const answer = await client.key('k').request(add, { by: '12' });
    expectTypeOf(answer).toEqualTypeOf<{ sum: string }>();
    expect(answer).toEqual({ sum: '12' });
    expect(await typedRequest(client.key('k'), add).request({ by: '3' })).toEqual({ sum: '15' });
    // @ts-expect-error the input is text
    expect(await failureOf(client.key('k').request(add, { by: 12 }))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'input', delivered: 'no', type: 'add' },
      problem: 'by: Invalid type: Expected string but received 12',
    });
  });

  test('is refused by the node when the client did not look, before its handler runs', async () => {
    const handled: unknown[] = [];
    const client = await clientOf(messageHandler(on(add, ({ by }) => ({ sum: handled.push(by) }))));
    const failure = await failureOf(client.requestKey('k', 'add', '{"by":5}'));
    expect(failure).toBeInstanceOf(InvalidPayloadError);
    expect(failure).toMatchObject({ of: 'input', delivered: 'no', retryable: false });
    expect(handled).toEqual([]);
  });

  test('fails when its handler gives what it may not', async () => {
    const bad = on(message<{ by: string }, unknown>('add'), () => ({ sum: 'much' }));
    const client = await clientOf(messageHandler(bad));
    expect(await failureOf(client.key('k').request(add, { by: '1' }))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'output', delivered: 'yes' },
    });
    const strict = await clientOf(
      messageHandler({ ...on(add, () => JSON.parse('{"sum":"much"}')), type: 'add' }),
    );
    expect(await failureOf(strict.requestKey('k', 'add', '{"by":"1"}'))).toMatchObject({
      ...{ code: 'INVALID_PAYLOAD', of: 'output', delivered: 'yes' },
    });
  });

  test('needs an input, unless that may be undefined', async () => {
    const ping = message<undefined, string>('ping');
    const client = await clientOf(messageHandler(on(ping, () => 'pong')));
    const scope = client.key('k');
    expect([
      await scope.request(ping),
      await scope.request(ping, undefined, withHeader('a', 'b'), { timeoutMs: 1_000 }),
    ]).toEqual(['pong', 'pong']);
    // @ts-expect-error an input is required
    expect(await failureOf(scope.request(add))).toMatchObject({ code: 'INVALID_PAYLOAD' });
    // @ts-expect-error an input is required
    expect(thrownBy(() => scope.notify(add))).toMatchObject({ code: 'INVALID_PAYLOAD' });
  });

  test('may have a schema for one end only', async () => {
    const ask = message('ask', { input: v.string() });
    const tell = message('tell', { output: v.number() });
    expectTypeOf(ask.readInput).returns.toEqualTypeOf<string>();
    expectTypeOf(ask.readOutput).returns.toEqualTypeOf<unknown>();
    expectTypeOf(tell.readOutput).returns.toEqualTypeOf<number>();
    const client = await clientOf(
      messageHandler(
        on(ask, (text) => text.length),
        on(tell, () => 5),
      ),
    );
    expect(await client.key('k').request(ask, 'four')).toBe(4);
    expect(await client.key('k').request(tell, { what: 'ever' })).toBe(5);
  });
});

test('messages without a handler are refused, by class', async () => {
  const client = await clientOf(messageHandler(on(add, () => ({ sum: 1 }))));
  const failure = await failureOf(client.requestKey('k', 'subtract'));
  expect(failure).toBeInstanceOf(UnknownMessageError);
  expect(failure).toMatchObject({ type: 'subtract', delivered: 'no' });
});

test.each([
  ['no type', () => new Message('')],
  ['a schema that is none', () => new Message('a', JSON.parse('{"input":{}}'))],
  [
    'two handlers for one type',
    () =>
      messageHandler(
        on(add, () => ({ sum: 1 })),
        on(add, () => ({ sum: 2 })),
      ),
  ],
])('%s: refused', (_name, make) => {
  expect(thrownBy(make)).toBeInstanceOf(InvalidShardingOptionError);
});
