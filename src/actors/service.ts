/**
 * Actor 0 of every node: what nodes tell and ask each other about actors. A message is
 * `[verb, ...fields]`; who knows the verb takes the fields.
 */
import type { Hosted, Present } from './hosted.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';

export const SERVICE = 0;

type Fields = readonly unknown[];

/** What the fields hold comes from another node: nothing is said about their types. */
export interface ServicePart {
  readonly sends?: Readonly<Record<string, (fields: Fields, from: Line) => void>>;
  readonly asks?: Readonly<Record<string, (fields: Fields, replyTo: ReplyTo, from: Line) => void>>;
  /** Another life of a node can be reached from now on. */
  met?(line: Line): void;
  /** It is gone. */
  lost?(line: Line): void;
  /** This node stops. */
  stop?(): void;
}

export class Service implements Hosted {
  readonly #parts: readonly ServicePart[];
  readonly #sends: ReadonlyMap<unknown, (fields: Fields, from: Line) => void>;
  readonly #asks: ReadonlyMap<unknown, (fields: Fields, replyTo: ReplyTo, from: Line) => void>;

  constructor(parts: readonly ServicePart[]) {
    this.#parts = parts;
    this.#sends = new Map(parts.flatMap(({ sends = {} }) => Object.entries(sends)));
    this.#asks = new Map(parts.flatMap(({ asks = {} }) => Object.entries(asks)));
  }

  /** A verb of a later release is ignored. */
  send(message: unknown, from: Line): void {
    const [verb, ...fields]: Fields = Array.isArray(message) ? message : [];
    this.#sends.get(verb)?.(fields, from);
  }

  ask(message: unknown, replyTo: ReplyTo, from: Line): void {
    const [verb, ...fields]: Fields = Array.isArray(message) ? message : [];
    const answer = this.#asks.get(verb);
    if (answer) answer(fields, replyTo, from);
    else replyTo.fail('failed', 'no');
  }

  /** Nobody looks into it. */
  snapshot(): Present | null {
    return null;
  }

  observe(): () => void {
    return () => {};
  }

  met(line: Line): void {
    for (const part of this.#parts) part.met?.(line);
  }

  lost(line: Line): void {
    for (const part of this.#parts) part.lost?.(line);
  }

  stop(): void {
    for (const part of this.#parts) part.stop?.();
  }
}
