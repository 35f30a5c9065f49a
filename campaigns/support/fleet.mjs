// Nodes in processes of their own, and what they tell; every wait has a deadline.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';

const PROGRAM = new URL('node-process.mjs', import.meta.url);
const DEADLINE_MS = 120_000;

/** One clock for all processes of a machine. */
export const timeNow = () => performance.timeOrigin + performance.now();

export class NodeProcess {
  /** Everything it has told, in order, each with `at`. */
  messages = [];
  id = '';
  #waiting = new Set();
  #calls = 0;

  constructor(name) {
    this.name = name;
    this.spawnedAt = timeNow();
    this.process = fork(PROGRAM, {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.process.on('message', (message) => {
      this.messages.push(message);
      for (const look of [...this.#waiting]) look();
    });
    this.process.once('exit', () => {
      for (const look of [...this.#waiting]) look();
    });
  }

  get isOver() {
    return this.process.exitCode !== null || this.process.signalCode !== null;
  }

  get mark() {
    return this.messages.length;
  }

  /** The first message from index `from` on that fits. */
  message(fits, what, from = 0, withinMs = DEADLINE_MS) {
    return new Promise((resolve, reject) => {
      let next = from;
      const finish = (end) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        end();
      };
      const look = () => {
        for (; next < this.messages.length; next += 1) {
          const message = this.messages[next];
          if (fits(message)) return finish(() => resolve(message));
        }
        if (this.isOver) finish(() => reject(new Error(`${this.name} ended without ${what}`)));
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`${this.name}: no ${what} in ${withinMs} ms`))),
        withinMs,
      );
      this.#waiting.add(look);
      look();
    });
  }

  /** Calls one of the commands of node-process.mjs. */
  async ask(command, ...args) {
    this.#calls += 1;
    const number = this.#calls;
    const from = this.mark;
    this.process.send({ number, command, args });
    const fits = (message) => message.type === 'reply' && message.number === number;
    const { value, error } = await this.message(fits, command, from);
    if (error !== undefined) throw new Error(`${this.name}: ${command}: ${error}`);
    return value;
  }

  /** With a size, the node tells of a mesh of so many instead of each single nodeUp before. */
  async start(config, size) {
    const base = { host: '127.0.0.1', port: 0, nodeName: this.name };
    this.id = await this.ask('start', { ...base, ...config }, size);
    return this.id;
  }

  get port() {
    return Number(this.id.slice(this.id.lastIndexOf(':') + 1));
  }

  up(nodeId, from = 0, withinMs = DEADLINE_MS) {
    const fits = (message) => message.type === 'up' && message.nodeId === nodeId;
    return this.message(fits, `nodeUp of ${nodeId}`, from, withinMs);
  }

  down(nodeId, from = 0, withinMs = DEADLINE_MS) {
    const fits = (message) => message.type === 'down' && message.nodeId === nodeId;
    return this.message(fits, `nodeDown of ${nodeId}`, from, withinMs);
  }

  downs(from = 0) {
    return this.messages.slice(from).filter(({ type }) => type === 'down');
  }

  /** Connected to as many as `start` was told. */
  meshed(withinMs = DEADLINE_MS) {
    return this.message(({ type }) => type === 'meshed', 'mesh', 0, withinMs);
  }

  kill(signal = 'SIGKILL') {
    this.process.kill(signal);
    return timeNow();
  }

  /** Leaves the cluster, then exits by itself. */
  async leave() {
    const exited = once(this.process, 'exit');
    await this.ask('stop');
    this.process.disconnect();
    await exited;
  }

  async end() {
    if (this.isOver) return;
    const exited = once(this.process, 'exit');
    this.kill();
    await exited;
  }
}

/** Runs `work` with a list that it fills with processes, and ends them all. */
export async function withProcesses(work) {
  const processes = [];
  try {
    return await work((name) => {
      const node = new NodeProcess(name);
      processes.push(node);
      return node;
    });
  } finally {
    await Promise.all(processes.map((node) => node.end()));
  }
}

/** A port that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
