// The processes of the demo: started, killed, told to leave, and never left behind.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('node.mjs', import.meta.url));
const PATIENCE_MS = 8_000;
const LEAVE_MS = 3_000;

export class Stage {
  #players = new Map();
  #waiting = new Set();
  #onMove;

  /** `onMove(name, message)` is called for every move of a chart. */
  constructor(onMove) {
    this.#onMove = onMove;
    // Whatever ends this process ends the others.
    process.on('exit', () => {
      for (const { child } of this.#players.values()) child.kill('SIGKILL');
    });
  }

  /** Starts a node, or starts it anew, and resolves once it is running. */
  async start(name, port, seeds) {
    const args = ['--name', name, '--port', String(port), ...seeds.flatMap((s) => ['--seed', s])];
    const child = fork(PROGRAM, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const player = {
      name,
      child,
      startedAtMs: clockMs(),
      id: null,
      /** Peers that are up, by name: when, and which life. */
      peers: new Map(),
      downs: [],
      failure: null,
      exitCode: undefined,
    };
    this.#players.set(name, player);
    child.on('message', (message) => this.#heard(player, message));
    child.on('exit', (code, signal) => {
      player.exitCode = code ?? signal;
      this.#look();
    });
    await this.until(`node ${name} is running`, () => {
      if (player.failure !== null) throw new Error(`node ${name} did not start: ${player.failure}`);
      if (player.exitCode !== undefined) throw new Error(`node ${name} ended (${player.exitCode})`);
      return player.id !== null;
    });
    return player;
  }

  /** Resolves to the first true answer of `check`, asked after every message of any process. */
  until(what, check, patienceMs = PATIENCE_MS) {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const answer = check();
          if (answer) finish(() => resolve(answer));
        } catch (error) {
          finish(() => reject(error));
        }
      };
      const finish = (end) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        end();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`waited ${patienceMs / 1_000} s for: ${what}`))),
        patienceMs,
      );
      this.#waiting.add(look);
      look();
    });
  }

  /** Everybody says goodbye; who does not is killed. */
  async end() {
    const living = [...this.#players.values()].filter(({ exitCode }) => exitCode === undefined);
    for (const { child } of living) {
      if (child.connected) child.send('stop');
    }
    const haveEnded = () => living.every(({ exitCode }) => exitCode !== undefined);
    await this.until('all processes end', haveEnded, LEAVE_MS).catch(() => {
      for (const { child } of living) child.kill('SIGKILL');
    });
  }

  #heard(player, message) {
    switch (message.type) {
      case 'move':
        this.#onMove(player.name, message);
        break;
      case 'running':
        player.id = message.id;
        break;
      case 'failed':
        player.failure = message.message;
        break;
      case 'life':
        player.peers.set(nameOf(message.id), { upAtMs: null, uid: message.uid });
        break;
      case 'up': {
        const peer = player.peers.get(nameOf(message.id));
        player.peers.set(nameOf(message.id), { uid: '', ...peer, upAtMs: message.atMs });
        break;
      }
      case 'down':
        player.peers.delete(nameOf(message.id));
        player.downs.push({ name: nameOf(message.id), ...message });
        break;
      default:
    }
    this.#look();
  }

  #look() {
    for (const look of [...this.#waiting]) look();
  }
}

/** When every one of the players had every other one up; null while they do not. */
export function meshedAtMs(players) {
  const ups = players.flatMap((player) =>
    players
      .filter((other) => other !== player)
      .map((other) => player.peers.get(other.name)?.upAtMs ?? null),
  );
  return ups.includes(null) ? null : Math.max(...ups);
}

/** When the last of the players heard that `name` is down, and why; null while one has not. */
export function downAt(players, name) {
  const downs = players.map((player) => player.downs.findLast((down) => down.name === name));
  if (downs.includes(undefined)) return null;
  return { atMs: Math.max(...downs.map(({ atMs }) => atMs)), reason: downs[0].reason };
}

/** Comparable between processes of one machine, unlike performance.now(). */
export function clockMs() {
  return performance.timeOrigin + performance.now();
}

function nameOf(id) {
  return id.split('@')[0];
}
