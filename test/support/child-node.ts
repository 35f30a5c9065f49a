/** Drives one node in a process of its own; see node-program.mjs for the other side. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ClusterConfig, ClusterHealth, NodeInfo, TlsOptions } from '../../src/index.ts';
import { type Entry, Journal, timeNow } from './journal.ts';

const PROGRAM = fileURLToPath(new URL('node-program.mjs', import.meta.url));
const REPLY_TIMEOUT_MS = 15_000;
const EXIT_TIMEOUT_MS = 10_000;

type Reply =
  | { readonly ok: true; readonly value?: unknown }
  | {
      readonly ok: false;
      readonly error: {
        readonly message: string;
        readonly reason?: string;
        readonly code?: string;
      };
    };

type Said =
  | { readonly type: 'ready' }
  | { readonly type: 'entry'; readonly entry: Entry }
  | ({ readonly type: 'reply'; readonly number: number } & Reply);

export interface Started {
  readonly id: string;
  readonly calledAt: number;
  readonly resolvedAt: number;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly at: number;
}

export interface Pinged {
  readonly count: number;
  readonly failed: number;
  readonly longestMs: number;
}

export interface Memory {
  readonly rssBytes: number;
  /** After a full collection. */
  readonly heapBytes: number;
}

export interface Asked {
  readonly answered: number;
  readonly wrong: number;
  readonly failures: readonly {
    readonly reason: string;
    readonly delivered: string;
    readonly at: number;
  }[];
}

/** Ids of actors. */
export interface Known {
  readonly holder: string | null;
  readonly members: readonly string[];
}

export type WhenOver = (end: () => Promise<void>) => void;

/** A call that the node in the child rejected. */
class ChildError extends Error {
  readonly code: string | undefined;
  readonly reason: string | undefined;

  constructor(error: Extract<Reply, { ok: false }>['error']) {
    super(error.message);
    this.code = error.code;
    this.reason = error.reason;
  }
}

export class ChildNode {
  readonly journal: Journal;
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #replies = new Map<number, (reply: Reply) => void>();
  #id = '';
  #calls = 0;

  private constructor(name: string, namespace?: string) {
    this.journal = new Journal(name);
    this.#process = fork(PROGRAM, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // `ip` becomes the program it is told to run, so the process id is that of the node.
      ...(namespace === undefined
        ? { execArgv: [] }
        : { execPath: 'ip', execArgv: ['netns', 'exec', namespace, process.execPath] }),
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.journal.add({ type: 'stderr', at: timeNow(), text });
    });
    this.exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => resolve({ code, signal, at: timeNow() }));
    });
  }

  /** The process is up, the node not yet started. Ends with the test, or as `whenOver` says. */
  static async boot(
    name: string,
    whenOver: WhenOver = onTestFinished,
    namespace?: string,
  ): Promise<ChildNode> {
    const child = new ChildNode(name, namespace);
    whenOver(async () => {
      child.#process.kill('SIGKILL');
      await child.exited;
    });
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(child.#late('ready')), REPLY_TIMEOUT_MS);
      child.#process.on('message', (said: Said) => {
        if (said.type === 'entry') child.journal.add(said.entry);
        else if (said.type === 'reply') child.#replies.get(said.number)?.(said);
        else {
          clearTimeout(timer);
          resolve();
        }
      });
      void child.exited.then(() => {
        clearTimeout(timer);
        reject(new Error(`${name} ended; is dist built?\n${child.journal.print()}`));
      });
    });
    return child;
  }

  /** On a port of the system's choice unless the config names one; here, or in a namespace. */
  static async start(
    config: ClusterConfig,
    whenOver: WhenOver = onTestFinished,
    namespace?: string,
  ): Promise<ChildNode & { readonly started: Started }> {
    const child = await ChildNode.boot(config.nodeName, whenOver, namespace);
    const started = await child.start(config);
    return Object.assign(child, { started });
  }

  async start(config: ClusterConfig): Promise<Started> {
    const started = (await this.#call('start', {
      host: '127.0.0.1',
      port: 0,
      ...config,
    })) as Started;
    this.#id = started.id;
    return started;
  }

  get id(): string {
    return this.#id;
  }

  get port(): number {
    return Number(this.#id.slice(this.#id.lastIndexOf(':') + 1));
  }

  stop(): Promise<{ readonly calledAt: number; readonly resolvedAt: number }> {
    return this.#call('stop') as Promise<{ calledAt: number; resolvedAt: number }>;
  }

  connect(target: string): Promise<string> {
    return this.#call('connect', target) as Promise<string>;
  }

  disconnect(target: string): Promise<boolean> {
    return this.#call('disconnect', target) as Promise<boolean>;
  }

  ping(target: string, options = {}): Promise<boolean> {
    return this.#call('ping', target, options) as Promise<boolean>;
  }

  roundTrip(target: string): Promise<number> {
    return this.#call('roundTrip', target) as Promise<number>;
  }

  health(options = {}): Promise<ClusterHealth> {
    return this.#call('health', options) as Promise<ClusterHealth>;
  }

  setSecrets(secrets: readonly string[]): Promise<unknown> {
    return this.#call('setSecrets', secrets);
  }

  setTls(tls: TlsOptions): Promise<unknown> {
    return this.#call('setTls', tls);
  }

  getNodes(): Promise<readonly NodeInfo[]> {
    return this.#call('getNodes') as Promise<readonly NodeInfo[]>;
  }

  /** Pings the target all the time, one after the other, from inside the child. */
  startPings(target: string): Promise<unknown> {
    return this.#call('startPings', target);
  }

  stopPings(): Promise<Pinged> {
    return this.#call('stopPings') as Promise<Pinged>;
  }

  /** From now on: how long it keeps its event loop busy at a stretch. */
  watchStalls(): Promise<unknown> {
    return this.#call('watchStalls');
  }

  /** In processor time of the child alone: what other processes take does not count. */
  longestStallMs(): Promise<number> {
    return this.#call('longestStallMs') as Promise<number>;
  }

  /** Round trips one after the other, in milliseconds. */
  roundTrips(target: string, count: number): Promise<readonly number[]> {
    return this.#call('roundTrips', target, count) as Promise<readonly number[]>;
  }

  /** Its event loop stands still for so long; resolves when it goes on. */
  block(forMs: number): Promise<unknown> {
    return this.#call('block', forMs);
  }

  /** An actor of one of the behaviors in node-actors.mjs; resolves to a number for `startAsks`. */
  spawn(behavior: string, on: string): Promise<number> {
    return this.#call('spawn', behavior, on) as Promise<number>;
  }

  /** Asks the actor all the time, so many times at once, from inside the child. */
  startAsks(actor: number, inFlight: number): Promise<unknown> {
    return this.#call('startAsks', actor, inFlight);
  }

  untilAnswered(count: number): Promise<number> {
    return this.#call('untilAnswered', count) as Promise<number>;
  }

  /** Once every loop of asks has met a failure. */
  asksFailed(): Promise<Asked> {
    return this.#call('asksFailed') as Promise<Asked>;
  }

  stopAsks(): Promise<Asked> {
    return this.#call('stopAsks') as Promise<Asked>;
  }

  /** An actor of one of the behaviors in node-actors.mjs, here, under a name and in a group. */
  name(behavior: string, name: string, group: string): Promise<string> {
    return this.#call('name', behavior, name, group) as Promise<string>;
  }

  /** As the child knows it now; with `from`, after everything that this node had told before. */
  known(name: string, group: string, from?: string): Promise<Known> {
    return this.#call('known', name, group, from) as Promise<Known>;
  }

  /** As the child knows it when it is told of the next nodeDown. To be called before. */
  knownAtDown(name: string, group: string): Promise<Known> {
    return this.#call('knownAtDown', name, group) as Promise<Known>;
  }

  /** One of the commands in node-stress.mjs. */
  stress<T = unknown>(command: string, ...args: readonly unknown[]): Promise<T> {
    return this.#call(command, ...args) as Promise<T>;
  }

  memory(): Promise<Memory> {
    return this.#call('memory') as Promise<Memory>;
  }

  /** No goodbye, no cleanup: the kernel closes the sockets. Tells when. */
  kill(): number {
    const at = timeNow();
    this.#process.kill('SIGKILL');
    return at;
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): number {
    const at = timeNow();
    this.#process.kill('SIGCONT');
    return at;
  }

  async waitForExit(withinMs = EXIT_TIMEOUT_MS): Promise<Exit> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#late(`exit within ${withinMs} ms`)), withinMs);
    });
    return Promise.race([this.exited, late]).finally(() => clearTimeout(timer));
  }

  #call(command: string, ...args: readonly unknown[]): Promise<unknown> {
    this.#calls += 1;
    const number = this.#calls;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(this.#late(command))), REPLY_TIMEOUT_MS);
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.#replies.delete(number);
        end();
      };
      this.#replies.set(number, (reply) =>
        finish(() => (reply.ok ? resolve(reply.value) : reject(new ChildError(reply.error)))),
      );
      this.#process.send({ number, command, args });
    });
  }

  #late(what: string): Error {
    return new Error(`${this.#id || 'child'}: no ${what}\n${this.journal.print()}`);
  }
}
