// Legitimate nodes as their parent sees them; every wait has a deadline.
import { fork } from 'node:child_process';
import { once } from 'node:events';

const PROGRAM = new URL('member-program.mjs', import.meta.url);
const DEADLINE_MS = 20_000;

export const SECRET = 'a secret that only the legitimate nodes know';

export class Member {
  id = '';
  /** What it printed or how it ended, other than by `end`: nothing, in a sound node. */
  complaints = [];
  #process;
  #replies = new Map();
  #ups = new Map();
  #calls = 0;
  #isEnding = false;

  constructor(name) {
    this.name = name;
    this.#process = fork(PROGRAM, {
      execArgv: ['--expose-gc'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr.setEncoding('utf8').on('data', (text) => this.complaints.push(text));
    this.#process.once('exit', (code, signal) => {
      if (this.#isEnding) return;
      this.complaints.push(`${name} exited: ${code ?? signal}`);
      const error = this.complaints.join('\n');
      for (const settle of this.#replies.values()) settle({ error });
    });
    this.#process.on('message', (message) => {
      if (message.type === 'up') this.#came(message.nodeId);
      else this.#replies.get(message.number)?.(message);
    });
  }

  get port() {
    return Number(this.id.slice(this.id.lastIndexOf(':') + 1));
  }

  async start(config) {
    const defaults = { host: '127.0.0.1', port: 0, nodeName: this.name, clusterSecret: SECRET };
    this.id = await this.ask('start', { ...defaults, ...config });
    return this;
  }

  ask(command, ...args) {
    this.#calls += 1;
    const number = this.#calls;
    const reply = new Promise((resolve, reject) => {
      this.#replies.set(number, ({ value, error }) => {
        this.#replies.delete(number);
        if (error === undefined) resolve(value);
        else reject(new Error(`${this.name}: ${command}: ${error}`));
      });
      this.#process.send({ number, command, args });
    });
    return inTime(reply, `${this.name}: no answer to ${command}`);
  }

  /** When it first reported the node, in milliseconds of `performance.now()`. */
  up(nodeId) {
    return inTime(this.#up(nodeId).promise, `${this.name}: no nodeUp of ${nodeId}`);
  }

  async end() {
    this.#isEnding = true;
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await once(this.#process, 'exit');
  }

  #came(nodeId) {
    this.#up(nodeId).resolve(performance.now());
  }

  #up(nodeId) {
    let up = this.#ups.get(nodeId);
    if (!up) {
      up = {};
      up.promise = new Promise((resolve) => {
        up.resolve = resolve;
      });
      this.#ups.set(nodeId, up);
    }
    return up;
  }
}

export async function inTime(outcome, what, withinMs = DEADLINE_MS) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} in ${withinMs} ms`)), withinMs);
  });
  return Promise.race([outcome, late]).finally(() => clearTimeout(timer));
}
