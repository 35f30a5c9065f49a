import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { violationsIn } from './architecture/check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function sources(): ReadonlyMap<string, string> {
  const paths = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
    .map((path) => `src/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts'));
  return new Map(paths.map((path) => [path, readFileSync(root + path, 'utf8')]));
}

function violationsOf(path: string, ...lines: readonly string[]): readonly string[] {
  return violationsIn(new Map([[path, `${lines.join('\n')}\n`]]));
}

test('the source tree keeps to its architecture', () => {
  const files = sources();
  expect(files.size).toBeGreaterThan(10);
  expect(violationsIn(files).join('\n')).toBe('');
});

describe('a planted violation is found:', () => {
  const planted: readonly (readonly [name: string, path: string, line: string, says: string])[] = [
    ['an import upwards', 'src/wire/frame.ts', "import { x } from '../node/x.ts';", 'stands above'],
    ['a type upwards', 'src/node/a.ts', "import type { X } from '../api/x.ts';", 'stands above'],
    [
      'a neighbour',
      'src/wire/a.ts',
      "import type { X } from '../membership/x.ts';",
      'stands beside',
    ],
    ['a neighbour on top', 'src/index.ts', "export * from './testing/x.ts';", 'stands beside'],
    ['system as a neighbour', 'src/system/a.ts', "import '../transport/x.ts';", 'stands beside'],
    [
      'the ground looking up',
      'src/ports.ts',
      "import type { X } from './wire/x.ts';",
      'stands above',
    ],
    [
      'a dynamic import',
      'src/actors/a.ts',
      "const x = await import('../api/x.ts');",
      'stands above',
    ],
    ['a type in place', 'src/actors/a.ts', "let x: import('../api/x.ts').X;", 'stands above'],
    ['a computed import', 'src/actors/a.ts', 'const x = await import(name);', 'plain string'],
    ['a way out of src', 'src/api/a.ts', "import x from '../../test/x.ts';", 'out of src'],
    ['its own package', 'src/api/a.ts', "import { Cluster } from 'chartmesh';", 'relative path'],
    ['an unknown folder', 'src/misc/a.ts', 'export const a = 1;', 'not part of the layout'],
    ['rxjs in the node', 'src/node/a.ts', "import { Subject } from 'rxjs';", 'loads rxjs'],
    ['inline rxjs types', 'src/node/a.ts', "import { type X } from 'rxjs';", 'loads rxjs'],
    ['rxjs operators', 'src/actors/a.ts', "import { map } from 'rxjs/operators';", 'loads rxjs'],
    ['xstate in values', 'src/membership/a.ts', "import type { X } from 'xstate';", 'machines/'],
    ['a socket', 'src/node/a.ts', "import { connect } from 'node:net';", 'transport/ only'],
    [
      'a server',
      'src/membership/a.ts',
      "import { isIP, Server } from 'node:net';",
      'transport/ only',
    ],
    ['tls', 'src/api/a.ts', "import * as tls from 'node:tls';", 'transport/ only'],
    ['a file read', 'src/wire/a.ts', "import { readFileSync } from 'node:fs';", 'no I/O'],
    ['random bytes', 'src/wire/a.ts', "import { randomBytes } from 'node:crypto';", 'Random'],
    ['the date', 'src/node/a.ts', 'const at = Date.now();', 'Clock'],
    ['the date, made new', 'src/node/a.ts', 'const at = new Date();', 'Clock'],
    ['performance', 'src/api/a.ts', 'const at = performance.now();', 'Clock'],
    ['a timeout', 'src/machines/a.ts', 'setTimeout(() => run(), 5);', 'Clock'],
    ['a global timeout', 'src/api/a.ts', 'globalThis.setTimeout(run, 5);', 'Clock'],
    ['an interval', 'src/api/a.ts', 'const start = setInterval;', 'Clock'],
    ['an immediate', 'src/api/a.ts', 'setImmediate(run);', 'Clock'],
    ['a tick', 'src/api/a.ts', 'process.nextTick(run);', 'Clock'],
    ['a microtask', 'src/api/a.ts', 'queueMicrotask(run);', 'Clock'],
    ['chance', 'src/machines/a.ts', 'const x = Math.random();', 'Random'],
    [
      'chance in a template',
      'src/api/a.ts',
      'const x = `id-$' + '{`$' + '{Math.random()}`}`;',
      'Random',
    ],
    ['printing', 'src/inspect/a.ts', 'console.log(1);', 'Logger'],
    ['a default export', 'src/api/a.ts', 'export default 1;', 'by name'],
    ['an enum', 'src/api/a.ts', 'export const enum Colour { Red }', 'union'],
    ['any', 'src/api/a.ts', 'export const a: Record<string, any> = {};', 'unknown'],
    ['a double cast', 'src/api/a.ts', 'export const a = b as unknown as C;', 'narrow'],
    ['a nameless file', 'src/api/utils.ts', 'export const a = 1;', 'says nothing'],
    ['a file of 401 lines', 'src/api/a.ts', '\n'.repeat(400), '401 lines'],
    ['code behind a regular expression', 'src/api/a.ts', 'x(/["\'`/*]/); Date.now();', 'Clock'],
  ];

  test.each(planted)('%s', (_name, path, line, says) => {
    const found = violationsOf(path, line);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(path);
    expect(found[0]).toContain(says);
  });
});

describe('what is meant to be allowed is not reported:', () => {
  const allowed: readonly (readonly [name: string, path: string, line: string])[] = [
    ['downwards', 'src/api/a.ts', "import { x } from '../node/x.ts';"],
    ['several floors down', 'src/testing/a.ts', "import { x } from '../limits.ts';"],
    ['its own folder', 'src/sharding/carriers/nats.ts', "import { x } from '../hash.ts';"],
    ['the ground among itself', 'src/errors.ts', "import type { X } from './ports.ts';"],
    ['rxjs in the facade', 'src/api/observe.ts', "import { Observable } from 'rxjs';"],
    ['rxjs in an observe.ts', 'src/actors/observe.ts', "import { Observable } from 'rxjs';"],
    ['types of rxjs', 'src/actors/ref.ts', "import type { Observable } from 'rxjs';"],
    ['xstate in the charts', 'src/machines/peer.ts', "import { setup } from 'xstate';"],
    ['a socket in its home', 'src/transport/tcp.ts', "import { connect } from 'node:net';"],
    ['types of tls', 'src/api/config.ts', "import type { TlsOptions } from 'node:tls';"],
    [
      'reading an address',
      'src/membership/a.ts',
      "import { isIPv4, isIPv6 as v6 } from 'node:net';",
    ],
    ['a hash', 'src/wire/a.ts', "import { createHmac } from 'node:crypto';"],
    ['the clock passed in', 'src/node/a.ts', 'clock.setTimeout(run, 5);'],
    [
      'a method of that name',
      'src/testing/a.ts',
      'class C { setTimeout(a: () => void): Timer { } }',
    ],
    [
      'a signature of that name',
      'src/ports.ts',
      'interface C { setTimeout(a: () => void): Timer }',
    ],
    ['real time in its home', 'src/system/clock.ts', 'const at = performance.now();'],
    [
      'words in comments',
      'src/api/a.ts',
      "/* any Date.now() */ // import '../index.ts' console.log",
    ],
    ['words in strings', 'src/api/a.ts', "const a = 'any console.log'; const b = `Date.now()`;"],
    ['words in regular expressions', 'src/api/a.ts', 'const a = /any|[/]console./.test(b);'],
    ['a division', 'src/api/a.ts', 'const a = b / c; const d = e / f;'],
    ['a method called any', 'src/api/a.ts', 'const a = AbortSignal.any([]); const b = v.enum(x);'],
  ];

  test.each(allowed)('%s', (_name, path, line) => {
    expect(violationsOf(path, line)).toEqual([]);
  });
});

test('a violation names its file, its line and the way out', () => {
  expect(violationsOf('src/wire/frame.ts', '// a comment', '', "import '../api/x.ts';")).toEqual([
    'src/wire/frame.ts:3: wire imports api, which stands above it; imports go {testing, index} -> api -> sharding -> actors -> node -> {machines, transport, system, inspect} -> {membership, wire} -> {ports, limits, errors}: move the shared value down, or pass it in from above',
  ]);
});
