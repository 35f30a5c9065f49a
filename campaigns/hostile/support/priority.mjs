// Whoever attacks from this very machine takes processor time that is not the node's.
import { spawnSync } from 'node:child_process';
import { setPriority } from 'node:os';

const LOWEST = 19;

export function stepBack() {
  setPriority(LOWEST);
}

/**
 * Only while nobody else wants the processor: even at the lowest priority a process keeps it for
 * some milliseconds once it has it. Where the system does not know this, the lowest has to do.
 */
export function stepBackAtOnce() {
  stepBack();
  const { status } = spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', `${process.pid}`]);
  return status === 0;
}
