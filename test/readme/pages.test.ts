import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { FIXED, LIMITS } from '../../src/limits.ts';
import { backticked, fencedBlocks, localLinks, section, tableRows } from './markdown.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const PAGES = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const { scripts, version } = packageFile();

describe.each(PAGES)('%s', (page) => {
  test('links to files that exist', () => {
    const dead = localLinks(read(page)).filter(
      (target) => !existsSync(join(root, dirname(page), target)),
    );
    expect(dead).toEqual([]);
  });

  test('names scripts that exist', () => {
    const named = [...read(page).matchAll(/npm run ([\w:]+)/g)].map((match) => match[1] ?? '');
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  test('names files of the project that exist', () => {
    const paths = backticked(read(page)).filter((text) =>
      /^(?:src|test|examples|docs|scripts|bench)\/[\w./-]*$/.test(text),
    );
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

test('ARCHITECTURE.md shows the layers that are checked', () => {
  const [drawn = ''] = fencedBlocks(read('ARCHITECTURE.md'), 'text');
  const layers = drawn.split(/->|,|[{}\s]/).filter((word) => word !== '');
  const present = readdirSync(join(root, 'src')).map((name) => name.replace(/\.ts$/, ''));
  expect(present.filter((name) => !layers.includes(name))).toEqual([]);

  const described = tableRows(section(read('ARCHITECTURE.md'), 'Layers')).flatMap(([folder = '']) =>
    backticked(folder).map((name) => name.replace(/\.ts$|\/$/, '')),
  );
  expect([...described, 'index'].sort()).toEqual([...layers].sort());
});

test('SECURITY.md names the bounds that hold', () => {
  const page = read('SECURITY.md').replace(/\s+/g, ' ');
  const number = (value: number) => value.toLocaleString('en');
  for (const sentence of [
    `at most ${number(FIXED.maxPreAuthFrameBytes)} bytes each`,
    `At most ${LIMITS.maxPendingHandshakes} handshakes are under way at once, ` +
      `${LIMITS.maxPendingPerAddress} from one address; ` +
      `each has ${LIMITS.helloTimeoutMs / 1_000} s for its first complete message ` +
      `and ${LIMITS.handshakeTimeoutMs / 1_000} s in all`,
    `${LIMITS.acceptsPerSecond} links are accepted per second after a burst of ${LIMITS.acceptBurst}`,
    `\`limits.secretGraceMs\` (${LIMITS.secretGraceMs / 60_000} minutes by default)`,
    `use ${FIXED.weakSecretBytes} bytes or more`,
  ]) {
    expect(page).toContain(sentence);
  }
});

test('CHANGELOG.md has an entry for the version of the package', () => {
  expect(read('CHANGELOG.md')).toContain(`\n## [${version}]`);
});

function packageFile(): { readonly scripts: object; readonly version: string } {
  const parsed: unknown = JSON.parse(read('package.json'));
  const scripts: unknown = Reflect.get(Object(parsed), 'scripts');
  const version: unknown = Reflect.get(Object(parsed), 'version');
  return { scripts: Object(scripts), version: String(version) };
}
