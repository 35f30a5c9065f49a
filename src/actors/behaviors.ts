/** Actor logic under a name, so that another node can spawn it. */
import { BehaviorAlreadyRegisteredError, InvalidBehaviorError } from '../errors/actors.ts';
import { preview } from '../errors.ts';
import { sortBehavior } from './behavior.ts';
import { type BehaviorOptions, checkOptions, type KnownOptions } from './behavior-options.ts';

const KINDS =
  'a behavior is XState logic, a function, or a server with init, handleCall and handleCast';

export interface Behaviors {
  /** @throws BehaviorAlreadyRegisteredError, InvalidBehaviorError (the behavior or the options) */
  register(name: string, behavior: unknown, options?: BehaviorOptions): void;
  get(name: string): unknown;
  /** With all defaults; undefined for a name that is not registered. */
  getOptions(name: string): KnownOptions | undefined;
  has(name: string): boolean;
  /** Whether there was one. Its actors run on. */
  unregister(name: string): boolean;
  /** Sorted. */
  getNames(): readonly string[];
}

export function createBehaviors(): Behaviors {
  const behaviors = new Map<string, { readonly behavior: unknown; readonly known: KnownOptions }>();
  return {
    register: (name, behavior, options = {}) => {
      if (behaviors.has(name)) throw new BehaviorAlreadyRegisteredError(name);
      if (!sortBehavior(behavior))
        throw new InvalidBehaviorError(name, `${KINDS}; this is ${preview(behavior)}`);
      behaviors.set(name, { behavior, known: checkOptions(name, options) });
    },
    get: (name) => behaviors.get(name)?.behavior,
    getOptions: (name) => behaviors.get(name)?.known,
    has: (name) => behaviors.has(name),
    unregister: (name) => behaviors.delete(name),
    getNames: () => [...behaviors.keys()].sort(),
  };
}
