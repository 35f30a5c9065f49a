/** Two copies of the package in one process have two default nodes; hardly ever is that meant. */
const REGISTRY = Symbol.for('chartmesh.copies');
const THIS_COPY = Symbol('chartmesh copy');
let hasWarned = false;

export function warnOfSecondCopy(): void {
  const known: unknown = Reflect.get(globalThis, REGISTRY);
  const copies = known instanceof Set ? known : new Set<unknown>();
  Reflect.set(globalThis, REGISTRY, copies.add(THIS_COPY));
  if (copies.size < 2 || hasWarned) return;
  hasWarned = true;
  process.emitWarning(
    'chartmesh is loaded twice in this process, and each copy has its own default node. ' +
      'Let the package manager deduplicate it.',
    { code: 'CHARTMESH_SECOND_COPY' },
  );
}
