import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Which copy of each peer a consumer has installed. */
export const PEERS = {
  newest: { xstate: 'xstate', rxjs: 'rxjs' },
  lowest: { xstate: 'xstate-lowest', rxjs: 'rxjs-lowest' },
} as const;

const SHARED = ['@noble/hashes', 'lru-cache', 'msgpackr', 'valibot', '@types/node'];

export interface Tarball {
  readonly path: string;
  /** Paths inside the package, sorted. */
  readonly files: readonly string[];
  remove(): void;
}

/** Packs what was built, as `npm publish` would. */
export function packTarball(): Tarball {
  const folder = mkdtempSync(join(tmpdir(), 'chartmesh-pack-'));
  // `npm test` has just built it, and others start nodes from it at the moment.
  const args = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', args, { cwd: ROOT });
  const [name = ''] = readdirSync(folder);
  const path = join(folder, name);
  const listing = execFileSync('tar', ['-tzf', path], { encoding: 'utf8' });
  return {
    path,
    files: listing
      .trim()
      .split('\n')
      .map((line) => line.replace(/^package\//, ''))
      .sort(),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Consumer {
  write(file: string, text: string): void;
  /** Runs one of its files with plain node. */
  node(file: string): Run;
  /** Compiles it; one line a diagnostic. */
  tsc(): readonly string[];
  remove(): void;
}

/**
 * Somebody's project with the package installed: unpacked, not linked, because a link would let the
 * package find this repository's node_modules and hide a dependency it does not declare.
 */
export function installConsumer(tarball: string, peers: keyof typeof PEERS): Consumer {
  const folder = mkdtempSync(join(tmpdir(), `chartmesh-${peers}-`));
  const modules = join(folder, 'node_modules');
  const home = join(modules, 'chartmesh');
  mkdirSync(home, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', home, '--strip-components=1']);
  const links = [...Object.entries(PEERS[peers]), ...SHARED.map((name) => [name, name] as const)];
  for (const [name, installedAs] of links) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', installedAs), join(modules, name), 'dir');
  }
  const write = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const run = (...args: readonly string[]): Run =>
    spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 30_000 });
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'module' }));

  return {
    write,
    // Node 20 calls `require` of an ES module experimental, which is not ours to say.
    node: (file) => run('--disable-warning=ExperimentalWarning', file),
    tsc: () => {
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout } = run(compiler, '-p', '.', '--pretty', 'false');
      return stdout.split('\n').filter((line) => line.includes('error TS'));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
