/** What may be said of a single request, or of all of a client or a scope. */
import { InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import type { EnvelopeInit, EnvelopeOption } from './envelope.ts';
import { checkOptionNames } from './options.ts';
import type { RequestOptions } from './transport.ts';

/** `withHeader`, `withTtl`, or an object of `RequestOptions`; later ones go before earlier ones. */
export type ClientOption = EnvelopeOption | RequestOptions;

const REQUEST_OPTIONS = ['timeoutMs', 'signal', 'within'];

/** @throws InvalidShardingOptionError */
export function checkClientOptions(options: readonly ClientOption[]): void {
  for (const option of options) {
    if (typeof option === 'function') continue;
    if (typeof option !== 'object' || option === null) {
      throw new InvalidShardingOptionError(`an option of a request is ${preview(option)}`);
    }
    checkOptionNames(option, REQUEST_OPTIONS);
  }
}

export function applied(init: EnvelopeInit, options: readonly ClientOption[]): EnvelopeInit {
  let result = init;
  for (const option of options) if (typeof option === 'function') result = option(result);
  return result;
}

export function requestOptions(options: readonly ClientOption[]): RequestOptions {
  let merged: RequestOptions = {};
  for (const option of options) if (typeof option === 'object') merged = { ...merged, ...option };
  return merged;
}
