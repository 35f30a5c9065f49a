// The peers are no dependencies of the project: they are installed beside it, here, when they are to
// be measured.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** Why the versions of the manifest are not all there; null when they are. */
export function install() {
  // No scripts: what has no binary for this machine in its package is left out, not compiled.
  const { status, stderr } = spawnSync(
    'npm',
    ['install', '--prefix', FOLDER, '--ignore-scripts', '--no-save'],
    { cwd: FOLDER, encoding: 'utf8' },
  );
  if (status === 0) return null;
  const [, error] = /^npm error (?!code |errno |syscall )(.+)$/m.exec(stderr ?? '') ?? [];
  return error ?? lastLine(stderr ?? 'there is no npm');
}

/** Why a package cannot be used on this machine; null when it can. */
export function problemOf(name) {
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `await import(${JSON.stringify(name)}); process.exit();`],
    { cwd: FOLDER, encoding: 'utf8' },
  );
  if (status === 0) return null;
  const [, error] = /^\w*Error[^:]*: (.+)$/m.exec(stderr) ?? [];
  return `${name} cannot be loaded: ${error ?? lastLine(stderr)}`;
}

export function versionOf(name) {
  const manifest = new URL(`node_modules/${name}/package.json`, import.meta.url);
  return `${name} ${JSON.parse(readFileSync(manifest, 'utf8')).version}`;
}

/** `nats-server: v2.9.10`, say; null when it is not installed. */
export function natsServer() {
  const { status, stdout } = spawnSync('nats-server', ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : null;
}

const lastLine = (text) => text.trim().split('\n').at(-1);
