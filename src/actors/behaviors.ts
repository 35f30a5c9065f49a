/** Actor logic under a name, so that another node can spawn it. */
import { BehaviorAlreadyRegisteredError } from '../errors.ts';

export interface Behaviors {
  /** @throws BehaviorAlreadyRegisteredError */
  register(name: string, behavior: unknown): void;
  get(name: string): unknown;
  has(name: string): boolean;
  /** Whether there was one. */
  unregister(name: string): boolean;
  /** Sorted. */
  getNames(): readonly string[];
}

export function createBehaviors(): Behaviors {
  const behaviors = new Map<string, unknown>();
  return {
    register: (name, behavior) => {
      if (behaviors.has(name)) throw new BehaviorAlreadyRegisteredError(name);
      behaviors.set(name, behavior);
    },
    get: (name) => behaviors.get(name),
    has: (name) => behaviors.has(name),
    unregister: (name) => behaviors.delete(name),
    getNames: () => [...behaviors.keys()].sort(),
  };
}
