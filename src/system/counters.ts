import type { CounterName, Counters } from '../ports.ts';

export function createCounters(): Counters {
  const values = new Map<CounterName, number>();
  const get = (name: CounterName) => values.get(name) ?? 0;
  return {
    add: (name, by = 1) => {
      values.set(name, get(name) + by);
    },
    get,
  };
}
