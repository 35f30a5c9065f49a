/** Somebody's project with the seeds' own import names, both answered by this package. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const ALIASES = ['noex', '@hamicek/noex'];
const LINKS = ['xstate', 'rxjs', '@types/node'];

const COMPILER_OPTIONS = {
  target: 'es2022',
  module: 'nodenext',
  types: ['node'],
  strict: true,
  skipLibCheck: true,
  outDir: 'out',
  rootDir: '.',
};

export interface Project {
  readonly folder: string;
  write(file: string, text: string): void;
  /** Strips the types into `out/`, errors or not; one line a diagnostic. */
  compile(): readonly string[];
  remove(): void;
}

/** Without "type" in its package.json: `.ts` runs as CommonJS, as `npx tsx` would run it there. */
export function createProject(): Project {
  const folder = mkdtempSync(join(tmpdir(), 'chartmesh-seeds-'));
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const link = (name: string, target: string) => {
    const path = join(folder, 'node_modules', name);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(target, path, 'dir');
  };
  link('chartmesh', ROOT);
  for (const name of LINKS) link(name, join(ROOT, 'node_modules', name));
  for (const name of ALIASES) writeAlias(write, name);
  write('package.json', JSON.stringify({ name: 'program', private: true }));
  write('tsconfig.json', JSON.stringify({ compilerOptions: COMPILER_OPTIONS }));

  return {
    folder,
    write,
    compile: () => {
      const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout } = spawnSync(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], {
        cwd: folder,
        encoding: 'utf8',
      });
      return stdout.split('\n').filter((line) => line.includes('error TS'));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeAlias(write: Project['write'], name: string): void {
  const home = `node_modules/${name}`;
  const target = { types: './distribution.d.ts', default: './distribution.js' };
  const exports = { './distribution': target };
  write(`${home}/package.json`, JSON.stringify({ name, type: 'module', exports }));
  write(`${home}/distribution.js`, "export * from 'chartmesh';\n");
  write(`${home}/distribution.d.ts`, "export * from 'chartmesh';\n");
}
