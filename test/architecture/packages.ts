import type { Import } from './imports.ts';
import { partOf } from './layers.ts';

/** Questions about a text; nothing is opened. */
const PURE_NET = ['isIP', 'isIPv4', 'isIPv6', 'BlockList'];
const PURE = ['membership', 'wire'];

/** What is wrong with one import from outside this package, or null. */
export function packageProblem(path: string, imported: Import): string | null {
  const specifier = imported.specifier ?? '';
  const part = partOf(path);
  if (isOf(specifier, 'rxjs') && !imported.typeOnly && !mayUseRxjs(path)) {
    return 'loads rxjs, which belongs to api/, inspect/ and the observe.ts of actors/ and sharding/: offer a callback here and make the stream there (`import type` is free)';
  }
  if (PURE.includes(part) && (isOf(specifier, 'xstate') || isOf(specifier, '@xstate'))) {
    return `uses xstate in ${part}/, which holds plain values and bytes: what needs a chart goes to machines/`;
  }
  if (isSocketModule(specifier) && !imported.typeOnly && part !== 'transport') {
    const pure =
      specifier === 'node:net' && imported.names?.every((name) => PURE_NET.includes(name));
    if (!pure) {
      return `loads ${specifier}: sockets live in transport/ only, others get a Network (ports.ts); only ${PURE_NET.join(', ')} are free, by name`;
    }
  }
  if (PURE.includes(part) && isImpureBuiltin(imported)) {
    return `loads ${specifier} in ${part}/, which reads no clock, no randomness and does no I/O: pass the value in (ports.ts)`;
  }
  return null;
}

function isOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`);
}

function mayUseRxjs(path: string): boolean {
  const part = partOf(path);
  if (part === 'api' || part === 'inspect') return true;
  return (part === 'actors' || part === 'sharding') && path.endsWith('/observe.ts');
}

function isSocketModule(specifier: string): boolean {
  return ['node:net', 'node:tls', 'net', 'tls'].includes(specifier);
}

/** node:crypto hashes without a side effect; its random functions are found by name (habits.ts). */
function isImpureBuiltin({ specifier, typeOnly }: Import): boolean {
  if (specifier === null || typeOnly || !specifier.startsWith('node:')) return false;
  return !['node:buffer', 'node:crypto', 'node:net', 'node:util'].includes(specifier);
}
