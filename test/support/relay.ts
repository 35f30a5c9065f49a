/** Bad weather between hosts: netem where the kernel has it, else a relay of packets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './network-namespace.ts';
import { withDeadline } from './stranger.ts';

const PROGRAM = fileURLToPath(new URL('relay.py', import.meta.url));
const START_TIMEOUT_MS = 10_000;

/** What happens to each packet, on its way in one direction. */
export interface Weather {
  readonly delayMs: number;
  /** Each packet is late by the delay plus or minus this, so packets overtake each other. */
  readonly jitterMs: number;
  /** Shares of all packets, from 0 to 1. */
  readonly loss: number;
  readonly duplicate: number;
  readonly seed: number;
}

/** What this machine lacks for bad weather between namespaces, or null. */
export function relayProblem(): string | null {
  if (existsSync('/dev/net/tun') && hasPython()) return null;
  return 'no TUN devices, or no python3';
}

function hasPython(): boolean {
  try {
    run('python3', ['-c', 'import fcntl']);
    return true;
  } catch {
    return false;
  }
}

/** Whether the kernel can do it by itself. */
export function hasNetem(namespace: string): boolean {
  const qdisc = ['qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'];
  try {
    run('ip', ['netns', 'exec', namespace, 'tc', ...qdisc]);
    return true;
  } catch {
    return false;
  }
}

/** On what leaves through the device. The kernel has its own dice; the seed plays no part. */
export function addNetem(namespace: string, device: string, weather: Weather): void {
  const { delayMs, jitterMs, loss, duplicate } = weather;
  const netem = `netem delay ${delayMs}ms ${jitterMs}ms loss ${loss * 100}% duplicate ${duplicate * 100}%`;
  const qdisc = ['qdisc', 'add', 'dev', device, 'root', ...netem.split(' ')];
  run('ip', ['netns', 'exec', namespace, 'tc', ...qdisc]);
}

export interface Plug {
  readonly namespace: string;
  readonly address: string;
}

export class Relay {
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess) {
    this.#process = process;
  }

  /** Every plug gets a network device of this name. */
  static async start(
    hub: string,
    plugs: readonly Plug[],
    device: string,
    weather: Weather,
  ): Promise<Relay> {
    const { delayMs, jitterMs, loss, duplicate, seed } = weather;
    const numbers = [delayMs, jitterMs, loss, duplicate, seed].map(String);
    const ends = plugs.map(({ namespace, address }) => `${namespace}=${address}`);
    const args = ['netns', 'exec', hub, 'python3', PROGRAM, device, ...numbers, ...ends];
    const child = spawn('ip', args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      complaint += text;
    });
    const ended = once(child, 'exit').then(() => {
      throw new Error(`the relay of packets ended: ${complaint}`);
    });
    await withDeadline(
      Promise.race([once(child.stdout, 'data'), ended]),
      'relay of packets',
      START_TIMEOUT_MS,
    );
    ended.catch(() => {});
    return new Relay(child);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await withDeadline(ended, 'end of the relay', START_TIMEOUT_MS);
  }
}
