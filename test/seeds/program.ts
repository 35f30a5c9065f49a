/** A program as a real process: its lines as they come, signals, its end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { freePort } from '../support/free-port.ts';

export interface ProgramOptions {
  readonly cwd: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Ports nobody holds now, on any interface; all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort('0.0.0.0'));
  return [...ports];
}

const running = new Set<Program>();

/** For `afterEach`: no process outlives its test. */
export async function killPrograms(): Promise<void> {
  await Promise.all([...running].map((program) => program.end('SIGKILL')));
}

export class Program {
  readonly #child: ChildProcess;
  readonly #exit: Promise<Exit>;
  readonly #changed = new Set<() => void>();
  #stdout = '';
  #stderr = '';

  constructor({ cwd, args, env = {} }: ProgramOptions) {
    this.#child = spawn(process.execPath, args, {
      cwd,
      // Nothing of the test's own environment but the path: NODE_OPTIONS or CI would change much.
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#tell();
    });
    this.#exit = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        running.delete(this);
        resolve({ code, signal });
        this.#tell();
      });
    });
  }

  /** Complete lines of stdout so far. */
  get lines(): readonly string[] {
    return this.#stdout.split('\n').slice(0, -1);
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once `isThere` holds; rejects with all output when it does not in time. */
  until(isThere: (lines: readonly string[]) => boolean, timeoutMs = 20_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (end: () => void) => {
        clearTimeout(timer);
        this.#changed.delete(look);
        end();
      };
      const fail = (why: string) =>
        finish(() => reject(new Error(`${why}\n${this.#stdout}\n${this.#stderr}`)));
      const look = () => {
        if (isThere(this.lines)) finish(resolve);
        else if (!running.has(this)) fail('the program ended');
      };
      const timer = setTimeout(() => fail(`not seen within ${timeoutMs} ms`), timeoutMs);
      this.#changed.add(look);
      look();
    });
  }

  untilLine(pattern: RegExp, timeoutMs?: number): Promise<void> {
    return this.until((lines) => lines.some((line) => pattern.test(line)), timeoutMs);
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  get isRunning(): boolean {
    return running.has(this);
  }

  exit(): Promise<Exit> {
    return this.#exit;
  }

  end(signal: NodeJS.Signals): Promise<Exit> {
    this.#child.kill(signal);
    return this.#exit;
  }

  #tell(): void {
    for (const look of [...this.#changed]) look();
  }
}
