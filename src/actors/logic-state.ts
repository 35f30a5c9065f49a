/** What others may see of a snapshot of XState; its children and what they hold stay where they are. */
export interface LogicSnapshot<TContext = unknown> {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  /** Of a machine: in which states it is. */
  readonly value?: unknown;
  readonly context?: TContext;
  readonly output?: unknown;
  readonly error?: unknown;
}

const FIELDS = ['status', 'value', 'context', 'output', 'error'] as const;

/** Fields without a value are left out. */
export function stateOf(snapshot: object): Readonly<Record<string, unknown>> {
  const state: Record<string, unknown> = {};
  for (const field of FIELDS) {
    const value: unknown = Reflect.get(snapshot, field);
    if (value !== undefined) state[field] = value;
  }
  return state;
}
