import { InvalidPayloadError } from '../errors/handlers.ts';
import type { ClientOption } from './call-options.ts';
import type { Client, Scope } from './client.ts';
import type { EnvelopeOption } from './envelope.ts';
import { thrownText } from './failure.ts';
import { writePayload } from './json-payload.ts';
import { Message } from './message.ts';
import { messageTypeOf } from './message-type.ts';
import { NODE_INFO_TYPE, readNodeInfo, type ShardNodeInfo } from './node-info.ts';

/** An input that may be undefined may be left out. */
type InputAnd<Sent, Option> = undefined extends Sent
  ? [input?: Sent, ...options: Option[]]
  : [input: Sent, ...options: Option[]];

/** A message without its input is no payload. */
type NoMessage<TPayload> = TPayload extends { readonly writeInput: unknown } ? never : TPayload;

/** A client for one key, or one shard. It may be kept. */
export class ScopedClient {
  readonly #client: Client;
  readonly #scope: Scope;

  constructor(client: Client, scope: Scope) {
    this.#client = client;
    this.#scope = scope;
  }

  get shard(): number {
    return this.#scope.shard;
  }

  /** Undefined for one of a shard. */
  get key(): string | undefined {
    return this.#scope.key;
  }

  /**
   * With a `Message`: sends its input, and resolves to its answer. With a value alone: sends that as
   * JSON under the type that `messageTypeOf` finds, after its own method `validate`, if it has one,
   * and resolves to the bytes of the answer. Rejects with a `ShardingError`.
   */
  request<Sent, Received, Given, Answer>(
    asked: Message<Sent, Received, Given, Answer>,
    ...inputAndOptions: InputAnd<Sent, ClientOption>
  ): Promise<Answer>;
  request<TPayload extends object>(
    payload: NoMessage<TPayload>,
    ...options: readonly ClientOption[]
  ): Promise<Uint8Array>;
  async request(asked: object, ...rest: readonly unknown[]): Promise<unknown> {
    const { type, data, options } = read(asked, rest);
    const answer = await this.#client.send(this.#scope, type, data, options as ClientOption[]);
    return asked instanceof Message ? asked.readOutput(answer) : answer;
  }

  /** As `request`, but waits for nothing, like `Client.notifyShard`. @throws ShardingError */
  notify<Sent, Received, Given, Answer>(
    asked: Message<Sent, Received, Given, Answer>,
    ...inputAndOptions: InputAnd<Sent, EnvelopeOption>
  ): void;
  notify<TPayload extends object>(
    payload: NoMessage<TPayload>,
    ...options: readonly EnvelopeOption[]
  ): void;
  notify(asked: object, ...rest: readonly unknown[]): void {
    const { type, data, options } = read(asked, rest);
    this.#client.tell(this.#scope, type, data, options as ClientOption[]);
  }

  /** Who owns the shard, as that node says itself. */
  async getNodeInfo(...options: readonly ClientOption[]): Promise<ShardNodeInfo> {
    return readNodeInfo(await this.#client.send(this.#scope, NODE_INFO_TYPE, undefined, options));
  }
}

function read(asked: object, rest: readonly unknown[]) {
  if (asked instanceof Message) {
    const [input, ...options] = rest;
    return { type: asked.type, data: asked.writeInput(input), options };
  }
  const type = messageTypeOf(asked);
  validate(asked, type);
  return { type, data: writePayload(asked, { of: 'input', type, schema: null }), options: rest };
}

function validate(payload: object, type: string): void {
  if (!('validate' in payload) || typeof payload.validate !== 'function') return;
  try {
    payload.validate();
  } catch (error) {
    throw new InvalidPayloadError('input', type, thrownText(error), { cause: error });
  }
}
