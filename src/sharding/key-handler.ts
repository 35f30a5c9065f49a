import { InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import {
  type CreateForKey,
  KEY_HANDLER_OPTIONS,
  type KeyHandlerOptions,
  KeyTable,
} from './key-table.ts';
import { checkOptionNames } from './options.ts';
import type { ServerHandler } from './transport.ts';

/** A `ServerHandler` that keeps one handler for each key. */
export interface KeyHandler extends ServerHandler {
  /** Keys with a handler, those that are about to end not included. */
  readonly size: number;
  /** Those that are about to end. */
  readonly ending: number;
  /** Refuses what is new, and resolves once all its handlers have ended. The same promise each time. */
  close(): Promise<void>;
}

/**
 * Messages of one key go to one handler, created by its first message.
 *
 * @throws InvalidShardingOptionError
 */
export function keyHandler(create: CreateForKey, options: KeyHandlerOptions = {}): KeyHandler {
  checkOptionNames(options, KEY_HANDLER_OPTIONS);
  if (typeof create !== 'function') {
    throw new InvalidShardingOptionError(`create must be a function, and is ${preview(create)}`);
  }
  const table = new KeyTable(create, options);
  const handle: ServerHandler = (envelope, context) => table.handle(envelope, context);
  return Object.defineProperties(handle as KeyHandler, {
    size: { get: () => table.size },
    ending: { get: () => table.ending },
    close: { value: () => table.close() },
  });
}
