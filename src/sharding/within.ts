/** Requests that a handler makes while somebody waits for it. */
import { SelfRequestError } from '../errors/handlers.ts';
import { RequestCancelledError } from '../errors/sharding.ts';
import type { Envelope } from './envelope.ts';
import { KEY_HEADER } from './headers.ts';
import type { HandlerContext, RequestOptions } from './transport.ts';

/** Keys that take nothing else while such a handler works. */
const held = new WeakMap<HandlerContext, string>();

export function holdKey(context: HandlerContext, key: string): void {
  held.set(context, key);
}

/**
 * What such a request may take, which is no more than is left to its handler.
 *
 * @throws RequestCancelledError: the handler is over
 */
export function bounded(shard: number, options: RequestOptions): RequestOptions {
  const { within, timeoutMs, signal } = options;
  if (within === undefined) return options;
  const leftMs = within.remainingMs();
  if (within.signal.aborted || leftMs <= 0) {
    throw new RequestCancelledError(shard, 'no', { cause: within.signal.reason });
  }
  return {
    timeoutMs: Math.min(timeoutMs ?? leftMs, leftMs),
    signal: signal ? AbortSignal.any([signal, within.signal]) : within.signal,
  };
}

/**
 * The handler of a key that takes one request at a time would wait for itself. Only where the handler
 * and the request share a transport: elsewhere the same key may be another one.
 *
 * @throws SelfRequestError
 */
export function refuseSelf(envelope: Envelope, within: HandlerContext): void {
  const key = held.get(within);
  if (key !== undefined && envelope.getHeader(KEY_HEADER) === key) throw new SelfRequestError();
}
