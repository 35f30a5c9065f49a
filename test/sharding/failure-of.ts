import { ShardingError } from '../../src/errors/sharding.ts';

/** What a promise is rejected with, listened to from now on. */
export function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`it came to ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** The same, of this package. */
export async function shardingFailureOf(promise: Promise<unknown>): Promise<ShardingError> {
  const error = await failureOf(promise);
  if (error instanceof ShardingError) return error;
  throw new Error('not an error of this package', { cause: error });
}

export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
