import type { Hosted, HostedOwner, Present } from './hosted.ts';
import type { Launch } from './launch.ts';
import type { Line } from './line.ts';
import type { ReplyTo } from './reply-to.ts';
import { check, type StandardSchema } from './standard-schema.ts';

/** The same, but its messages are checked before it sees them; null: by nothing. */
export function checked(launch: Launch, schema: StandardSchema | null): Launch {
  if (schema === null) return launch;
  return (owner, ready) => {
    launch(owner, (hosted) => ready(new CheckedActor(hosted, schema, owner)));
  };
}

/** An actor that gets what a schema makes of its messages, and none that the schema refuses. */
class CheckedActor implements Hosted {
  readonly #hosted: Hosted;
  readonly #schema: StandardSchema;
  readonly #owner: HostedOwner;

  constructor(hosted: Hosted, schema: StandardSchema, owner: HostedOwner) {
    this.#hosted = hosted;
    this.#schema = schema;
    this.#owner = owner;
  }

  send(message: unknown, from: Line): void {
    const result = check(this.#schema, message);
    if (result.ok) this.#hosted.send(result.value, from);
    else this.#owner.dead('invalid', message, from, new TypeError(result.problem));
  }

  ask(message: unknown, replyTo: ReplyTo, from: Line): void {
    const result = check(this.#schema, message);
    if (result.ok) this.#hosted.ask(ownCopy(result.value), replyTo, from);
    else replyTo.fail('invalid', 'no', new TypeError(result.problem));
  }

  snapshot(): Present | null {
    return this.#hosted.snapshot();
  }

  observe(changed: () => void): () => void {
    return this.#hosted.observe(changed);
  }

  stop(error?: unknown): void {
    this.#hosted.stop(error);
  }
}

/** `replyTo` is added to an event that is asked, and a schema may give a frozen one, or one twice. */
function ownCopy(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null ? { ...value } : value;
}
