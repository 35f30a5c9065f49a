import type { SimulatedMachine } from './simulated-machine.ts';

/** Who of them is not connected with exactly the others, as a sentence; null when all agree. */
export function disagreement(
  nodes: readonly SimulatedMachine[],
  nameOf: (id: string) => string,
): string | null {
  const complaints = nodes.flatMap((node) => complaintOf(node, nodes, nameOf) ?? []);
  return complaints.length === 0 ? null : complaints.join('; ');
}

/** Those that should find each other: they run, are about to, or should have. */
export function isExpected(node: SimulatedMachine): boolean {
  if (node.isFrozen) return false;
  return node.status === 'starting' || node.status === 'running' || node.startError !== null;
}

function complaintOf(
  node: SimulatedMachine,
  all: readonly SimulatedMachine[],
  nameOf: (id: string) => string,
): string | null {
  const { name, startError } = node;
  if (startError !== null) return `${name} could not start: ${String(startError)}`;
  if (node.isFrozen) return `${name} is frozen`;
  if (node.status !== 'running') return `${name} is ${node.status}`;
  const connected = new Set<string>(node.cluster.getConnectedNodes().map(({ id }) => id));
  const missing: string[] = [];
  for (const other of all) {
    if (other !== node && !connected.delete(other.id)) missing.push(other.name);
  }
  const words = [
    ...(missing.length > 0 ? [`does not see ${missing.join(' and ')}`] : []),
    ...(connected.size > 0 ? [`still sees ${[...connected].map(nameOf).join(' and ')}`] : []),
  ];
  return words.length === 0 ? null : `${name} ${words.join(' and ')}`;
}
