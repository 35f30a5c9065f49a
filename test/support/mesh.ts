import type { Journal } from './journal.ts';

interface Meshed {
  readonly id: string;
  readonly journal: Journal;
}

/** Everybody has reported everybody else. */
export async function waitForMesh(nodes: readonly Meshed[], withinMs: number): Promise<void> {
  const ids = nodes.map(({ id }) => id);
  const waits = nodes.flatMap(({ id, journal }) =>
    ids.filter((other) => other !== id).map((other) => journal.waitForUp(other, withinMs)),
  );
  await Promise.all(waits);
}
