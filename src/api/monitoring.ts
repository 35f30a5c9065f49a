/** How users hear of the end of an actor. */
import type { Down, DownReason } from '../actors/down.ts';
import { Ref } from '../actors/ref.ts';

/** What an actor is sent that watches another one. */
export interface DownEvent extends Down {
  readonly type: 'down';
}

/**
 * A function, or any actor that takes the event: one of this process, or a reference. While too much
 * waits for the node of a reference the event is sent later, behind other messages maybe.
 */
export type DownHandler = ((down: Down) => unknown) | { send(event: DownEvent): void };

export interface Monitor {
  readonly ref: Ref;
  /** From now on nothing is told, not even what is on its way. */
  stop(): void;
}

export function downOf(ref: Ref, reason: DownReason, detail: unknown): Down {
  if (detail === undefined) return { ref, reason };
  return reason === 'normal' ? { ref, reason, output: detail } : { ref, reason, error: detail };
}

/** To a reference, now or when there is room; `plain` if `event` holds what cannot be sent. */
type Notify = (ref: Ref, event: DownEvent, plain: DownEvent) => void;

/** What calls the handler; `failed` hears what it throws or rejects with. */
export function teller(
  handler: DownHandler,
  notify: Notify,
  failed: (error: unknown) => void,
): (down: Down) => void {
  const call = callOf(handler, notify);
  return (down) => {
    try {
      const returned = call(down);
      if (returned instanceof Promise) returned.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

function callOf(handler: DownHandler, notify: Notify): (down: Down) => unknown {
  if (typeof handler === 'function') return handler;
  if (handler instanceof Ref) {
    return (down) => {
      const plain: DownEvent = { type: 'down', ref: down.ref, reason: down.reason };
      notify(handler, { ...plain, ...down }, plain);
    };
  }
  if (typeof handler?.send !== 'function')
    throw new TypeError('the handler must be a function or an actor');
  return (down) => handler.send({ type: 'down', ...down });
}
