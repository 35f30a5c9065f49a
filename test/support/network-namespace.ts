/**
 * Network namespaces of this test process: machines of their own as far as TCP can tell.
 *
 * Every name says which process made it, so that what a crashed run left behind can be told from
 * what a run beside this one needs. Nothing outside such namespaces is ever changed.
 */
import { execFileSync } from 'node:child_process';
import { accessSync } from 'node:fs';

const PREFIX = 'chartmesh';
const NAME = new RegExp(`^${PREFIX}-(\\d+)-\\S+`);

let made = 0;

/** Runs a program and returns what it printed; throws with its complaint. */
export function run(program: string, args: readonly string[], input = ''): string {
  return execFileSync(program, args, { input, encoding: 'utf8', stdio: 'pipe' });
}

/** What this machine lacks for namespaces, or null. */
export function namespaceProblem(): string | null {
  if (process.platform !== 'linux') return 'network namespaces need Linux';
  if (process.getuid?.() !== 0) return 'network namespaces need root';
  for (const tool of ['ip', 'iptables', 'iptables-restore']) {
    const isThere = (process.env.PATH ?? '').split(':').some((folder) => canRun(folder, tool));
    if (!isThere) return `${tool} is not installed`;
  }
  try {
    const name = addNamespaces(['probe'])[0] ?? '';
    run('ip', ['netns', 'exec', name, 'iptables', '-A', 'INPUT', '-j', 'DROP']);
    deleteNamespace(name);
    return null;
  } catch (error) {
    return `no network namespace can be made: ${error}`;
  }
}

function canRun(folder: string, tool: string): boolean {
  try {
    accessSync(`${folder}/${tool}`);
    return true;
  } catch {
    return false;
  }
}

export function addNamespaces(labels: readonly string[]): readonly string[] {
  const names = labels.map((label) => {
    made += 1;
    return `${PREFIX}-${process.pid}-${made}${label}`;
  });
  ip(names.map((name) => `netns add ${name}`));
  return names;
}

/** Several commands of `ip` at once, inside a namespace if one is named. */
export function ip(lines: readonly string[], namespace?: string): void {
  const where = namespace === undefined ? [] : ['-n', namespace];
  run('ip', [...where, '-batch', '-'], `${lines.join('\n')}\n`);
}

/** With everything in it: its processes first, else it would live on without a name. */
export function deleteNamespace(name: string): void {
  for (const pid of run('ip', ['netns', 'pids', name]).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  run('ip', ['netns', 'delete', name]);
}

/** Deletes what runs that no longer exist left behind. */
export function sweepNamespaces(): void {
  const names = run('ip', ['netns', 'list']).split('\n');
  for (const line of names) {
    const [, pid] = NAME.exec(line) ?? [];
    const [name] = line.split(' ');
    if (name && pid && !isAlive(Number(pid))) deleteNamespace(name);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
