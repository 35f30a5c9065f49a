import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Observable, Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { createCluster } from '../../src/index.ts';

const ENTRY = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
const LIST_LOADED = `
  import { createRequire } from 'node:module';
  await import(process.argv[1]);
  console.log(Object.keys(createRequire(import.meta.url).cache).join('\\n'));
`;

/** CommonJS files of other packages, as Node reports them after the package was imported. */
function loadedFiles(): string[] {
  const args = ['--input-type=module', '-e', LIST_LOADED, ENTRY];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim().split('\n');
}

test('loading the package loads the few files of rxjs it uses, and no native addon', () => {
  const loaded = loadedFiles();
  const ofRxjs = loaded.filter((path) => path.includes('/rxjs/'));
  expect(ofRxjs.length).toBeGreaterThan(5);
  expect(ofRxjs.length).toBeLessThan(40);
  expect(loaded.filter((path) => path.endsWith('.node'))).toEqual([]);
});

test('its observables are those of the rxjs that a service imports', () => {
  const cluster = createCluster();
  expect(cluster.nodes$).toBeInstanceOf(Observable);
  expect(cluster.nodeUp$).toBeInstanceOf(Observable);
  const relayed = new Subject<string>();
  const seen: string[] = [];
  relayed.subscribe((status) => seen.push(status));
  cluster.status$.subscribe(relayed);
  expect(seen).toEqual(['stopped']);
});
