import type { AnyActor, AnyActorLogic } from 'xstate';
import { type Server, sortBehavior } from '../actors/behavior.ts';
import { checked } from '../actors/checked.ts';
import type { Handler } from '../actors/handler-actor.ts';
import { type Launch, launchOf } from '../actors/launch.ts';
import { LogicActor } from '../actors/logic-actor.ts';
import { isSchema, type StandardSchema } from '../actors/standard-schema.ts';
import { InvalidShardingOptionError } from '../errors/sharding.ts';
import { preview } from '../errors.ts';
import { LIMITS, SHARDING } from '../limits.ts';
import { chartClock } from '../node/chart-clock.ts';
import type { Clock } from '../ports.ts';
import { systemClock } from '../system/clock.ts';
import type { Envelope } from './envelope.ts';
import { guarded } from './guarded.ts';
import { readPayload } from './json-payload.ts';
import { KeyActor, type ToEvent } from './key-actor.ts';
import { type KeyHandler, keyHandler } from './key-handler.ts';
import {
  KEY_HANDLER_OPTIONS,
  type KeyFailure,
  type KeyHandlerOptions,
  warnOfKey,
} from './key-table.ts';
import { checkOptionNames } from './options.ts';

/** XState logic, a running actor, a server, or a function: what the actor of a key is made of. */
export type KeyBehavior = AnyActorLogic | AnyActor | Server | Handler;

export interface ActorHandlerOptions extends KeyHandlerOptions {
  /** An actor ends that got no message for so long; Infinity: never. Default 120,000. */
  readonly idleMs?: number | undefined;
  /** Given to the actor of a key as it starts. Default: `{ key }`. */
  readonly input?: ((key: string) => unknown) | undefined;
  /**
   * What the actor gets. Default: the JSON of the data with the envelope's type as `type`; what is
   * no object is found in `data`.
   */
  readonly toEvent?: ToEvent | undefined;
  /** Checks each message before the actor gets it, and gives what it gets. */
  readonly schema?: StandardSchema | undefined;
  readonly clock?: Clock | undefined;
}

const OPTIONS = [...KEY_HANDLER_OPTIONS, 'input', 'toEvent', 'schema'];

/**
 * An actor for each key, started by its first message. It answers a request by `replyTo`, or, when it
 * is a function or a server, by what it returns; the answer is sent as JSON, bytes as they are. An
 * actor that fails or ends fails the requests that wait for it, and the key's next message starts
 * another one.
 *
 * @throws InvalidShardingOptionError
 */
export function actorHandler(
  behaviorOf: (key: string) => KeyBehavior | PromiseLike<KeyBehavior>,
  options: ActorHandlerOptions = {},
): KeyHandler {
  checkOptionNames(options, OPTIONS);
  if (typeof behaviorOf !== 'function') {
    throw new InvalidShardingOptionError(`behaviorOf is ${preview(behaviorOf)}`);
  }
  const { input = (key) => ({ key }), toEvent = eventOf, schema = null, ...rest } = options;
  if (schema !== null && !isSchema(schema)) {
    throw new InvalidShardingOptionError(`schema must implement Standard Schema v1`);
  }
  const { clock = systemClock, onError = warnOfKey, idleMs = SHARDING.actorIdleMs } = rest;
  const tell = guarded<KeyFailure>('onError', onError);
  const actorClock = chartClock(clock);
  return keyHandler(
    async (key, { leave }) => {
      const launch = launching(await behaviorOf(key), {
        ...{ input: input(key), id: undefined, chartClock: actorClock },
        ...{ maxMailbox: LIMITS.maxMailbox, introduce: () => {} },
      });
      const failed = (error: unknown) => tell({ key, error });
      return new KeyActor({ toEvent, leave, failed }).start(checked(launch, schema));
    },
    { ...rest, clock, onError, idleMs },
  );
}

function launching(behavior: unknown, options: Parameters<typeof launchOf>[1]): Launch {
  if (isActor(behavior)) {
    return (owner, ready) => {
      const hosted = new LogicActor(behavior, owner);
      if (hosted.start()) ready(hosted);
    };
  }
  const sorted = sortBehavior(behavior);
  if (sorted) return launchOf(sorted, options);
  throw new InvalidShardingOptionError(`the behavior of a key is ${preview(behavior)}`);
}

/** Not by its class: it may be of another copy of XState. */
function isActor(value: unknown): value is AnyActor {
  const has = (name: string) => typeof Reflect.get(Object(value), name) === 'function';
  return has('send') && has('start') && has('getSnapshot') && has('subscribe');
}

function eventOf({ type, data }: Envelope): unknown {
  const payload = readPayload(data, { of: 'input', type, schema: null });
  if (payload === undefined) return { type };
  const isFields = typeof payload === 'object' && payload !== null && !Array.isArray(payload);
  return isFields ? { ...payload, type } : { type, data: payload };
}
