import { posix } from 'node:path';
import type { Import } from './imports.ts';

/** From the top down; a module imports from rows below its own, and from its own folder. */
const LAYERS: readonly (readonly string[])[] = [
  ['testing', 'index'],
  ['api'],
  ['sharding'],
  ['actors'],
  ['node'],
  ['machines', 'transport', 'system', 'inspect'],
  ['membership', 'wire'],
  ['ports', 'limits', 'errors'],
];
const BASE = LAYERS.length - 1;

const DIRECTION = LAYERS.map((row) => (row.length === 1 ? row[0] : `{${row.join(', ')}}`)).join(
  ' -> ',
);

/** `src/api/cluster.ts` is in `api`, `src/ports.ts` is `ports`. */
export function partOf(path: string): string {
  const [first = ''] = path.replace(/^src\//, '').split('/');
  return first.replace(/\.ts$/, '');
}

function layerOf(part: string): number {
  return LAYERS.findIndex((row) => row.includes(part));
}

/** What is wrong with where the file lies, or null. */
export function placeProblem(path: string): string | null {
  const part = partOf(path);
  if (layerOf(part) !== -1) return null;
  return `"${part}" is not part of the layout: put the code where it belongs in ${DIRECTION}, or give it a row in test/architecture/layers.ts and in ARCHITECTURE.md`;
}

/** What is wrong with one import between modules of this package, or null. Types count too. */
export function directionProblem(path: string, { specifier }: Import): string | null {
  if (specifier === null) {
    return 'imports something computed, which nobody can check: write the specifier as a plain string';
  }
  if (specifier === 'chartmesh' || specifier.startsWith('chartmesh/')) {
    return `imports its own package as "${specifier}": import the file by its relative path`;
  }
  if (!specifier.startsWith('.')) return null;

  const target = posix.join(posix.dirname(path), specifier);
  if (!target.startsWith('src/')) return `reaches out of src for "${specifier}"`;
  const from = partOf(path);
  const to = partOf(target);
  const above = layerOf(from);
  const below = layerOf(to);
  if (from === to || above === -1 || above === BASE || below > above) {
    return above === BASE && below < BASE ? sentence(from, to, 'above it') : null;
  }
  return sentence(from, to, above === below ? 'beside it' : 'above it');
}

function sentence(from: string, to: string, where: string): string {
  return `${from} imports ${to}, which stands ${where}; imports go ${DIRECTION}: move the shared value down, or pass it in from above`;
}
