import type { ClientOption } from './call-options.ts';
import { readPayload } from './json-payload.ts';
import type { Message } from './message.ts';
import { messageTypeOf } from './message-type.ts';
import type { ScopedClient } from './scoped-client.ts';

/** One type of request to one place. */
export interface TypedRequest<Input, Output> {
  /** Rejects with a `ShardingError`. */
  request(input: Input, ...options: readonly ClientOption[]): Promise<Output>;
}

/**
 * With a `Message`, or for values that say themselves of which type they are, as `messageTypeOf`
 * finds: `typedRequest<GetUser, User>(client.key('user-123'))`.
 */
export function typedRequest<Sent, Received, Given, Answer>(
  scope: ScopedClient,
  asked: Message<Sent, Received, Given, Answer>,
): TypedRequest<Sent, Answer>;
export function typedRequest<Input extends object, Output>(
  scope: ScopedClient,
): TypedRequest<Input, Output>;
export function typedRequest(scope: ScopedClient, asked?: Message): TypedRequest<object, unknown> {
  if (asked) return { request: (input, ...options) => scope.request(asked, input, ...options) };
  return {
    request: async (input, ...options) => {
      const data = await scope.request(input, ...options);
      return readPayload(data, { of: 'output', type: messageTypeOf(input), schema: null });
    },
  };
}
