// Seeds, dealt out to processes: one per core, some seeds at a time.
import { fork } from 'node:child_process';

/** Garbage is young here: with room for it less has to be copied. */
const EXEC_ARGV = ['--max-semi-space-size=64'];

/**
 * Runs all seeds of the range, and resolves when they are done or `seen` wants no more.
 *
 * @param {object} options
 * @param {string} options.file The bundle.
 * @param {number} options.from
 * @param {number} options.to
 * @param {number} options.processes
 * @param {object} options.task What else a worker is told: nodes, shrinkRuns, tail.
 * @param {number} [options.hangMs] A process that reports nothing for so long has hung.
 * @param {(result: object) => boolean} options.seen Called for each seed; false ends it all.
 */
export function runSeeds({ file, from, to, processes, task, hangMs = 300_000, seen }) {
  const share = Math.max(1, Math.min(20, Math.ceil((to - from + 1) / processes / 4)));
  let next = from;
  let isOver = false;
  const one = () =>
    new Promise((resolve, reject) => {
      const child = fork(file, {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
        execArgv: EXEC_ARGV,
      });
      let at = next;
      const end = () => {
        clearTimeout(watchdog);
        child.removeAllListeners('exit');
        child.kill('SIGKILL');
        resolve();
      };
      const hung = () => {
        const breach = { rule: 'S0', atMs: 0, who: 'world', what: `no end after ${hangMs} ms` };
        isOver = !seen({ seed: at, breach, text: breach.what, virtualMs: 0, events: 0 });
        end();
      };
      let watchdog = setTimeout(hung, hangMs);
      const deal = () => {
        if (isOver || next > to) return end();
        at = next;
        next = Math.min(to, next + share - 1) + 1;
        child.send({ from: at, to: next - 1, ...task });
      };
      child.on('message', (message) => {
        clearTimeout(watchdog);
        watchdog = setTimeout(hung, hangMs);
        if (message.isIdle) return deal();
        at = message.seed + 1;
        if (!isOver && !seen(message)) isOver = true;
        if (isOver) end();
      });
      child.on('exit', (code) => {
        clearTimeout(watchdog);
        reject(new Error(`a process ended with ${code} at the seed ${at}`));
      });
      deal();
    });
  return Promise.all(Array.from({ length: processes }, one));
}
