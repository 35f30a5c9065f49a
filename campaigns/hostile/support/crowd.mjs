// The strangers of crowd-program.mjs, as their parent sees them.
import { fork } from 'node:child_process';
import { once } from 'node:events';

export class Crowd {
  #process = fork(new URL('crowd-program.mjs', import.meta.url), { execArgv: [] });

  /** One command at a time. */
  async ask(command, ...args) {
    const reply = once(this.#process, 'message');
    this.#process.send({ command, args });
    const [{ value }] = await reply;
    return value;
  }

  end() {
    this.#process.kill('SIGKILL');
  }
}
