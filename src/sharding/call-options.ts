/** What may be said of a single request, or of all of a client or a scope. */
import { InvalidShardingOptionError, RequestCancelledError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import type { EnvelopeInit, EnvelopeOption } from './envelope.ts';
import { checkOptionNames } from './options.ts';
import type { HandlerContext, RequestOptions } from './transport.ts';

export interface CallOptions extends RequestOptions {
  /**
   * The handler that makes the request: it ends with that handler, and has no more time than is left
   * to it.
   */
  readonly within?: HandlerContext | undefined;
}

/** `withHeader`, `withTtl`, or an object of `CallOptions`; later ones go before earlier ones. */
export type ClientOption = EnvelopeOption | CallOptions;

const CALL_OPTIONS = ['timeoutMs', 'signal', 'within'];

/** @throws InvalidShardingOptionError */
export function checkClientOptions(options: readonly ClientOption[]): void {
  for (const option of options) {
    if (typeof option === 'function') continue;
    if (typeof option !== 'object' || option === null) {
      throw new InvalidShardingOptionError(`an option of a request is ${preview(option)}`);
    }
    checkOptionNames(option, CALL_OPTIONS);
  }
}

export function applied(init: EnvelopeInit, options: readonly ClientOption[]): EnvelopeInit {
  let result = init;
  for (const option of options) if (typeof option === 'function') result = option(result);
  return result;
}

/** @throws RequestCancelledError: the handler that makes the request is over. */
export function requestOptions(shard: number, options: readonly ClientOption[]): RequestOptions {
  let merged: CallOptions = {};
  for (const option of options) if (typeof option === 'object') merged = { ...merged, ...option };
  const { within, ...rest } = merged;
  return within === undefined ? rest : bounded(shard, rest, within);
}

function bounded(shard: number, own: RequestOptions, within: HandlerContext): RequestOptions {
  const leftMs = within.remainingMs();
  if (within.signal.aborted || leftMs <= 0) {
    throw new RequestCancelledError(shard, 'no', { cause: within.signal.reason });
  }
  return {
    timeoutMs: Math.min(own.timeoutMs ?? leftMs, leftMs),
    signal: own.signal ? AbortSignal.any([own.signal, within.signal]) : within.signal,
  };
}
