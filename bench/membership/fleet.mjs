// Starts node processes and asks them things; every wait has a deadline.
import { fork } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = new URL('node.mjs', import.meta.url);
const DEADLINE_MS = 30_000;

export class BenchNode {
  constructor(name) {
    this.name = name;
    this.messages = [];
    this.process = fork(PROGRAM, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.process.on('message', (message) => this.messages.push(message));
  }

  tell(type, fields = {}) {
    this.process.send({ type, ...fields });
  }

  /** The first message from index `from` on that fits. */
  async message(fits, from = 0) {
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const found = this.messages.slice(from).find(fits);
      if (found) return found;
      await once(this.process, 'message', { signal: deadline });
    }
  }

  async ask(type, fields, answer) {
    const from = this.messages.length;
    this.tell(type, fields);
    return this.message((message) => message.type === answer, from);
  }

  kill(signal) {
    this.process.kill(signal);
  }

  async end() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.kill('SIGKILL');
    await exited;
  }
}

/** Node 0 is up first; then all others start at the same moment with node 0 as their seed. */
export async function startFleet(size, config) {
  const nodes = Array.from({ length: size }, (_, index) => new BenchNode(`n${index}`));
  await Promise.all(nodes.map((node) => node.message(({ type }) => type === 'ready')));
  const [first, ...others] = nodes;
  const base = { host: '127.0.0.1', port: 0, ...config };
  const { id } = await first.ask('start', { config: { ...base, nodeName: 'n0' } }, 'started');
  const starts = await Promise.all(
    others.map((node) =>
      node.ask('start', { config: { ...base, nodeName: node.name, seeds: [id] } }, 'starting'),
    ),
  );
  const meshed = await Promise.all(
    nodes.map((node) =>
      node.message(({ type, count }) => type === 'connected' && count === size - 1),
    ),
  );
  return { nodes, meshMs: latest(meshed) - latest(starts) };
}

export async function endFleet(nodes) {
  await Promise.all(nodes.map((node) => node.end()));
}

export const latest = (messages) => Math.max(...messages.map(({ at }) => at));
