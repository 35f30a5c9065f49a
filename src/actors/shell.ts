/**
 * What XState asks of the target of `sendTo`, apart from taking events: there is nothing to see in
 * a reference to an actor that may run elsewhere.
 */
import { type AnyActorRef, createEmptyActor, type Snapshot, type Subscription } from 'xstate';

const NOTHING: Subscription = { unsubscribe: () => {} };
const SNAPSHOT: Snapshot<undefined> = { status: 'active', output: undefined, error: undefined };

let system: AnyActorRef['system'] | null = null;

export abstract class Shell {
  abstract readonly id: string;
  declare readonly [Symbol.observable]: AnyActorRef[typeof Symbol.observable];

  get src(): string {
    return 'chartmesh';
  }

  get sessionId(): string {
    return this.id;
  }

  /** Of no actor: XState wants one. */
  get system(): AnyActorRef['system'] {
    system ??= createEmptyActor().system;
    return system;
  }

  /** What `console.log` prints. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return `${this.constructor.name.replace(/^_/, '')}(${this.id})`;
  }

  start(): void {}

  getSnapshot(): Snapshot<undefined> {
    return SNAPSHOT;
  }

  getPersistedSnapshot(): Snapshot<unknown> {
    return SNAPSHOT;
  }

  subscribe(..._observer: readonly unknown[]): Subscription {
    return NOTHING;
  }

  on(..._handler: readonly unknown[]): Subscription {
    return NOTHING;
  }

  select<T>(selector: (snapshot: Snapshot<undefined>) => T) {
    return { subscribe: () => NOTHING, get: () => selector(SNAPSHOT) };
  }
}
