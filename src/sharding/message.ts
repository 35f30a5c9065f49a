/** A type of message that both sides know: its name, what is asked, what is answered. */
import { isSchema, type StandardSchema } from '../actors/standard-schema.ts';
import { UnknownMessageError } from '../errors/handlers.ts';
import { InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import type { Envelope } from './envelope.ts';
import { readPayload, writePayload } from './json-payload.ts';
import type { HandlerContext, ServerHandler } from './transport.ts';

/** A schema whose types are known. */
export type TypedSchema = StandardSchema & {
  readonly '~standard': {
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
};

type Types<S extends TypedSchema> = NonNullable<S['~standard']['types']>;
type In<S extends TypedSchema> = Types<S>['input'];
type Out<S extends TypedSchema> = Types<S>['output'];

interface Schemas {
  readonly input?: TypedSchema | undefined;
  readonly output?: TypedSchema | undefined;
}

/**
 * `Sent` by the client, `Received` by the handler, `Given` by the handler, `Answer` for the client. Two
 * of each, since a schema may make something else of what it checks.
 */
export class Message<Sent = unknown, Received = Sent, Given = unknown, Answer = Given> {
  readonly type: string;
  readonly #input: StandardSchema | null;
  readonly #output: StandardSchema | null;
  /** For the types alone. */
  declare readonly types: (received: Received, sent: Sent) => readonly [Given, Answer];

  /** @throws InvalidShardingOptionError */
  constructor(type: string, { input, output }: Schemas = {}) {
    if (typeof type !== 'string' || type === '') {
      throw new InvalidShardingOptionError(`the type of a message is ${preview(type)}`);
    }
    for (const schema of [input, output]) {
      if (schema !== undefined && !isSchema(schema)) {
        throw new InvalidShardingOptionError(`a schema of ${type} is ${preview(schema)}`);
      }
    }
    this.type = type;
    this.#input = input ?? null;
    this.#output = output ?? null;
  }

  /** @throws InvalidPayloadError */
  writeInput(input: Sent): Uint8Array {
    return writePayload(input, { of: 'input', type: this.type, schema: this.#input });
  }

  /** @throws InvalidPayloadError */
  readInput(data: Uint8Array): Received {
    const side = { of: 'input', type: this.type, schema: this.#input } as const;
    return readPayload(data, side) as Received;
  }

  /** @throws InvalidPayloadError */
  writeOutput(output: Given): Uint8Array {
    return writePayload(output, { of: 'output', type: this.type, schema: this.#output });
  }

  /** @throws InvalidPayloadError */
  readOutput(data: Uint8Array): Answer {
    const side = { of: 'output', type: this.type, schema: this.#output } as const;
    return readPayload(data, side) as Answer;
  }
}

/**
 * `message<GetUser, User>('GetUser')`, or with schemas that implement Standard Schema, from which the
 * types come and which are checked on both sides: `message('GetUser', { input, output })`.
 *
 * @throws InvalidShardingOptionError
 */
export function message<Input = unknown, Output = unknown>(
  type: string,
): Message<Input, Input, Output, Output>;
export function message<const I extends TypedSchema, const O extends TypedSchema>(
  type: string,
  schemas: { readonly input: I; readonly output: O },
): Message<In<I>, Out<I>, In<O>, Out<O>>;
export function message<const I extends TypedSchema>(
  type: string,
  schemas: { readonly input: I; readonly output?: undefined },
): Message<In<I>, Out<I>>;
export function message<const O extends TypedSchema>(
  type: string,
  schemas: { readonly input?: undefined; readonly output: O },
): Message<unknown, unknown, In<O>, Out<O>>;
export function message(type: string, schemas?: Schemas): Message {
  return new Message(type, schemas);
}

/** What is to be done with one type of message. */
export interface MessageRoute {
  readonly type: string;
  readonly handle: ServerHandler;
}

export function on<Sent, Received, Given, Answer>(
  asked: Message<Sent, Received, Given, Answer>,
  handle: (
    input: Received,
    context: HandlerContext,
    envelope: Envelope,
  ) => Given | PromiseLike<Given>,
): MessageRoute {
  return {
    type: asked.type,
    handle: async (envelope, context) =>
      asked.writeOutput(await handle(asked.readInput(envelope.data), context, envelope)),
  };
}

/**
 * Handles each type of message as one of the routes says; others fail with `UnknownMessageError`.
 *
 * @throws InvalidShardingOptionError
 */
export function messageHandler(...routes: readonly MessageRoute[]): ServerHandler {
  const handlers = new Map(routes.map(({ type, handle }) => [type, handle]));
  if (handlers.size < routes.length) {
    throw new InvalidShardingOptionError('two handlers for one type of message');
  }
  return (envelope, context) => {
    const handle = handlers.get(envelope.type);
    if (handle === undefined) throw new UnknownMessageError(envelope.type);
    return handle(envelope, context);
  };
}
