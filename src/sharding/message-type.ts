import { MessageTypeError } from '../errors/handlers.ts';

/** Their names say nothing of what they hold. */
const NAMELESS: ReadonlySet<unknown> = new Set([Object, Array, Map, Set, Date, Uint8Array, Buffer]);

/**
 * Of which type a payload is: by its method or property `messageType`, by its method `MessageType`, by
 * the static one of its class, or by the name of its class. A bundler may change such names: whoever
 * uses one, or may rename a class, had better say the type.
 *
 * @throws MessageTypeError
 */
export function messageTypeOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null) throw new MessageTypeError(payload);
  const own =
    said(payload, payload, 'messageType') ??
    said(payload, payload, 'MessageType') ??
    ofClass(payload.constructor, payload);
  if (own === undefined || own === '') throw new MessageTypeError(payload);
  return own;
}

function ofClass(made: unknown, payload: object): string | undefined {
  if (typeof made !== 'function' || NAMELESS.has(made)) return undefined;
  return said(made, payload, 'messageType') ?? made.name;
}

function said(where: object, payload: object, name: string): string | undefined {
  const value: unknown = Reflect.get(where, name);
  const type: unknown = typeof value === 'function' ? value.call(where) : value;
  if (value !== undefined && typeof type !== 'string') throw new MessageTypeError(payload);
  return typeof type === 'string' ? type : undefined;
}
